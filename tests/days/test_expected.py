"""What must have come before a day is closed, and until when it is waited for."""

from datetime import UTC, datetime

import msgspec
import pytest

from hackle_import.days.expected import parsed
from hackle_import.days.reporting import report_key
from hackle_import.errors import Misconfigured
from support.open_days import DAY, OpenDays
from support.samples import event

EXPECTED = b"""until = "06:00"\nexpected = ["incoming/hackle/shop-{day}*", "incoming/hackle/app.ndjson"]"""


def waiting(hour):
    world = OpenDays(now=datetime(2025, 1, 3, hour, tzinfo=UTC))
    world.staging.put("days.toml", EXPECTED)
    world.come("app", event(1))
    return world


def test_a_day_waits_for_what_is_expected_and_is_then_closed_without_it():
    world = waiting(3)
    closed = world.close()
    assert (closed.outcome, closed.missing) == ("waiting", ["incoming/hackle/shop-{day}*"])
    world.now = datetime(2025, 1, 3, 6, tzinfo=UTC)
    closed = world.close()
    assert (closed.outcome, closed.missing) == ("closed", ["incoming/hackle/shop-{day}*"])
    report = msgspec.json.decode(world.staging.get(report_key(DAY))[0])
    assert [one["code"] for one in report["warnings"]] == ["missing"]


def test_a_day_is_closed_as_soon_as_all_is_there():
    world = waiting(3)
    world.come(f"shop-{DAY}-1", event(2))
    assert world.close().outcome == "closed"


def test_what_comes_late_is_missing_no_more():
    world = waiting(7)
    world.close()
    world.come(f"shop-{DAY}-1", event(2))
    closed = world.close()
    assert (closed.outcome, closed.missing) == ("appended", [])


def test_a_drop_that_lies_there_and_is_not_handled_has_not_come():
    world = waiting(3)
    world.staging.put(f"incoming/hackle/shop-{DAY}", b"x")
    assert world.close().outcome == "waiting"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"expected = 1", ["expected=1: give a list of keys below incoming/, with {day} for the day"]),
        (b"expected = 'incoming/a'", ["expected='incoming/a': give a list"]),
        (b"expected = [1]", ["expected: 1: give a list of keys"]),
        (b"expected = ['']", ["expected: '': give a list of keys"]),
        (b"until = '25:00'", ["until='25:00': give an hour of the next day such as \"06:00\""]),
        (b"until = ''", ["until='': give an hour"]),
        (b"until = 6", ["until=6: give an hour"]),
        (b"until = 06:00:00", ["until=06:00:00: give an hour", "as text"]),
        (b"until = '06:00+09:00'", ["until='06:00+09:00'", "without an offset"]),
        (b"else = 1", ["else is no key of it: it may have `until` and `expected`"]),
        (b"[days]\nuntil = '06:00'", ["days is no key of it"]),
        (b"expected = ['shop/{day}']", ["expected: 'shop/{day}': give a list of keys below incoming/"]),
        (b"expected = ['incoming/{date}']", ["'incoming/{date}'", "with {day} for the day"]),
        (b"a = 1\nuntil = 1\nexpected = ['x', 'y']", ["a is no key", "until=1", "'x'", "'y'"]),
        (b"expected = [", ["is no TOML: "]),
        (b"\xff", ["is no UTF-8 text"]),
    ],
)
def test_what_is_wrong_with_it_is_told_by_key_value_and_what_is_allowed(body, told):
    with pytest.raises(Misconfigured, match=r"^days\.toml") as raised:
        parsed(body)
    assert [words for words in told if words not in str(raised.value)] == []
