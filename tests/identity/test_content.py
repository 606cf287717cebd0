from datetime import UTC, datetime

import pytest

from hackle_import.errors import Changed
from hackle_import.identity.content import Digested
from hackle_import.reading.pinned import PinnedReader
from hackle_import.stores.memory import MemoryStore

KEY = b"k" * 32
BODY = b"0123456789" * 1000


class Counted(MemoryStore):
    reads = 0

    def read(self, key, version, start, end):
        self.reads += 1
        return super().read(key, version, start, end)


@pytest.fixture
def store():
    made = Counted(lambda: datetime(2025, 1, 1, tzinfo=UTC))
    made.put("a", BODY)
    return made


def content(store, key, hash_key=KEY):
    return Digested(store, hash_key, store.head(key)).content()


def test_equal_bytes_have_one_hash_which_hangs_on_the_key(store):
    store.put("b", BODY)
    store.put("c", BODY[:-1] + b"!")
    assert content(store, "a") == content(store, "b") != content(store, "c")
    assert content(store, "a") != content(store, "a", b"other" * 8)
    assert len(content(store, "a")) == 64


def test_what_a_conversion_read_is_not_read_again(store):
    digested = Digested(store, KEY)
    with PinnedReader(digested, digested.head("a"), 1000) as reader:
        while reader.next_block():
            pass
    told = digested.content()
    assert (digested.is_begun, store.reads) == (True, 10)
    assert told == content(store, "a")


def test_what_it_left_is_read_for_the_hash(store):
    whole, digested = content(store, "a"), Digested(store, KEY)
    found = digested.head("a")
    digested.read("a", found.version, 0, 100)
    digested.read("a", found.version, 500, 600)  # out of order
    assert digested.content() == whole


def test_it_begins_anew_with_a_newer_version(store):
    digested = Digested(store, KEY)
    digested.read("a", digested.head("a").version, 0, 100)
    newer = store.put("a", b"other")
    digested.head("a")
    digested.read("a", newer.version, 0, 5)
    assert digested.handled == newer
    assert digested.content() == content(store, "a")


def test_nothing_is_told_of_an_empty_object(store):
    store.put("empty", b"")
    assert content(store, "empty") == ""


def test_a_version_that_is_gone_is_told(store):
    digested = Digested(store, KEY, store.head("a"))
    store.put("a", b"other")
    with pytest.raises(Changed):
        digested.content()
