"""The decoder in C, bound by ctypes: whole lines of NDJSON in, Arrow columns of the plain records out.

`library()` is None where it has not been built (`make native`) or does not load; Python decodes everything then.
"""

import ctypes
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from secrets import randbits

import pyarrow as pa

from hackle_import.schema import ENCODED_MAP

_SCALARS, _MAPS, _NUMBERS = 4, 4, 7
_TYPES = [pa.string()] * _SCALARS + [ENCODED_MAP] * _MAPS + [pa.int32()] * _NUMBERS


class _ArrowArray(ctypes.Structure):
    """https://arrow.apache.org/docs/format/CDataInterface.html"""

    _fields_ = (
        ("counts", ctypes.c_int64 * 5),
        ("pointers", ctypes.c_void_p * 3),
        ("release", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("private_data", ctypes.c_void_p),
    )


_Lower = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32)


def _lower(key: int, length: int, out: int, room: int) -> int:
    lowered = ctypes.string_at(key, length).decode().lower().encode()
    if len(lowered) > room:
        return -1
    ctypes.memmove(out, lowered, len(lowered))
    return len(lowered)


_lower_callback = _Lower(_lower)  # it must live as long as any decoder


@dataclass(frozen=True, slots=True)
class Records:
    """Where records lie in the text that was decoded, in bytes, and on which of its lines, counted from 0."""

    start: pa.Int32Array
    length: pa.Int32Array
    line: pa.Int32Array


@dataclass(frozen=True, slots=True)
class Decoded:
    """The plain records' columns, one row each, and the others' places. `osname` is the place of that entry among all
    entries of the last map column."""

    scalars: Sequence[pa.StringArray]
    maps: Sequence[pa.MapArray]
    osname: pa.Int32Array
    plain: Records
    other: Records


class Decoder:
    """Raises MemoryError where there is none, and for a text above 1 GiB. Not to be used by two threads at once."""

    def __init__(self, library: ctypes.CDLL, max_depth: int) -> None:
        self._library = library
        self._decoder = library.hackle_new(_lower_callback, randbits(64), max_depth)
        if not self._decoder:
            raise MemoryError

    def decode(self, text: bytes, max_line_bytes: int) -> Decoded:
        """Decodes lines that end with `\\n`; the last one may lack it."""
        structs = (_ArrowArray * len(_TYPES))()
        failed = self._library.hackle_decode(self._decoder, text, len(text), max_line_bytes, structs)
        if failed:
            for struct in structs:
                if struct.release:
                    struct.release(ctypes.addressof(struct))
            raise MemoryError
        arrays = [
            pa.Array._import_from_c(ctypes.addressof(struct), kind)
            for struct, kind in zip(structs, _TYPES, strict=True)
        ]
        numbers = arrays[_SCALARS + _MAPS :]
        maps = arrays[_SCALARS : _SCALARS + _MAPS]
        return Decoded(arrays[:_SCALARS], maps, numbers[0], Records(*numbers[1:4]), Records(*numbers[4:7]))

    def __del__(self) -> None:
        if getattr(self, "_decoder", None):
            self._library.hackle_free(self._decoder)


@cache
def library() -> ctypes.CDLL | None:
    """The shared object for this machine, loaded once."""
    path = Path(__file__).with_name(f"decoder-{platform.system()}-{platform.machine()}.so".lower())
    try:
        loaded = ctypes.CDLL(str(path))
    except OSError:
        return None
    loaded.hackle_new.argtypes = (_Lower, ctypes.c_uint64, ctypes.c_int32)
    loaded.hackle_new.restype = ctypes.c_void_p
    loaded.hackle_free.argtypes = (ctypes.c_void_p,)
    loaded.hackle_free.restype = None
    loaded.hackle_decode.argtypes = (
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64, ctypes.c_int64, ctypes.POINTER(_ArrowArray),
    )  # fmt: skip
    return loaded
