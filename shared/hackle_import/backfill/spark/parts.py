"""Rows of a table, as lines of JSON -> their days, and the parts of an export that hold them. Executors run this; it
knows nothing of Spark.

The same lines in the same order give the same parts under the same names, however often they are written: the digest of
a part's bytes is in its name.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count, groupby, islice
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from isal import igzip

from hackle_import.convert import open_drop, target_of
from hackle_import.errors import Changed
from hackle_import.mapping import Mapping
from hackle_import.settings import Rules
from hackle_import.stores.protocol import Store, StoredObject
from hackle_import.writing.layout import day_name, days

UNDATED = "undated"  # in place of a day, for what the mapping makes no row of: its drop tells the rejects
PART_BYTES = 128 << 20  # of text
REFRESHED_AFTER = timedelta(days=1)  # parts expire by their age: one that is named anew has to live on
_AT_ONCE = 4096  # lines
_SOMETIME = datetime(9000, 1, 1, tzinfo=UTC)  # a row of tomorrow has a day, too: what becomes of it, the drop decides


class Row(NamedTuple):
    """A line of JSON, its day, and which of the day's parts it goes to."""

    day: str
    share: int
    line: str


class Written(NamedTuple):
    """A part that is there: `bytes` as stored, `text` before it was compressed."""

    day: str
    key: str
    rows: int
    bytes: int
    text: int


def days_of(lines: list[str], mapping: Mapping, rules: Rules) -> list[str]:
    """A name for each line: the day of its row, as the drop will have it. Of a line that becomes several rows, that of
    the first."""
    target = target_of(mapping, rules, StoredObject("", "", 0, _SOMETIME))
    found = [UNDATED] * len(lines)
    text = "\n".join(lines).encode()
    for one in open_drop("rows.ndjson", [text], target, rules.limits).converted(rules.decoder):
        if one.lines is None or not one.batch.num_rows:
            continue
        names = map(day_name, days(one.batch["ts"], rules.day_timezone).to_pylist())
        for line, name in zip(one.lines.to_pylist(), names, strict=True):
            found[line - 1] = name if found[line - 1] is UNDATED else found[line - 1]
    return found


def written(rows: Iterable[Row], store: Store, folder: str, now: datetime) -> Iterator[Written]:
    """Puts parts below `folder`, at least one for each day and share, which `rows` are in the order of."""
    with TemporaryDirectory(prefix="hackle-import-") as temporary:
        path = Path(temporary) / "part"
        for (day, share), some in groupby(rows, itemgetter(0, 1)):
            left, numbers = map(itemgetter(2), some), count()
            while counted := _compressed(left, path):
                key = f"{folder}{day}/{share}-{next(numbers):05d}-{_digest(path)}.ndjson.gz"
                put(store, key, path, now)
                yield Written(day, key, counted[0], path.stat().st_size, counted[1])


def put(store: Store, key: str, path: Path, now: datetime) -> None:
    """Whose content the key tells: what is there already is the same, and left alone while it is young."""
    try:
        store.put_if_absent(key, path)
    except Changed:
        there = store.head(key)
        if there.modified < now - REFRESHED_AFTER:
            with suppress(Changed):  # another worker refreshes it
                store.put_if_version(key, path, there.version)


def _compressed(lines: Iterator[str], path: Path) -> tuple[int, int] | None:
    """Lines and bytes of text that went into the file; None where there are no more."""
    lines_in = size = 0
    compress: Any = igzip.IGzipFile
    with path.open("wb") as opened, compress(filename="", mode="wb", fileobj=opened, mtime=0) as file:
        while size < PART_BYTES and (some := list(islice(lines, _AT_ONCE))):
            text = "".join(f"{line}\n" for line in some).encode()
            file.write(text)
            lines_in, size = lines_in + len(some), size + len(text)
    return (lines_in, size) if lines_in else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]
