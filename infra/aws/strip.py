"""Cuts off shared objects what only linkers and debuggers read: everything behind the last segment that is loaded.

`python strip.py FILE...`, for ELF of 64 bits, little-endian, of any machine. binutils does it for the host's machine
only, and is no package that pip can install.
https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
"""

import struct
import sys
from pathlib import Path

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")


def strip(path: Path) -> None:
    """Replaces the file, which may be a hard link into a cache, by a shorter one. Raises ValueError for another."""
    content = bytearray(path.read_bytes())
    if content[:6] != b"\x7fELF\x02\x01":
        raise ValueError(f"{path} is no ELF of 64 bits, little-endian")
    header = list(_HEADER.unpack_from(content))
    first, size, count = header[5], header[9], header[10]
    segments = [_SEGMENT.unpack_from(content, first + number * size) for number in range(count)]
    end = max(offset + length for _, _, offset, _, _, length, _, _ in segments)
    header[6] = header[12] = header[13] = 0  # where sections are, how many, which names them: all gone
    content[: _HEADER.size] = _HEADER.pack(*header)
    path.unlink()
    path.write_bytes(content[:end])


if __name__ == "__main__":
    for name in sys.argv[1:]:
        strip(Path(name))
