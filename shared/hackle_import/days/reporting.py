"""What is told of a day beside its ledger: `report.json`, `report.html`, the index of the last days, and `_CLOSED`, the
marker that others wait for. They lie in the staging place: Hackle may delete whatever is below its prefix."""

import hashlib
from collections.abc import Callable, Iterable

import msgspec

from hackle_import.days.document import Day, folder_of
from hackle_import.days.exported import exported
from hackle_import.days.pages import day_page, index_page
from hackle_import.days.report import Report, days_before, made
from hackle_import.days.steps import Steps
from hackle_import.days.warnings import warnings
from hackle_import.drop import DAYS
from hackle_import.errors import NotFound
from hackle_import.places import Places
from hackle_import.receipt import Receipt
from hackle_import.settings import Rules
from hackle_import.stores.protocol import Store

INDEX_KEY = f"{DAYS}index.html"
MOST_DAYS = 60  # in the index
_LOOKED_BACK = 28  # days, of which the same weekdays are


class Marker(msgspec.Struct, frozen=True):
    """`document` is a digest of the day's document: of another one the report is made anew."""

    day: str
    state: str
    generation: int
    digest: str
    document: str


def marker_key(day: str) -> str:
    """In the staging place."""
    return f"{folder_of(day)}_CLOSED"


def report_key(day: str) -> str:
    """In the staging place."""
    return f"{folder_of(day)}report.json"


def page_key(day: str) -> str:
    """In the staging place."""
    return f"{folder_of(day)}report.html"


def tell(places: Places, rules: Rules, steps: Steps, receipts: Callable[[], Iterable[Receipt]]) -> None:
    """The marker comes last: whoever finds it finds the report that it is of. `receipts` are asked for where a report
    is made."""
    day, staging = steps.document, places.staging
    marker = marker_of(day)
    if _is_told(staging, marker):
        return
    there = _days(staging)
    last = sorted({*there, day.day})[-MOST_DAYS:]
    known = reports(staging, sorted(there & {*last, *days_before(day.day, _LOOKED_BACK)}))
    history = {one: report for one, report in known.items() if one < day.day}
    assert day.commit is not None  # it is closed
    by_generation = {digest: steps.counts(digest) for digest in dict.fromkeys(day.commit.counts.values())}
    counted = [by_generation[digest].get(key) for key, digest in day.commit.counts.items()]
    zone = rules.day_timezone.key
    bare = made(day, zone, [one for one in counted if one], receipts(), history)
    told = msgspec.structs.replace(bare, exports=exported(staging, day.day))
    report = msgspec.structs.replace(told, warnings=warnings(told, history))
    staging.put(report_key(day.day), msgspec.json.encode(report))
    staging.put(page_key(day.day), day_page(report).encode())
    known[day.day] = report
    staging.put(INDEX_KEY, index_page([known[one] for one in reversed(last) if one in known]).encode())
    staging.put(marker_key(day.day), msgspec.json.encode(marker))


def reports(staging: Store, days: Iterable[str]) -> dict[str, Report]:
    """By their days; one that is not there, or that this release does not know, is none."""
    found = {}
    for day in days:
        try:
            found[day] = msgspec.json.decode(staging.get(report_key(day))[0], type=Report)
        except (NotFound, msgspec.DecodeError):
            continue
    return found


def _days(staging: Store) -> set[str]:
    """Those that have a report."""
    name = report_key("")[len(DAYS) :]
    return {key.removeprefix(DAYS).removesuffix(name) for key in staging.keys(DAYS) if key.endswith(name)}


def marker_of(day: Day) -> Marker:
    """Of a day that is closed."""
    commit = day.commit
    assert commit is not None  # it is closed
    digest = hashlib.sha256(msgspec.json.encode(day)).hexdigest()
    return Marker(day.day, day.state, commit.generation, commit.digest, digest)


def _is_told(staging: Store, marker: Marker) -> bool:
    """Whether all of it is there, and of this document: it is made again where somebody deleted some of it."""
    try:
        if staging.get(marker_key(marker.day))[0] != msgspec.json.encode(marker):
            return False
        for key in (page_key(marker.day), INDEX_KEY):
            staging.head(key)
    except NotFound:
        return False
    return marker.day in reports(staging, [marker.day])
