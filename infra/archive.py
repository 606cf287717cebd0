"""The archive of the Cloud Run function, as its buildpack wants it: main.py and requirements.txt at the root, the
package beside them with the decoder already built. The same files give the same bytes, so a hash tells the content."""

import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).parent.parent
DECODER = "native/decoder-linux-x86_64.so"  # Cloud Run's instances are x86_64
FUNCTION = ("main.py", "exporting.py", "requirements.txt")
LEFT_OUT = (".c", ".h", ".so", ".dylib", ".pyc")
COMMAND = "cli"  # a package of its own, which no function calls


def files() -> Iterator[tuple[str, Path]]:
    """Every file's name in the archive, and where it lies. Raises FileNotFoundError where the decoder is not built."""
    package = ROOT / "shared" / "hackle_import"
    yield from ((name, ROOT / "functions" / "gcp" / name) for name in FUNCTION)
    present = (path for path in package.rglob("*") if path.is_file() and path.suffix not in LEFT_OUT)
    shipped = (path for path in present if not path.is_relative_to(package / COMMAND))
    for path in (*shipped, package / DECODER):
        yield f"{package.name}/{path.relative_to(package).as_posix()}", path


def write(target: Path) -> None:
    """Sorted, without times and owners."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in sorted(files()):
            entry = ZipInfo(name)  # dated 1980-01-01
            entry.external_attr = 0o100644 << 16
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
