"""The file that keeps rejected rows: gzip NDJSON, the same bytes for the same rows."""

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec

from hackle_import.codes import Why
from hackle_import.decode import Reject

_LEAST_ROOM_BYTES = 4 << 20
_ROW_BYTES = 2 << 20  # what the longest one takes, and what is still in the compressor
RAW_BYTES = 1 << 20  # of a longer record, the beginning is kept: the file is there to be read by a person
_HELD_BYTES = 1 << 16  # before it is compressed: a call for every row would cost more than its bytes


_OFTEN = 16  # bytes of a record
_REMEMBERED = 4096  # lines' ends
_encode = msgspec.json.Encoder().encode
_Ending = tuple[Why, str | None, str, bytes]  # a reject without its line


def text_of(raw: bytes) -> str:
    """The record for a person to read: bytes that are not UTF-8 become U+FFFD, what exceeds RAW_BYTES is cut off."""
    return raw[:RAW_BYTES].decode("utf-8", "replace")


def rejects_room(disk_bytes: int) -> int:
    """The part of the temporary disk that rejects may take."""
    return max(disk_bytes // 4, _LEAST_ROOM_BYTES)


def _encoded(of: _Ending) -> bytes:
    why, field, message, raw = of
    fields = {"code": why.value, "field": field, "message": message, "raw": text_of(raw)}
    return _encode(fields)[1:] + b"\n"


def _opened(path: Path) -> tuple[gzip.GzipFile, BinaryIO]:
    """A file that compresses, and the one that it writes into."""
    raw_file = path.open("wb")
    # No time and no name in the header: a retry must write the same bytes.
    return gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw_file, mtime=0), raw_file


class RejectsFile:
    """Collects rejects in a file on disk, so that a drop of nothing but bad rows needs no memory. It exists from the
    first one on: most drops have none. `left_out` counts those that `room_bytes` had no room for."""

    def __init__(self, path: Path, source: str, room_bytes: int) -> None:
        self.path, self.left_out = path, 0
        self._source, self._room_bytes = source, room_bytes - _ROW_BYTES
        self._files: tuple[gzip.GzipFile, BinaryIO] | None = None
        self._is_full = False
        self._endings: dict[_Ending, bytes] = {}

    def add(self, rejects: Iterable[Reject], part: str = "") -> None:
        """Appends them, in this order; `part` is what their lines are counted in, where that is not the drop."""
        held, source = bytearray(), _encode(part or self._source)
        for reject in rejects:
            if self._is_full:
                self.left_out += 1
                continue
            held += b'{"source":%b,"line":%d,%b' % (source, reject[0], self._ending(reject[1:]))
            if len(held) > _HELD_BYTES:
                self._write(held)
                held.clear()
        self._write(held)

    def _ending(self, of: "_Ending") -> bytes:
        """The rest of a line. That of a short record is made once: a drop may hold millions of equal ones."""
        if len(of[-1]) > _OFTEN:
            return _encoded(of)
        if of not in self._endings:
            if len(self._endings) > _REMEMBERED:
                self._endings.clear()
            self._endings[of] = _encoded(of)
        return self._endings[of]

    def _write(self, held: bytearray) -> None:
        if not held:
            return
        file, raw_file = self._files = self._files or _opened(self.path)
        file.write(held)
        self._is_full = raw_file.tell() > self._room_bytes

    def close(self) -> None:
        """May be called twice."""
        for file in self._files or ():
            file.close()
