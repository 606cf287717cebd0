"""Clocks that are put forward and back are read in C as Python reads them."""

from datetime import UTC, datetime, timedelta

import pytest

from core.test_native_mappings import assert_same, plain, target_of
from core.test_properties import EARLY, LATE
from support.samples import event, ndjson

SHAPES = (
    'timezone = "{}"',
    'epoch_timezone = "{}"',
    'timezone = "{}"\nexcel = true',
    'timezone = "{}"\nformat = "%d/%m/%Y %H:%M:%S"',
)
CHANGES = (  # what clocks show just before, while and after they are changed: New York's, Berlin's, Lord Howe's half hour
    "2024-03-10 01:59:59.999", "2024-03-10 02:00:00", "2024-03-10 02:59:59.999", "2024-03-10 03:00:00",
    "2024-11-03 00:59:59.999", "2024-11-03 01:00:00", "2024-11-03 01:59:59.999", "2024-11-03 02:00:00",
    "2024-03-31 01:59:59", "2024-03-31 02:30:00", "2024-03-31 03:00:00", "2024-10-27 02:59:59", "2024-10-27 03:00:00",
    "2024-04-07 01:29:59", "2024-04-07 01:45:00", "2024-04-07 02:00:00", "2024-10-06 02:15:00", "2024-10-06 02:30:00",
)  # fmt: skip


def written(shape, moment):
    """A time as a text of the shape."""
    if "format" in shape:
        return f"{moment:%d/%m/%Y %H:%M:%S}"
    if "excel" in shape:
        return repr((moment - datetime(1899, 12, 30)) / timedelta(days=1))
    if "epoch" in shape:
        return str(int((moment - datetime(1970, 1, 1)) / timedelta(milliseconds=1)))
    return moment.isoformat(" ", "milliseconds")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo"])
def test_a_clock_that_is_changed_is_read_in_c(shape, zone):
    target = target_of(f"[ts]\n{shape.format(zone)}\n")
    assert EARLY < datetime(2024, 3, 1, tzinfo=UTC) < datetime(2024, 11, 30, tzinfo=UTC) < LATE
    text = ndjson(*(event(1) | {"ts": written(shape, datetime.fromisoformat(one))} for one in CHANGES))
    assert_same(text, target)
    assert plain(text, target) == len(CHANGES)
