import pytest

from support.spark_jobs import local_spark


@pytest.fixture(scope="session")
def spark():
    """One for all: Java takes seconds to begin."""
    with local_spark({}) as session:
        yield session
