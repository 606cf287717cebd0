"""What a day's report tells, and what it warns of."""

import hashlib
import re
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

import hackle_import.days
from hackle_import.codes import Note, Why
from hackle_import.days.korean import CODES, STATES
from hackle_import.days.markdown import markdown
from hackle_import.days.pages import day_page
from hackle_import.days.report import Event, Report, Rows, median, same_weekdays
from hackle_import.days.reporting import INDEX_KEY, page_key, reports
from hackle_import.days.warnings import warnings
from hackle_import.days.words import WARNINGS, WORDS
from hackle_import.receipt import Outcome
from hackle_import.warehouse.state import Phase
from support.open_days import DAY, OpenDays
from support.samples import event

ASSETS = Path(hackle_import.days.__file__).parent / "assets"


def day(name, rows=1000, hours=None, **more):
    spread = hours or [rows // 24] * 24
    return Report(
        day=name, timezone="UTC", generation=1, state="closed", closed_at=datetime(2025, 1, 3, 2, tzinfo=UTC), parts=1, bytes=1, digest="d",
        rows=Rows(written=rows), hours=[("e", hour, count) for hour, count in enumerate(spread)],
        events=more.pop("events", [Event("e", rows)]), **more,
    )  # fmt: skip


def warned(report, history=()):
    return [one.code for one in warnings(report, {one.day: one for one in history})]


def test_a_usual_day_warns_of_nothing():
    assert warned(day(DAY, usual_rows=900, usual_hours=[40] * 24), [day(name) for name in same_weekdays(DAY)]) == []


def test_the_page_tells_what_became_of_drops_and_which_did_not_come():
    text = day_page(day(DAY, drops={"written": 3, "failed": 1}, missing=["incoming/shop/{day}/*"]))
    told = text.partition("Drops of this day")[2].partition("</section>")[0]
    assert all(one in told for one in ("written", "failed", "incoming/shop/{day}/*", "did not come", "오지 않음"))


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (day(DAY, 0, events=[]), "no_rows"),
        (day(DAY, 400, usual_rows=1000), "volume"),
        (day(DAY, 2100, usual_rows=1000), "volume"),
        (day(DAY, hours=[0] + [44] * 23, usual_hours=[200] * 24), "hours"),
        (day(DAY, rejects={"ts_missing": 50}), "rejects"),
        (day(DAY, missing=["incoming/shop/{day}/*"]), "missing"),
        (msgspec.structs.replace(day(DAY), rows=Rows(written=1000, repeats=2)), "repeats"),
        (day(DAY, held=[{"source": "s", "reason": "late", "rows": 1, "shown": 0}]), "held"),
        (day(DAY, changes=[{"generation": 2, "kind": "appended", "at": "2025-01-03T02:00:00Z", "added": 10, "removed": 0}]), "changed"),
    ],
)  # fmt: skip
def test_each_warning_is_given_and_says_what_to_do(report, code):
    report = msgspec.convert(msgspec.to_builtins(report), Report)
    assert warned(report) == [code]
    (told,) = warnings(report, {})
    assert told.message
    assert told.action
    assert "{" not in told.action


def test_an_event_that_came_on_three_such_weekdays_and_not_now_is_missed():
    history = [
        day(name, events=[Event("gone", 100), Event("rare", 99), Event("e", 800)]) for name in same_weekdays(DAY)
    ]
    found = warnings(day(DAY, usual_rows=1000), {one.day: one for one in history[:3]})
    assert [(one.code, one.about) for one in found] == [("events", {"events": "gone"})]
    assert warned(day(DAY), history[:2]) == []


def test_one_day_is_no_custom():
    assert median([5]) is None
    assert (median([1, 9]), median([1, 2, 9])) == (5, 2)


def test_events_and_properties_that_came_or_went_are_told_against_the_days_before():
    world = OpenDays()
    day_before = (date.fromisoformat(DAY) - timedelta(days=1)).isoformat()
    world.come("a", event(1, ts=f"{day_before}T10:00:00Z", event_key="old"), event(2, ts=f"{day_before}T10:00:00Z"))
    world.close(day_before)
    world.come("b", event(3, event_properties={"size": 1}), event(4, event_key="young"))
    world.close()
    report = reports(world.staging, [DAY])[DAY]
    told = {one.key: (one.rows, one.new, one.vanished) for one in report.events}
    assert told == {"old": (0, False, True), "purchase": (1, False, False), "young": (1, True, False)}
    properties = {(one.event, one.key): (one.new, one.vanished) for one in report.properties if one.event == "purchase"}
    assert properties == {("purchase", "size"): (True, False), ("purchase", "plan"): (False, True)}


