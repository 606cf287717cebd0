"""A rejects file and its copy: which of them is there, and what is brought back."""

import pytest

from hackle_import.drop import Drop
from hackle_import.errors import Changed
from hackle_import.ingest import kept_rejects
from hackle_import.ingest.ledger import IN_STAGING, Rejects
from hackle_import.stores.memory import MemoryStore
from support.samples import NOW

DROP = Drop.at("staging", "incoming/hackle/a.ndjson")
FILE, COPY = DROP.rejected_key, DROP.rejects_copy_key("v1", 0)


@pytest.fixture
def staging():
    return MemoryStore(lambda: NOW, "staging")


@pytest.fixture
def rejects(staging):
    """Put, as the ledger holds it."""
    staging.put(COPY, b"rows of v1")
    return Rejects(FILE, staging.put(FILE, b"rows of v1").version, IN_STAGING + COPY)


def test_the_file_that_was_put_is_in_its_place_and_another_one_is_not(staging, rejects):
    assert kept_rejects.in_place(staging, DROP, rejects)
    staging.put(FILE, b"a slow worker's")
    assert not kept_rejects.in_place(staging, DROP, rejects)


def test_no_file_is_in_place_where_there_are_no_rejects(staging):
    assert kept_rejects.in_place(staging, DROP, None)
    staging.put(FILE, b"a slow worker's")
    assert not kept_rejects.in_place(staging, DROP, None)


def test_a_file_that_is_gone_is_missed_while_its_copy_is_there(staging, rejects):
    staging.delete(FILE)
    assert not kept_rejects.in_place(staging, DROP, rejects)
    staging.delete(COPY)
    assert kept_rejects.in_place(staging, DROP, rejects)


def test_what_is_in_its_place_stays(staging, rejects):
    assert kept_rejects.restore(staging, DROP, rejects) == rejects
    assert kept_rejects.restore(MemoryStore(lambda: NOW, "empty"), DROP, None) is None


@pytest.mark.parametrize("harm", ["it is gone", "it is another"])
def test_what_is_not_comes_back_from_the_copy_as_a_version_of_its_own(staging, rejects, harm):
    staging.delete(FILE) if harm == "it is gone" else staging.put(FILE, b"another")
    restored = kept_rejects.restore(staging, DROP, rejects)
    assert staging.get(FILE)[0] == b"rows of v1"
    assert restored == Rejects(FILE, staging.head(FILE).version, rejects.copy)
    assert kept_rejects.in_place(staging, DROP, restored)


def test_another_worker_s_file_goes_where_there_is_nothing_to_bring_back(staging, rejects):
    for there in (None, rejects):
        staging.put(FILE, b"a slow worker's")
        staging.delete(COPY)
        assert kept_rejects.restore(staging, DROP, there) is None
        assert list(staging.keys("")) == []


def test_a_copy_that_goes_meanwhile_is_looked_at_again(staging, rejects):
    class Overtaken:
        def __getattr__(self, name):
            return getattr(staging, name)

        def read(self, key, *range_of):
            staging.delete(key)
            return staging.read(key, *range_of)

    staging.delete(FILE)
    with pytest.raises(Changed):
        kept_rejects.restore(Overtaken(), DROP, rejects)
