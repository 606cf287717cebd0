"""The README says what is: its example is run, its tables hold every code and setting."""

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from hackle_import.cli import command, conversion, reports
from hackle_import.codes import Fault, Note, Why
from hackle_import.mapping import Mapping, load_mapping
from hackle_import.settings import Limits, Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
assert conversion
assert reports


def block(mark):
    """The fenced block that follows a comment."""
    return re.search(rf"<!-- {re.escape(mark)} -->\n```\w*\n(.*?)```", README, re.DOTALL)[1]


def test_the_example_s_input_gives_the_example_s_output(tmp_path):
    (tmp_path / "shop.csv").write_text(block("input: shop.csv"))
    asked = re.search(r"\$ hackle-import (.*)\n((?:.+\n)+)```", README)
    done = subprocess.run(
        [sys.executable, "-m", "hackle_import.cli", *asked[1].split()],
        cwd=tmp_path, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT / "shared")},
    )  # fmt: skip
    shown = [line.split() for line in done.stdout.splitlines()]
    told = [line.replace("shop.csv", str(tmp_path / "shop.csv"), 1).split() for line in asked[2].splitlines()]
    assert [line[1:] for line in shown if len(line) > 1] == [line[1:] for line in told]
    assert json.loads(block("output: rows")) == first_row(tmp_path / "out" / "2025-01-01")
    rejected = gzip.decompress((tmp_path / "out-ledger/rejected/shop.csv.rejected.ndjson.gz").read_bytes()).decode()
    assert block("output: rejects") == rejected


def first_row(folder):
    rows = duckdb.sql(
        f"SELECT * REPLACE (strftime(ts::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%gZ') AS ts, metric_value::VARCHAR AS metric_value) "
        f"FROM '{folder}/*.parquet'"
    )
    return dict(zip(rows.columns, rows.limit(1).fetchall()[0], strict=True))


@pytest.mark.parametrize("code", [*Fault, *Why, *Note], ids=lambda code: f"{type(code).__name__}-{code}")
def test_every_code_is_in_its_table(code):
    assert f"| `{code.value}` | {code.meaning} | {code.remedy} |" in README


def test_every_setting_is_in_the_table_with_its_default():
    limits = Limits()
    for name in ("max_line_bytes", "max_ratio", "max_bytes", "spool_bytes"):
        assert re.search(rf"\| `HACKLE_{name.upper()}` \| .* \| `{getattr(limits, name)}`", README)
    settings = (ROOT / "shared/hackle_import/settings.py").read_text()
    for name in set(re.findall(r"HACKLE_[A-Z_]+", settings)):
        assert f"| `{name}` |" in README
    assert Settings.read({"HACKLE_STAGING": "a", "HACKLE_IMPORT": "b"}).rules.day_folder == "{day}"


def test_every_command_is_in_the_table():
    for name in command.commands:
        assert f"| `{name} " in README


def test_the_mapping_of_the_readme_is_valid_and_shows_every_key():
    assert load_mapping(block("mapping").encode(), "readme") != Mapping()
    for key in (*Mapping.__struct_fields__, "when_missing", "timezone", "format"):
        assert key in block("mapping")


def test_the_targets_that_the_readme_names_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)\b", README)):
        assert f"\n{target}:" in makefile
