"""The cost model is its formulas, as docs/scale.md writes them."""

import pytest

from hackle_import.backfill.estimate import DAYS, PRICES, Amount, estimated
from hackle_import.stores.protocol import Listed


def amount(drops, size, name="a.ndjson"):
    found = Amount()
    for _ in range(drops):
        found = found.with_drop(Listed(name, size))
    return found


def test_a_terabyte_on_lambda():
    """20,000 drops of 50 MB, a day each: T = B/80 + 0.35 n; n(2 + D) puts, n(3 + 7) gets, 1.04 a million hints."""
    found = estimated(amount(20_000, 50_000_000), 1, PRICES["s3"])
    seconds = 1e6 / 80 + 20_000 * 0.35
    assert found.worker_hours == pytest.approx(seconds / 3600)
    assert found.hours[100] == pytest.approx(seconds / 360_000)
    assert found.dollars == pytest.approx(seconds * 2.3e-5 + 60_000 * 5e-6 + 200_000 * 0.4e-6 + 20_000 * 1.04e-6)
    assert (found.files, round(found.dollars, 2)) == (20_000, 0.85)


def test_closing_its_days_is_rows_and_files():
    found = estimated(amount(20_000, 50_000_000), 3, PRICES["s3"])
    seconds = 1e12 / 705 / 42_000 + 60_000 * 0.05
    assert found.closing_hours == pytest.approx(seconds / 3600)
    assert found.closing_dollars == pytest.approx(seconds * 2.3e-5 + 60_000 * 3 * 0.4e-6)


def test_days_that_a_drop_spans_cost_puts_and_files():
    one, thirty = (estimated(amount(100, 1000), days, PRICES["s3"]) for days in DAYS)
    assert (one.files, thirty.files) == (100, 3000)
    assert thirty.dollars - one.dollars == pytest.approx(2900 * 5e-6)


def test_what_is_compressed_is_more_of_ndjson():
    assert amount(1, 1000, "a.json.gz").plain == 6000
    assert amount(1, 1000, "a.json").plain == 1000


def test_without_sizes_the_drops_alone_are_estimated():
    found = estimated(amount(1000, None), 1, PRICES["gs"])
    assert (found.megabytes, found.worker_hours) == (0, pytest.approx(350 / 3600))


def test_the_page_s_table_is_the_model_s():
    import re
    from math import ceil

    from support.pages import page

    rows = re.findall(
        r"\| [\d,.]+ TB[^|]*\| ([\d,.]+) . ([\d.]+) . (\d+) \| ([\d,]+) \| ([\d,.]+) \| ([\d,.]+) \| ([\d,]+) \| ([\d,.]+) \|",
        page("docs/scale.md"),
    )
    assert len(rows) == 5
    for drops, size, days, *told in rows:
        count, megabytes = int(drops.replace(",", "")), float(size)
        total = int(count * megabytes * 1e6)
        found = estimated(Amount(count, total, total, count * max(1, ceil(megabytes / 8))), int(days), PRICES["s3"])
        assert told == [
            f"{found.worker_hours:,.0f}",
            f"{found.hours[100]:,.1f}",
            f"{found.dollars:,.2f}",
            f"{found.closing_hours:,.0f}",
            f"{found.closing_dollars:,.2f}",
        ]
