import pytest

from support.terraform_offline import Terraform


@pytest.fixture
def terraform(tmp_path):
    return Terraform(tmp_path)
