"""What is told of a day beside its ledger: `report.json`, and `_CLOSED`, the marker that others wait for. Both lie in
the staging place: Hackle may delete whatever is below its prefix."""

import hashlib

import msgspec

from hackle_import.days.document import Day, folder_of
from hackle_import.days.report import made
from hackle_import.days.steps import Steps
from hackle_import.errors import NotFound
from hackle_import.places import Places
from hackle_import.settings import Rules


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


def tell(places: Places, rules: Rules, steps: Steps) -> None:
    """The report first: whoever finds the marker finds the report that it is of."""
    day = steps.document
    marker = marker_of(day)
    if _is_there(places, day.day, marker):
        return
    report = made(day, rules, steps.counts)
    places.staging.put(report_key(day.day), msgspec.json.encode(report))
    places.staging.put(marker_key(day.day), msgspec.json.encode(marker))


def marker_of(day: Day) -> Marker:
    """Of a day that is closed."""
    commit = day.commit
    assert commit is not None  # it is closed
    digest = hashlib.sha256(msgspec.json.encode(day)).hexdigest()
    return Marker(day.day, day.state, commit.generation, commit.digest, digest)


def _is_there(places: Places, day: str, marker: Marker) -> bool:
    try:
        return places.staging.get(marker_key(day))[0] == msgspec.json.encode(marker)
    except NotFound:
        return False
