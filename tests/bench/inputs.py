"""The files that are measured: the same on every machine, made once and kept."""

import csv
import gzip
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from events import write_events
from vendors import write_export

MAPS = ("identifiers", "event_properties", "user_properties", "platform_properties")
SCALARS = ("insert_id", "event_key", "ts", "metric_value")
_ID = re.compile(rb'^\{"insert_id": ".{8}', re.MULTILINE)
_BLOCK_ROWS = 14_000  # 10 MB


class Inputs:
    """Files of the same `rows` events in `folder`."""

    def __init__(self, folder: Path, rows: int) -> None:
        self._folder, self.rows = folder, rows
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, kind: str) -> Path:
        """`kind`: ndjson, gzip, csv, array, or a vendor's name."""
        ending = {"ndjson": "ndjson", "gzip": "ndjson.gz", "csv": "csv", "array": "json"}.get(kind, f"{kind}.ndjson")
        return _made(self._folder / f"events-{self.rows}.{ending}", lambda path: self._make(kind, path))

    def reshaped(self, kind: str, name: str, write: Callable[[Path, Path], None]) -> Path:
        """The events of that kind, as `write` makes them of their path; `table` is one of CSV."""
        ending = {"table": "csv", "wrapped": "json"}.get(name, "ndjson")
        path = self._folder / f"{kind}-{self.rows}-{name.replace(' ', '-')}.{ending}"
        return _made(path, lambda half: write(self.path(kind), half))

    def _make(self, kind: str, path: Path) -> None:
        if kind == "ndjson":
            return write_events(path, self.rows)
        events = self.path("ndjson")
        if kind in _WRITERS:
            return _WRITERS[kind](events, path)
        return write_export(events, kind, path)

    def expected(self, kind: str) -> dict[str, Any]:
        """What must come out, counted from the text by Python's own json: `rows`, `days`, and unless the vendor's
        export says otherwise `metric_sum` and `entries` by map."""
        path = _made(self._folder / f"expected-{self.rows}.json", lambda path: _count(self.path("ndjson"), path))
        found = json.loads(path.read_text())
        if kind != "amplitude":
            return found
        kept = ("event_properties", "user_properties")
        entries = {name: number for name, number in found["entries"].items() if name in kept}
        return {"rows": found["rows"], "days": found["days"], "entries": entries}


def repeated(folder: Path, megabytes: float) -> tuple[Path, int]:
    """NDJSON of about so many MB with no id twice, and its rows: one block of events, again and again with other ids."""
    rows = min(_BLOCK_ROWS, int(megabytes * 1400))
    block = Inputs(folder, rows).path("ndjson").read_bytes()
    times = max(1, round(megabytes * 1e6 / len(block)))
    pieces = _ID.split(block)

    def write(path: Path) -> None:
        with path.open("wb") as file:
            for number in range(times):
                file.write(b'{"insert_id": "%08x'.__mod__(number).join(pieces))

    return _made(folder / f"repeated-{megabytes:g}.ndjson", write), rows * times


def _made(path: Path, write: Callable[[Path], Any]) -> Path:
    """Written under another name first: a file that is there is whole."""
    if not path.exists():
        half = path.with_name(f"half-{path.name}")
        write(half)
        half.rename(path)
    return path


def _write_gzip(events: Path, path: Path) -> None:
    with events.open("rb") as source, path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as target:
        shutil.copyfileobj(source, target, 1 << 20)


def _write_array(events: Path, path: Path) -> None:
    with events.open("rb") as source, path.open("wb") as target:
        for number, line in zip(count(), source):
            target.write((b",\n" if number else b"[") + line.rstrip(b"\n"))
        target.write(b"]\n")


def _write_csv(events: Path, path: Path) -> None:
    """A column an entry, as `event_properties.price`; what is nested stays JSON."""
    columns = dict.fromkeys(name for row in _read(events) for name in _flat(row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(_flat(row) for row in _read(events))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    own = {name: row[name] for name in SCALARS}
    return own | {f"{name}.{key}": _cell(value) for name in MAPS for key, value in row[name].items()}


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _count(events: Path, path: Path) -> None:
    days, entries, metric = Counter(), Counter(), Decimal()
    for row in _read(events):
        days[row["ts"][:10]] += 1
        metric += Decimal(str(row["metric_value"] or 0))
        for name in MAPS:
            entries[name] += sum(value is not None for value in row[name].values())
    found = {"rows": days.total(), "days": days, "metric_sum": f"{metric:.6f}", "entries": entries}
    path.write_text(json.dumps(found))


def _read(events: Path) -> Iterator[dict[str, Any]]:
    with events.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


_WRITERS = {"gzip": _write_gzip, "csv": _write_csv, "array": _write_array}
