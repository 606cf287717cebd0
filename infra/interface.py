"""The digest of the decoder's C sources, which its libraries answer and Python expects: printed as a C constant.

`native/interface.py` holds it for Python. Where it differs it is written anew; with `--check` that is an error instead.
"""

import sys
from hashlib import sha256
from pathlib import Path

NATIVE = Path(__file__).parent.parent / "shared" / "hackle_import" / "native"
TEXT = '''"""What the decoder in C answers if it is of these sources: `make native` writes this, and it is committed."""

INTERFACE = {digest}
'''


def digest_of(sources: Path) -> str:
    """64 bits of the names and texts of a folder's C files, as a constant of both languages."""
    files = sorted([*sources.glob("*.c"), *sources.glob("*.h")])
    told = b"".join(path.name.encode() + b"\0" + path.read_bytes() + b"\0" for path in files)
    return f"0x{sha256(told).hexdigest()[:16].upper()}"


def main(*, check: bool) -> None:
    """Prints the digest. Ends with an error where `check` finds another in `interface.py`."""
    digest, file = digest_of(NATIVE / "c"), NATIVE / "interface.py"
    if not file.exists() or file.read_text() != TEXT.format(digest=digest):
        if check:
            sys.exit(f"{file.name} is not of these C sources: run `make native`, and commit it")
        file.write_text(TEXT.format(digest=digest))
    print(f"{digest}u")


if __name__ == "__main__":
    main(check="--check" in sys.argv[1:])
