"""Documents as they are stored, read back: one that somebody changed or cut off is told by its name. Pure."""

import gzip
import zlib
from typing import TypeVar

import msgspec

from hackle_import.errors import BrokenDocument

T = TypeVar("T")


def decoded(key: str, body: bytes, kind: type[T], remedy: str) -> T:
    """What is JSON. Raises BrokenDocument."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise BrokenDocument(key, str(wrong), remedy) from None


def unzipped(key: str, body: bytes, kind: type[T], remedy: str) -> T:
    """What is JSON compressed by gzip. Raises BrokenDocument."""
    try:
        return decoded(key, gzip.decompress(body), kind, remedy)
    except (OSError, EOFError, zlib.error):
        raise BrokenDocument(key, "it is no gzip file, or cut off", remedy) from None
