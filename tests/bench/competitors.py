"""Who is measured: our command, what a user would pick instead, and the Parquet writer alone."""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from measure import Run, run

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
COMMAND = Path(sys.executable).parent / "hackle-import"
_OWN = ROOT / ".venv" / "bench" / "bin" / "python"
PYTHON = _OWN if _OWN.exists() else Path(sys.executable)
OURS, OURS_PYTHON = "hackle-import", "hackle-import, Python decoder"
DUCKDB, CLICKHOUSE, WRITER = "DuckDB", "ClickHouse", "Parquet writer alone"
_FORMATS = ("ndjson", "gzip", "csv", "array")


@dataclass(frozen=True)
class Competitor:
    """`jobs/<script>.py SOURCE FORMAT TARGET THREADS` needs `package`. `part`: it tells the seconds that count itself."""

    script: str
    package: str
    formats: tuple[str, ...] = _FORMATS
    part: bool = False

    def what_it_is(self) -> str:
        """The job's docstring: how it does it, and what it leaves out."""
        text = ast.get_docstring(ast.parse((HERE / "jobs" / f"{self.script}.py").read_text()))
        return " ".join((text or "").split())


COMPETITORS = {
    DUCKDB: Competitor("duckdb_sql", "duckdb", (*_FORMATS, "amplitude")),
    CLICKHOUSE: Competitor("clickhouse", "chdb-core", (*_FORMATS, "amplitude")),
    "Polars": Competitor("polars_lazy", "polars", ("ndjson", "gzip", "csv")),
    "pandas + pyarrow": Competitor("pandas_pyarrow", "pandas", ("ndjson", "csv")),  # the others as slowly
    WRITER: Competitor("parquet_writer", "pyarrow", ("strings",), part=True),
    f"{WRITER}, dictionaries": Competitor("parquet_writer", "pyarrow", ("dictionaries",), part=True),
}


@cache
def versions() -> dict[str, str]:
    """Of the competitors' packages that are installed."""
    code = (
        "import json, sys, importlib.metadata as m\n"
        "names = {d.metadata['Name'].lower() for d in m.distributions()}\n"
        "print(json.dumps({n: m.version(n) for n in sys.argv[1:] if n in names}))"
    )
    names = sorted({one.package for one in COMPETITORS.values()})
    done = subprocess.run([PYTHON, "-c", code, *names], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def installed(kind: str) -> dict[str, Competitor]:
    return {name: one for name, one in COMPETITORS.items() if kind in one.formats and one.package in versions()}


def compete(competitor: Competitor, source: Path, kind: str, out: Path, cores: int) -> Run:
    """One process of a competitor that writes `source` into `out`."""
    emptied(out)
    script = HERE / "jobs" / f"{competitor.script}.py"
    found = run([PYTHON, script, source, kind, out, cores], cores)
    return replace(found, seconds=json.loads(found.told)["seconds"]) if competitor.part else found


def convert(
    source: Path, out: Path, cores: int, decoder: str = "native", mapping: object = None, hash_key: str = ""
) -> Run:
    """One process of our command. Raises RuntimeError unless every row was written."""
    emptied(out)
    chosen = ["--mapping", mapping] if mapping else []
    env = {"HACKLE_DECODER": decoder} | ({"HACKLE_HASH_KEY": hash_key} if hash_key else {})
    found = run([COMMAND, "convert", "--json", *chosen, source, "--out", out], cores, env)
    receipt = json.loads(found.told)
    if receipt["rows_rejected"] or receipt["outcome"] != "written":
        raise RuntimeError(f"{source.name}: {receipt}")
    return found


def emptied(out: Path) -> None:
    for folder in (out, out.with_name(f"{out.name}-ledger")):
        shutil.rmtree(folder, ignore_errors=True)


def read_back(out: Path, expected: Mapping[str, Any], reference: Path | None = None) -> dict[str, Any]:
    """What lies in `out`, with its content where there is a `reference`. Raises RuntimeError unless it has each of the
    rows, by day."""
    command = [PYTHON, HERE / "outcome.py", out, *([reference] if reference else [])]
    found = dict(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    for name in ("rows", "days"):
        if name in expected and found[name] != expected[name]:
            raise RuntimeError(f"{out}: {name} {found[name]} instead of {expected[name]}: that is no figure")
    return found
