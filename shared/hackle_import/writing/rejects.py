"""The file that keeps rejected rows: gzip NDJSON, the same bytes for the same rows."""

import gzip
from collections.abc import Iterable
from pathlib import Path

import msgspec

from hackle_import.decode import Reject

_LEAST_ROOM_BYTES = 4 << 20
_ROW_BYTES = 2 << 20  # what the longest one takes, and what is still in the compressor
RAW_BYTES = 1 << 20  # of a longer record, the beginning is kept: the file is there to be read by a person
_HELD_BYTES = 1 << 16  # before it is compressed: a call for every row would cost more than its bytes


def text_of(raw: bytes) -> str:
    """The record for a person to read: bytes that are not UTF-8 become U+FFFD, what exceeds RAW_BYTES is cut off."""
    return raw[:RAW_BYTES].decode("utf-8", "replace")


def rejects_room(disk_bytes: int) -> int:
    """The part of the temporary disk that rejects may take."""
    return max(disk_bytes // 4, _LEAST_ROOM_BYTES)


class _Row(msgspec.Struct):
    """A line of the file."""

    source: str
    line: int
    code: str
    field: str | None
    message: str
    raw: str


class RejectsFile:
    """Collects rejects in a file on disk, so that a drop of nothing but bad rows needs no memory. `left_out` counts
    those that `room_bytes` had no room for."""

    def __init__(self, path: Path, source: str, room_bytes: int) -> None:
        self.path, self.left_out = path, 0
        self._source, self._room_bytes = source, room_bytes - _ROW_BYTES
        self._raw_file = path.open("wb")
        # No time and no name in the header: a retry must write the same bytes.
        self._file = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=self._raw_file, mtime=0)
        self._encoder = msgspec.json.Encoder()

    def add(self, rejects: Iterable[Reject], part: str = "") -> None:
        """Appends them, in this order; `part` is what their lines are counted in, where that is not the drop."""
        held = bytearray()
        for line, why, field, message, raw in rejects:
            if self.left_out or self._raw_file.tell() > self._room_bytes:
                self.left_out += 1
                continue
            self._encoder.encode_into(_Row(part or self._source, line, why, field, message, text_of(raw)), held, -1)
            held += b"\n"
            if len(held) > _HELD_BYTES:
                self._file.write(held)
                held.clear()
        self._file.write(held)

    def close(self) -> None:
        """May be called twice."""
        self._file.close()
        self._raw_file.close()
