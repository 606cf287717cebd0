"""The bench's events in other shapes: what a feature of mappings is measured on."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from inputs import MAPS

ELEMENTS = 10  # of a record's list
CHANGED = "America/New_York"  # a zone whose clocks are


def lines(events: Path, path: Path) -> None:
    path.hardlink_to(events)


def odd(one_of: int, name: str, events: Path, path: Path) -> None:
    """In one of so many records the name stands twice; the second one counts."""
    before = f'{{"{name}": "x", '.encode()
    with events.open("rb") as source, path.open("wb") as target:
        for number, line in zip(count(), source):
            target.write(line if number % one_of else before + line[1:])


def texts(events: Path, path: Path) -> None:
    """An object as the text of one."""
    _write(path, (row | {"event_properties": json.dumps(row["event_properties"])} for row in _read(events)))


def amounts(events: Path, path: Path) -> None:
    _write(path, (row | {"metric_value": _amount(row["metric_value"])} for row in _read(events)))


def days(events: Path, path: Path) -> None:
    """Times as a spreadsheet has them."""
    _write(path, (row | {"ts": _serial(row["ts"])} for row in _read(events)))


def local(events: Path, path: Path) -> None:
    """Times as clocks in New York show them."""
    clock = ZoneInfo(CHANGED)
    shown = ((row, datetime.fromisoformat(row["ts"]).astimezone(clock)) for row in _read(events))
    _write(path, (row | {"ts": f"{ts:%Y-%m-%d %H:%M:%S}.{ts.microsecond // 1000:03}"} for row, ts in shown))


def wrapped(events: Path, path: Path) -> None:
    rows = b",\n".join(events.read_bytes().splitlines())
    path.write_bytes(b'{"status": "ok", "data": {"rows": [' + rows + b"]}}\n")


def lists(events: Path, path: Path) -> None:
    with events.open(encoding="utf-8") as source, path.open("w", encoding="utf-8") as target:
        target.writelines(
            f'{{"sent": 1, "events": [{", ".join(map(str.strip, some))}]}}\n' for some in _by(ELEMENTS, source)
        )


def table(events: Path, path: Path) -> None:
    """A column a field; maps are JSON."""
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        for number, row in zip(count(), _read(events)):
            if not number:
                writer.writerow(row)
            writer.writerow(json.dumps(one, ensure_ascii=False) if name in MAPS else one for name, one in row.items())


SHAPES: dict[str, Callable[[Path, Path], None]] = {
    "lines": lines, "texts": texts, "amounts": amounts, "days": days, "local": local, "wrapped": wrapped, "lists": lists, "table": table,
}  # fmt: skip


def shape(name: str, event: str) -> Callable[[Path, Path], None]:
    """What writes events anew; `odd 100` is records one of 100 of which has the field `event` twice."""
    kind, _, one_of = name.partition(" ")
    return partial(odd, int(one_of), event) if kind == "odd" else SHAPES[kind]


def _by(size: int, some: Iterator[str]) -> Iterator[list[str]]:
    held: list[str] = []
    for one in some:
        held.append(one)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held


def _amount(value: float | None) -> str | None:
    return None if value is None else f"{value:,.2f}원".replace(",", " ").replace(".", ",").replace(" ", ".")


def _serial(ts: str) -> float:
    return (datetime.fromisoformat(ts) - datetime(1899, 12, 30, tzinfo=UTC)) / timedelta(days=1)


def _read(events: Path) -> Iterator[dict[str, Any]]:
    with events.open(encoding="utf-8") as source:
        yield from map(json.loads, source)


def _write(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as target:
        target.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
