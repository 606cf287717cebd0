"""What the pages show is what comes: their commands are run, their mappings are applied to their rows."""

import hmac
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

import jsonschema
import pytest

from hackle_import.mapping.format import json_schema
from hackle_import.settings import Rules, read_rules
from support.mapped_rows import mapped
from support.pages import ROOT, block, blocks, names

HOME = "/home/kim"  # stands for the folder that a page's commands are run in
ANY_LINES = "…"
KEY = b"key"  # of the examples' hashes; a setting of that length would be refused


@pytest.fixture
def folder():
    """One with a short path: longer ones are folded in tables."""
    with TemporaryDirectory(dir="/tmp") as path:
        yield Path(path).resolve()


@pytest.mark.parametrize("name", [name for name in names() if any(one.kind == "console" for one in blocks(name))])
def test_a_page_s_commands_print_what_it_shows(name, folder, tmp_path):
    """In one folder, from top to bottom."""
    env = path_with_the_command(tmp_path)
    for mark, kind, text in blocks(name):
        if mark.startswith("file: "):
            write(folder / mark.removeprefix("file: "), text)
        elif mark.startswith("row: "):
            assert json.loads(text) == first_row(folder / mark.removeprefix("row: "))
        elif kind == "console":
            for command, shown in commands(text):
                assert_shown(shown, said(command, folder, env))


def commands(text):
    """Each command of a block, and what it prints as the page shows it."""
    for one in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = one.partition("\n")
        yield command, shown


def said(command, folder, env):
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout.replace(str(folder), HOME)


def assert_shown(shown, came):
    """`…` stands for any lines; how many blanks a table has hangs on the folder's name."""
    shown, came = ([" ".join(line.split()) for line in text.splitlines() if line.strip()] for text in (shown, came))
    pattern = "\n".join("(?:.*\n)*?.*" if line == ANY_LINES else re.escape(line) for line in shown)
    assert re.fullmatch(pattern, "\n".join(came)), "\n".join(["shown:", *shown, "came:", *came])


def path_with_the_command(tmp_path):
    """An environment in which `hackle-import` is that of this source, and no setting is."""
    script = tmp_path / "bin" / "hackle-import"
    write(script, f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m hackle_import.cli "$@"\n')
    script.chmod(0o755)
    return {
        "PATH": f"{script.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "shared"), "LC_ALL": "C.UTF-8",
    }  # fmt: skip


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def first_row(folder):
    import duckdb

    rows = duckdb.sql(
        f"SELECT * REPLACE (strftime(ts::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%gZ') AS ts, metric_value::VARCHAR AS metric_value) "
        f"FROM '{folder}/*.parquet'"
    )
    return dict(zip(rows.columns, rows.limit(1).fetchall()[0], strict=True))


def test_output_that_differs_is_noticed():
    assert_shown("a  b\n…\nd\n", "a b\nb\nc\nd\n")
    with pytest.raises(AssertionError):
        assert_shown("a b\n", "a b\nc\n")


def test_the_six_commands_of_both_readmes_are_those_of_the_walk():
    walk = [one for kind, text in ((one.kind, one.text) for one in blocks("docs/first-csv.md")) if kind == "console"
            for one, _ in commands(text) if not one.startswith("cat ")]  # fmt: skip
    for name in ("README.md", "README.ko.md"):
        told = next(one.text for one in blocks(name) if "mappings new" in one.text)
        assert [line.partition("  #")[0].strip() for line in told.splitlines()] == walk
        assert len(walk) == 6


def test_the_korean_page_has_the_same_first_example():
    for mark, kind, text in blocks("README.ko.md"):
        if mark or kind == "console":
            assert (mark, kind, text) in blocks("README.md")


COOKBOOK = "docs/mapping.md"


def examples():
    """Mapping, its settings, kind of row, row, what comes of it."""
    found = blocks(COOKBOOK)
    for place, (mark, _, text) in enumerate(found):
        if mark.partition(":")[0] in ("example", "wish"):
            (_, kind, row), (_, _, expected) = found[place + 1 : place + 3]
            content = tomllib.loads(text)
            whole = with_the_rest(content) if mark.startswith("wish") else content
            yield pytest.param(whole, mark.partition(": ")[2], kind, row, expected, id=f"{place}-{'-'.join(content)}")


def with_the_rest(wish):
    """A wish shows the lines that matter."""
    rest = tomllib.loads(block(COOKBOOK, "rest"))
    return wish | {"fields": rest["fields"] | wish.get("fields", {})}


def toml(value):
    """As TOML in one line; tomllib only reads."""
    if isinstance(value, dict):
        return (
            "{ "
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {toml(one)}" for key, one in value.items())
            + " }"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


EXAMPLES = list(examples())


@pytest.mark.parametrize(("mapping", "setting", "kind", "row", "expected"), EXAMPLES)
def test_each_example_of_a_mapping_gives_what_it_says(mapping, setting, kind, row, expected):
    rules = read_rules(dict([setting.split("=", 1)]), []) if setting else Rules(hash_key=KEY)
    text = "\n".join(f"{key} = {toml(value)}" for key, value in mapping.items())
    name = "example.csv" if kind == "csv" else "example.ndjson"
    found = mapped(text, body=row.encode(), name=name, rules=rules)
    told = json.loads(found.receipt.line()) | (as_shown(found.rows[0]) if found.rows else {})
    secret = hmac.new(KEY, b"kim", "sha256").hexdigest()
    for key, value in json.loads(expected.replace("HMAC(kim)", secret)).items():
        assert told[key] == value


def as_shown(row):
    return row | {
        "ts": row["ts"].isoformat(timespec="milliseconds")[:-6] + "Z",
        "metric_value": str(row["metric_value"]),
    }


@pytest.mark.parametrize(
    "mapping", [*(one.values[0] for one in EXAMPLES), tomllib.loads(block("docs/first-csv.md", "file: orders.toml"))]
)
def test_the_schema_takes_each_example(mapping):
    jsonschema.validate(mapping, json_schema(), jsonschema.Draft202012Validator)


def test_every_key_of_a_mapping_is_in_an_example():
    shown = "".join(toml(one.values[0]) for one in EXAMPLES)
    for key in keys(json_schema()):
        assert re.search(rf"(?<!\w){re.escape(key)}(?!\w)", shown), key


def keys(schema):
    """Every key that a mapping may have, at any depth; one of the columns that take entries stands for all."""
    if isinstance(schema, list):
        return {key for one in schema for key in keys(one)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {}))
    return own | {key for one in schema.values() for key in keys(list(one.values()) if isinstance(one, dict) else one)}
