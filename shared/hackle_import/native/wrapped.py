"""The end of the rows that a document wraps, looked for in C."""

import ctypes

from hackle_import.reading.wrapped import Inside


def inside_by(library: ctypes.CDLL) -> Inside:
    """What `reading.wrapped.inside` is."""

    def inside(text: bytes, depth: int) -> tuple[int, int]:
        found = ctypes.c_int64(depth)
        at = library.hackle_inside(text, len(text), ctypes.byref(found))
        return at, found.value

    return inside
