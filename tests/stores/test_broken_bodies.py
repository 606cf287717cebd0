"""Bodies that break off on their way: no emulator does that, so a server of the test's own cuts its first answers. What
it sent is known byte by byte: nothing is fetched twice, and nothing is left out."""

import json
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace

import pytest
import stamina

from hackle_import.reading.pinned import ATTEMPTS, PinnedReader
from hackle_import.stores import BrokenOff, Unavailable, open_store
from support.faulty_proxy import serving

BODY = bytes(range(256)) * 1000
CUT_AFTER = 70_001  # beyond the first piece that a client takes from its connection


@pytest.fixture(autouse=True)
def no_waiting():
    with stamina.set_testing(True, attempts=ATTEMPTS):
        yield


@contextmanager
def server(*, cuts):
    """Serves BODY by ranges; its first answers end after as many bytes as `cuts` tell. Gives its URL, and a list of the
    (first byte, bytes) that it sent."""
    left, sent = list(cuts), []

    class Answer(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(200)
            self.send_header("Content-Length", len(BODY))
            self.send_header("ETag", '"1"')
            self.send_header("Last-Modified", "Wed, 01 Jan 2025 00:00:00 GMT")
            self.end_headers()

        def do_GET(self):
            if "Range" in self.headers:
                self.answer_range()
            elif self.path == "/bucket/a":  # S3's way to ask for the whole
                self.answer_whole()
            else:
                self.answer_what_gcs_knows_of_it()

        def answer_what_gcs_knows_of_it(self):
            found = {"name": "a", "generation": "1", "size": str(len(BODY)), "updated": "2025-01-01T00:00:00Z"}
            content = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", len(content))
            self.end_headers()
            self.wfile.write(content)

        def answer_whole(self):
            self.send_response(200)
            self.send_header("Content-Length", len(BODY))
            self.send_header("ETag", '"1"')
            self.send_header("Last-Modified", "Wed, 01 Jan 2025 00:00:00 GMT")
            self.end_headers()
            content = BODY[: left.pop(0)] if left else BODY
            sent.append((0, len(content)))
            self.wfile.write(content)

        def answer_range(self):
            start, end = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"]).groups())
            content = BODY[start : end + 1]
            self.send_response(206)
            self.send_header("Content-Length", len(content))
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(BODY)}")
            self.send_header("ETag", '"1"')
            self.end_headers()
            content = content[: left.pop(0)] if left else content
            sent.append((start, len(content)))
            self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    with serving(Answer) as url:
        yield url, sent


@pytest.fixture(params=["s3", "gs"])
def opened(request, aws, monkeypatch):
    """Opens the store of a URL."""

    def store(url):
        monkeypatch.setenv("AWS_ENDPOINT_URL" if request.param == "s3" else "STORAGE_EMULATOR_HOST", url)
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "test")
        return open_store(f"{request.param}://bucket")

    return store


def test_what_came_of_a_range_that_broke_off_is_given(opened):
    with server(cuts=[CUT_AFTER]) as (url, _):
        store = opened(url)
        with pytest.raises(BrokenOff) as broken:
            store.read("a", "1", 1000, 200_000)
        assert broken.value.received == BODY[1000 : 1000 + CUT_AFTER]
        assert store.read("a", "1", 1000, 200_000) == BODY[1000:200_000]


def test_a_range_of_which_nothing_came_is_unavailable(opened):
    with server(cuts=[0]) as (url, _), pytest.raises(Unavailable) as failed:
        opened(url).read("a", "1", 1000, 9000)
    assert not isinstance(failed.value, BrokenOff)


def test_a_reader_goes_on_at_the_byte_that_was_reached(opened):
    """More often than a store may fail in a row: a try that brought bytes is none of those."""
    cuts = [CUT_AFTER, 0, 1, 999, 0, 0, 65536, 5, 5, 5, 5, 5, 5, 5]
    with server(cuts=cuts) as (url, sent):
        store = opened(url)
        found = store.head("a")
        with PinnedReader(store, found, block_bytes=100_000) as reader:
            assert reader.readall() == BODY
    reached = 0
    for start, length in sent:
        assert start == reached
        reached += length
    assert reached == len(BODY)


def test_a_small_object_is_read_again_where_its_body_breaks_off(aws, monkeypatch):
    """A ledger document, a mapping. Google's library goes on by itself."""
    with server(cuts=[CUT_AFTER, 0, 1]) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert open_store("s3://bucket").get("a")[0] == BODY


def test_a_small_object_whose_body_always_breaks_off_is_unavailable(aws, monkeypatch):
    with server(cuts=[5] * 100) as (url, sent):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(Unavailable):
            open_store("s3://bucket").get("a")
        assert 1 < len(sent) < 100


@pytest.mark.parametrize(("size", "crc32c", "told"), [(None, "AAAAAA==", 0), (3, "x", 3)])
def test_a_size_that_gcs_leaves_out_is_that_of_nothing(size, crc32c, told):
    from hackle_import.stores.gcs import _stored

    blob = SimpleNamespace(generation=1, size=size, crc32c=crc32c, time_created=None)
    assert _stored("a", blob).size == told


def test_a_size_that_is_not_told_is_not_taken_for_nothing():
    from hackle_import.stores.gcs import _stored

    with pytest.raises(Unavailable, match="size"):
        _stored("a", SimpleNamespace(generation=1, size=None, crc32c="x", updated=None))
