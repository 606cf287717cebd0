"""The file that keeps rejected rows: gzip NDJSON, the same bytes for the same rows."""

import gzip
from collections.abc import Iterable
from pathlib import Path

import msgspec

from hackle_import.engine import Reject

RAW_BYTES = 1 << 20  # of a longer record, the beginning is kept: the file is there to be read by a person


def text_of(raw: bytes) -> str:
    """The record for a person to read: bytes that are not UTF-8 become U+FFFD, what exceeds RAW_BYTES is cut off."""
    return raw[:RAW_BYTES].decode("utf-8", "replace")


class RejectsFile:
    """Collects rejects in a file on disk, so that a drop of nothing but bad rows needs no memory."""

    def __init__(self, path: Path, source: str) -> None:
        self.path = path
        self._source = source
        self._raw_file = path.open("wb")
        # No time and no name in the header: a retry must write the same bytes.
        self._file = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=self._raw_file, mtime=0)
        self._encoder = msgspec.json.Encoder()

    def add(self, rejects: Iterable[Reject]) -> None:
        """Appends them, in this order."""
        for line, why, field, message, raw in rejects:
            row = {"source": self._source, "line": line, "code": why, "field": field, "message": message}
            self._file.write(self._encoder.encode(row | {"raw": text_of(raw)}) + b"\n")

    def close(self) -> None:
        """May be called twice."""
        self._file.close()
        self._raw_file.close()
