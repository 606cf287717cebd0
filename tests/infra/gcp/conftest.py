import pytest

from support.gcp_archive import built, installed
from support.terraform_offline import Terraform


@pytest.fixture
def terraform(tmp_path):
    return Terraform(tmp_path)


@pytest.fixture(scope="session")
def deployment(tmp_path_factory):
    """A folder with the archive, and what the platform makes of it."""
    folder = tmp_path_factory.mktemp("deployment")
    installed(built(folder / "gcp-function.zip"), folder)
    return folder