def test_the_pages_lie_beside_the_ledger_and_are_made_of_the_report():
    world = OpenDays()
    world.come("a", event(1))
    world.close()
    report = reports(world.staging, [DAY])[DAY]
    assert world.staging.get(page_key(DAY))[0].decode() == day_page(report)
    assert f'href="{DAY}/report.html"' in world.staging.get(INDEX_KEY)[0].decode()


def test_no_value_of_a_row_is_in_a_report():
    world = OpenDays()
    world.come("a", event(1, event_properties={"plan": "a secret"}, identifiers={"id": "a secret", "device_id": "x"}))
    world.close()
    for key in world.staging.keys("days/"):
        assert b"secret" not in world.staging.get(key)[0]


def test_exports_of_warehouses_stand_beside_the_drops():
    world = OpenDays()
    world.come("a", event(1))
    state = {"phase": "offered", "attempt": 2, "rows": 1, "history": [], "digest": "d"}
    for key, body in [
        (f"shop/{DAY}.json", msgspec.json.encode(state)), ("shop/2024-01-01.json", msgspec.json.encode(state)),
        (f"ga4/{DAY}.json", b'{"phase": "late", "error": "its table is not there"}'), (f"bad/{DAY}.json", b"{"), ("shop.json", b"{}"),
    ]:  # fmt: skip
        world.staging.put(f"state/exports/{key}", body)
    world.close()
    report = reports(world.staging, [DAY])[DAY]
    assert [(one.source, one.phase, one.attempt, one.rows, one.error) for one in report.exports] == [
        ("ga4", "late", 0, None, "its table is not there"), ("shop", "offered", 2, 1, ""),
    ]  # fmt: skip
    assert "Exports of warehouses" in day_page(report)
    assert "Exports of warehouses" not in day_page(msgspec.structs.replace(report, exports=[]))


def test_a_few_lines_for_a_channel():
    names = ["add_to_cart", "`rm *`", "<!channel>", "**구매**"]
    report = day(
        DAY, rejects={"ts_missing": 50}, missing=["incoming/_a/*.csv"], events=[Event(one, 1) for one in names]
    )
    told = markdown(msgspec.structs.replace(report, warnings=warnings(report, {})))
    assert told.splitlines()[0] == f"**{DAY}** closed: 1,000 rows in 1 file"
    assert ":warning: 50 rows" in told
    assert "`hackle-import explain ts_missing` says what to do" in told
    assert "Nothing came for incoming/\\_a/\\*.csv." in told
    assert told.splitlines()[-1] == "- `add_to_cart` 1, `'rm *'` 1, `\u2039!channel>` 1, `**구매**` 1"


def test_names_of_settings_and_fields_can_be_copied_from_a_channel():
    report = msgspec.structs.replace(day(DAY), rows=Rows(written=1000, repeats=2))
    told = markdown(msgspec.structs.replace(report, warnings=warnings(report, {})))
    assert "repeat an insert_id;" in told
    assert "HACKLE_REPEATS = remove-equal" in told


def test_what_draws_is_what_was_published_with_its_licence():
    sources = tomllib.loads((ASSETS / "sources.toml").read_text())
    assert sources.keys() == {path.name for path in ASSETS.glob("*.js")}
    for name, told in sources.items():
        assert hashlib.sha256((ASSETS / name).read_bytes()).hexdigest() == told["sha256"]
        assert "Permission to use" in (ASSETS / told["licence"]).read_text()


def test_each_code_and_each_state_is_said_in_korean_with_the_same_names():
    for code in (*Why, *Note):
        for english, korean in zip((code.meaning, code.remedy), CODES[code], strict=True):
            assert re.search("[가-힣]", korean)
            assert set(re.findall("`.*?`", english)) == set(re.findall("`.*?`", korean))
    assert CODES.keys() == {*Why, *Note}
    assert {*Outcome, *Phase} <= STATES.keys()
    made = day(DAY, rejects={"ts_missing": 1}, drops={"written": 1})
    for words in ("클라이언트 시각을 보내세요", "기록됨", "마감됨"):
        assert words in day_page(made)


def test_every_word_of_the_page_is_said_in_korean_too():
    assert all(one["en"] and one["ko"] for one in WARNINGS.values())
    pages = (Path(hackle_import.days.__file__).parent / "pages.py").read_text()
    assert [
        word
        for word in WORDS
        if f'"{word}"' not in pages and f"'{word}'" not in pages and not word.startswith(("Rejected", "Remarks"))
    ] == []
