from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from hackle_import.stores import open_store
from hackle_import.stores.memory import MemoryStore
from support.emulators import FOREIGN, gcs_server, moto_server, seaweed_server
from support.examples import examples
from support.left_out import (  # noqa: F401 - hooks
    pytest_make_collect_report,
    pytest_runtest_makereport,
    pytest_terminal_summary,
)
from support.samples import NOW

_numbers = count()
# No test asserts a time. The same code gets the same examples, so that a failure is the change's; `make explore` looks
# for others, from a seed.
settings.register_profile(
    "tests",
    max_examples=examples(100),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", deadline=None, derandomize=False, database=None, max_examples=1000)
settings.load_profile("tests")


def pytest_configure(config):
    """Hypothesis tries what stands in the modules that were imported so far, too: with several workers, examples would hang
    on what ran before."""
    if not config.getoption("--hypothesis-profile"):
        pytest.MonkeyPatch().setattr(providers, "is_local_module_file", lambda _: False)


def pytest_addoption(parser):
    parser.addoption(
        "--rewrite-golden", action="store_true", help="write what the golden cases gave as what they expect"
    )


@pytest.fixture(scope="session")
def moto():
    with moto_server() as url:
        yield url


@pytest.fixture(scope="session")
def gcs():
    with gcs_server() as url:
        yield url


@pytest.fixture(scope="session")
def bigquery():
    """A double of BigQuery, with the address that stands for the service's and a key file's content."""
    from support.bigquery import BigQuery, emulator, rest_api, service_account

    with emulator() as (at, folder):
        made = BigQuery(at, folder)
        with rest_api(made) as url:
            made.url, made.key = url, service_account()
            yield made


@pytest.fixture
def google(bigquery, tmp_path, monkeypatch):
    """The environment in which Google's libraries find credentials, and the client the double."""
    key = tmp_path / "key.json"
    key.write_text(bigquery.key)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
    monkeypatch.setattr("hackle_import.warehouse.bigquery.ENDPOINT", bigquery.url)
    bigquery.reset()
    return bigquery


@pytest.fixture(scope="session")
def seaweed():
    with seaweed_server() as url:
        yield url


@pytest.fixture
def aws(moto, monkeypatch):
    """The environment in which boto3 finds moto."""
    return _found_by_boto3(moto, monkeypatch)


@pytest.fixture
def foreign_place(seaweed, monkeypatch):
    """A place in a storage that others wrote, in whose environment boto3 finds it."""
    _found_by_boto3(seaweed, monkeypatch)
    return f"s3://{FOREIGN}/{next(_numbers)}"


def _found_by_boto3(url, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return url


@pytest.fixture
def s3_bucket(aws):
    import boto3

    name = f"bucket-{next(_numbers)}-{id(aws)}"
    boto3.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def gcs_bucket(gcs, monkeypatch):
    from google.cloud import storage

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "test")
    name = f"bucket-{next(_numbers)}-{id(gcs)}"
    storage.Client().create_bucket(name)
    return name


@pytest.fixture(params=["memory", "local", "s3", "gcs", pytest.param("foreign", marks=pytest.mark.foreign)])
def store(request, tmp_path):
    """An empty store of each kind."""
    match request.param:
        case "memory":
            return MemoryStore(lambda: NOW)
        case "local":
            return open_store(str(tmp_path / "store"))
        case "s3":
            return open_store(f"s3://{request.getfixturevalue('s3_bucket')}/some/prefix")
        case "foreign":
            return open_store(f"{request.getfixturevalue('foreign_place')}/some/prefix")
        case _:
            return open_store(f"gs://{request.getfixturevalue('gcs_bucket')}/some/prefix")
