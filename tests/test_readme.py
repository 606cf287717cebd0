"""The README says what is: its example is run, its tables hold every code and setting."""

import gzip
import hmac
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import duckdb
import jsonschema
import pytest

from hackle_import.cli import command, conversion, mappings, preview, reports
from hackle_import.codes import Fault, Note, Why
from hackle_import.mapping import PRESETS
from hackle_import.mapping.format import json_schema
from hackle_import.settings import Limits, Rules, Settings
from support.mapped_rows import mapped

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
assert all((conversion, mappings, preview, reports))  # they add their commands


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
        assert re.search(rf"\| `{name}[ `]", README)


EXAMPLES = re.findall(
    r"<!-- example -->\n```toml\n(.*?)```\n```(json|csv)\n(.*?)```\n```json\n(.*?)```", README, re.DOTALL
)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_each_example_of_a_mapping_gives_what_it_says(number):
    mapping, kind, source, expected = EXAMPLES[number]
    name = "example.csv" if kind == "csv" else "example.ndjson"
    found = mapped(mapping, body=source.encode(), name=name, rules=Rules(hash_key=b"key"))
    told = json.loads(found.receipt.line()) | (shown(found.rows[0]) if found.rows else {})
    secret = hmac.new(b"key", b"kim", "sha256").hexdigest()
    for key, value in json.loads(expected.replace("HMAC(kim)", secret)).items():
        assert told[key] == value


@pytest.mark.parametrize("mapping", [*(mapping for mapping, *_ in EXAMPLES), block("walk: orders.toml")])
def test_the_schema_takes_each_example(mapping):
    jsonschema.validate(tomllib.loads(mapping), json_schema(), jsonschema.Draft202012Validator)


def shown(row):
    return row | {
        "ts": row["ts"].isoformat(timespec="milliseconds")[:-6] + "Z",
        "metric_value": str(row["metric_value"]),
    }


def test_every_key_of_a_mapping_is_in_an_example():
    examples = "".join(mapping for mapping, *_ in EXAMPLES)
    for key in keys(json_schema()):
        assert re.search(rf"(?<!\w){key}(?!\w)", examples), key


def test_the_walk_from_a_table_to_a_verified_day_works(tmp_path):
    for name in ("orders.csv", "orders.toml"):
        (tmp_path / name).write_text(block(f"walk: {name}"))
    *commands, last = [line for line in block("walk").splitlines() if line]
    for line in commands:
        done = subprocess.run(
            [sys.executable, "-m", "hackle_import.cli", *line.removeprefix("$ hackle-import ").split()],
            cwd=tmp_path, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT / "shared")},
        )  # fmt: skip
        if "preview" in line:
            assert "required_key_missing" in done.stdout
    assert done.stderr.strip() == last
    assert [path.parent.name for path in (tmp_path / "lake").rglob("*.parquet")] == ["2025-01-02"]


def test_every_preset_is_in_the_table():
    for name in PRESETS:
        assert name == "hackle" or f"| `{name}` |" in README


def keys(schema):
    """Every key that a mapping may have, at any depth; one of the columns that take entries stands for all."""
    if isinstance(schema, list):
        return {key for one in schema for key in keys(one)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {}))
    return own | {key for one in schema.values() for key in keys(list(one.values()) if isinstance(one, dict) else one)}


def test_the_targets_that_the_readme_names_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)\b", README)):
        assert f"\n{target}:" in makefile
