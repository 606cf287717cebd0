"""Each folder is a case: a drop (and a mapping, where it needs one), and what must come of it, laid out as the lake is.

`make golden` rewrites the expectations; the difference is what gets reviewed.
"""

import gzip
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hackle_import.drop import Drop
from hackle_import.ingest import ingest
from hackle_import.mapping import PRESETS
from hackle_import.places import Places
from hackle_import.settings import DECODERS, Limits, Rules
from hackle_import.stores import open_store
from support.lazily import lazily
from support.vendors import mapping_of, vendor_of

duckdb = lazily("duckdb")

HERE = Path(__file__).parent
CASES = sorted(path.name for path in HERE.iterdir() if (path / "drop").is_dir())
UPLOADED = datetime(2025, 1, 10, 12, tzinfo=UTC)
TOLD = ("outcome", "rows_in", "rows_written", "rows_rejected", "rows_filtered", "notes", "rejects", "fault")


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("case", CASES)
def test_a_drop_becomes_what_its_case_expects(case, decoder, tmp_path, request):
    came = convert(HERE / case, tmp_path, decoder)
    expected = HERE / case / "expected"
    if request.config.getoption("--rewrite-golden"):
        shutil.rmtree(expected, ignore_errors=True)
        for name, text in came.items():
            (expected / name).parent.mkdir(parents=True, exist_ok=True)
            (expected / name).write_text(text)
    assert came == {str(path.relative_to(expected)): path.read_text() for path in expected.rglob("*") if path.is_file()}


def test_every_case_has_an_expectation_and_every_preset_a_case():
    assert [case for case in CASES if not (HERE / case / "expected" / "receipt.json").exists()] == []
    assert {name for name in PRESETS if name != "hackle"} - set(map(vendor_of, CASES)) == set()


def convert(case, folder, decoder):
    (drop,) = (case / "drop").iterdir()
    target = folder / "staging" / "incoming" / "hackle" / drop.name
    target.parent.mkdir(parents=True)
    shutil.copy(drop, target)
    os.utime(target, (UPLOADED.timestamp(),) * 2)
    if (case / "exports").is_dir():
        shutil.copytree(case / "exports", folder / "staging" / "exports")
    staging, lake = open_store(str(folder / "staging")), open_store(str(folder / "lake"))
    mapping = mapping_of(case)  # that of a vendor's export, whose rows were written by hand from the documentation
    limits = Limits(**json.loads(path.read_text())) if (path := case / "limits.json").exists() else Limits()
    rules = Rules(limits=limits, decoder=decoder)
    place = Drop(staging.place, f"incoming/hackle/{drop.name}", "hackle")
    receipt = ingest(place, Places(staging, staging, lake), rules, lambda: UPLOADED, mapping=mapping)
    told = json.loads(receipt.line())
    came = {"receipt.json": json.dumps({name: told[name] for name in TOLD}, indent=1, ensure_ascii=False) + "\n"}
    if (case / "beside").is_dir():
        came["beside.json"] = json.dumps(beside(case, Places(staging, staging, lake), rules, mapping), indent=1) + "\n"
    came |= rows_by_day(folder / "lake")
    rejects = folder / "staging" / place.rejected_key
    return came | ({"rejected.ndjson": gzip.decompress(rejects.read_bytes()).decode()} if rejects.exists() else {})


def beside(case, places, rules, mapping):
    """What becomes of the files that an export leaves beside the drop."""
    told = {}
    for path in sorted((case / "beside").iterdir()):
        key = f"incoming/hackle/{path.name}"
        places.staging.put(key, path.read_bytes())
        drop = Drop.at(places.staging.place, key)
        receipt = None if drop is None else ingest(drop, places, rules, lambda: UPLOADED, mapping=mapping)
        told[path.name] = "no drop" if receipt is None else f"{receipt.outcome}, {receipt.rows_in} rows"
    return told


def rows_by_day(lake):
    """Read by DuckDB, which did not write them."""
    days = {}
    for path in sorted(lake.rglob("*.parquet")):
        rows = duckdb.sql(f"SELECT * REPLACE (epoch_ms(ts) AS ts, metric_value::VARCHAR AS metric_value) FROM '{path}'")
        lines = (json.dumps(dict(zip(rows.columns, row, strict=True)), ensure_ascii=False) for row in rows.fetchall())
        days[f"{path.parent.name}.ndjson"] = "\n".join(lines) + "\n"
    return days
