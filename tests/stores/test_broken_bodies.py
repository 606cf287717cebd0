"""Bodies that break off on their way: no emulator does that, so a server of the test's own cuts its first answers."""

import json
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from faulty_proxy import serving
from hackle_import.stores import Unavailable, open_store

BODY = bytes(range(256)) * 40


@contextmanager
def server(*, cut):
    """Serves BODY by ranges; its first `cut` answers end 100 bytes in."""
    left = [cut]

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            if "Range" in self.headers:
                self.answer_range()
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

        def answer_range(self):
            start, end = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"]).groups())
            content = BODY[start : end + 1]
            self.send_response(206)
            self.send_header("Content-Length", len(content))
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(BODY)}")
            self.send_header("ETag", '"1"')
            self.end_headers()
            left[0] -= 1
            self.wfile.write(content[:100] if left[0] >= 0 else content)

        def log_message(self, *arguments):
            pass

    with serving(Answer) as url:
        yield url


def test_s3_gives_no_part_of_a_range_and_the_next_try_all_of_it(aws, monkeypatch):
    with server(cut=1) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        store = open_store("s3://bucket")
        with pytest.raises(Unavailable):
            store.read("a", "1", 1000, 9000)
        assert store.read("a", "1", 1000, 9000) == BODY[1000:9000]


def test_gcs_reads_on_where_a_range_broke_off(monkeypatch):
    with server(cut=2) as url:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "test")
        assert open_store("gs://bucket").read("a", "1", 1000, 9000) == BODY[1000:9000]
