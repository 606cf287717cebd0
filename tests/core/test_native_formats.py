"""Times in a mapping's own formats are read in C as Python reads them, or handed over."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.test_native_mappings import assert_same, plain, target_of
from hackle_import.native.plan import native_plan
from support.examples import examples
from support.samples import event, ndjson

SLOW = settings(max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
FORMATS = [
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f%z", "%d/%m/%Y %H:%M", "%m/%d/%y %I:%M %p", "%d-%b-%Y %H.%M.%S", "%Y%m%d",
    "%Y%m%d%H%M%S", "%b %d %Y %I:%M:%S%p %z", "%Y년 %m월 %d일 %H시 %M분", "%Y.%m.%d", "%H:%M %d.%m.%Y", "%d%b%Y:%H:%M:%S %z",
    "%Y-%m-%dK%H", "%a, %d %b %Y %H:%M:%S %Z", "%A, %B %d, %Y %H:%M", "%a %b %d %H:%M:%S %Z %Y", "%Y/%m/%d %H:%M:%S %Z",
    "%B%d%Y%Z", "%Y  %m %d", "%f.%S:%M:%H %d %m %Y",
]  # fmt: skip
ZONES = ["UTC", "Asia/Seoul", "Europe/Berlin", "America/Sao_Paulo"]
NAMES = ["UTC", "GMT", "Z", "KST", "CET", "CEST", "kst", "utc", "KS", "KSTX", "EST", "-03", ""]
MOMENT = st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1))
OFFSETS = ["", "Z", "+09:00", "+0900", "-0330", "+09", "+24:00", "+09:00:01", " UTC", "z"]
ODD = st.text(alphabet="0123456789:-/ .TZ+apmJjan월KSTUCMonday,", max_size=24)


def shown(moment, shape, offset, name="KST"):
    shape = shape.replace("%Z", name)
    return (
        moment.strftime(shape.replace("%z", "{}")).format(offset) if "%z" in shape else moment.strftime(shape) + offset
    )


def shaken(text, place, other):
    """With another sign at a place, or without one."""
    place %= len(text) + 1
    return text[:place] + other + text[place + 1 :]


WRITTEN = st.builds(shown, MOMENT, st.sampled_from(FORMATS), st.sampled_from(OFFSETS), st.sampled_from(NAMES))
TIME = (
    WRITTEN
    | st.builds(shaken, WRITTEN, st.integers(0, 40), st.sampled_from(["", "0", "9", " ", "x", "1", ":", "Z", "오전", "é", "k"]))
    | ODD
    | st.sampled_from(["1735787045", "2025-01-02T03:04:05Z", " 2025-01-02 03:04:05", "2025-1-2 3:4:5", "29/02/2023 10:00", "31/12/2024 24:00", "2025-01-02 03:04:60", "2025-01-02  03:04:05", "1/2/25 1:05 am", "12/31/68 12:00 AM", "12/31/69 12:59 pm", "01/02/25 13:00 PM", "20250102", "2025년 01월 02일 03시 04분", "20250102030405"])
)  # fmt: skip


def target(formats, zone):
    return target_of(f"[ts]\nformat = {json.dumps(formats, ensure_ascii=False)}\ntimezone = {json.dumps(zone)}\n")


@SLOW
@given(
    st.lists(st.sampled_from(FORMATS), min_size=1, max_size=3),
    st.sampled_from(ZONES),
    st.lists(TIME, min_size=1, max_size=8),
)
def test_both_decoders_read_the_same_times(formats, zone, texts):
    found = target(formats, zone)
    assert native_plan(found, 64) is not None
    assert_same(ndjson(*(event(number, ts=text) for number, text in enumerate(texts))), found)


@pytest.mark.parametrize("shape", FORMATS[:18])
def test_what_is_written_in_a_format_is_read_in_c(shape):
    texts = [
        shown(datetime(2024, 2, 1 + day, 1 + day % 23, 59, 3, 120_000), shape, "+09:00" if "%z" in shape else "")
        for day in range(29)
    ]
    assert (
        plain(ndjson(*(event(number, ts=text) for number, text in enumerate(texts))), target([shape], "Asia/Seoul"))
        == 29
    )


def test_of_several_formats_the_one_that_fits_is_found_in_c():
    formats = ["%d/%m/%Y %H:%M", "%Y%m%d%H%M%S", "%d-%b-%Y %H:%M:%S"]
    texts = ["02/01/2025 10:00", "20250102100000", "02-JAN-2025 10:00:00", "2025-01-02T10:00:00Z"]
    assert plain(ndjson(*(event(number, ts=text) for number, text in enumerate(texts))), target(formats, "UTC")) == 4


@pytest.mark.parametrize(
    "shape", ["%j %Y", "%Y-%m", "%d %H", "%Y %z %Z %m %d", "%Y %b %B %d", "%Y-%m-%d %%", "%Y\t%m %d", " %Y %m %d", "%Y-%m-%d\u017f", "%Y-%m-%d 오전", "%w %Y %m %d"]
)  # fmt: skip
def test_any_other_format_is_python_s(shape):
    assert native_plan(target([shape], "UTC"), 64) is None


def test_a_zone_without_a_name_whose_offsets_are_not_known_is_no_name():
    found = replace(target(["%d/%m/%Y %H:%M %Z"], "Asia/Dubai"), latest=datetime(2400, 1, 1, tzinfo=UTC))
    assert_same(ndjson(*(event(1, ts=f"01/02/2025 03:04 {name}") for name in ("UTC", "GST", "+04"))), found)
