"""What is loaded before anything is done: the start of a command, and a function's cold start, are mostly imports."""

import json
import subprocess
import sys

import pytest

from support.entrypoints import ROOT
from support.samples import event, ndjson

# Of the libraries: those whose parts are worth telling apart.
PARTS = {f"pyarrow.{name}" for name in ("acero", "compute", "csv", "dataset", "flight", "fs", "json", "parquet")}
CONVERSION = {
    "backports", "isal", "jmespath", "msgspec", "pyarrow", "pyarrow.compute", "pyarrow.fs", "pyarrow.parquet",
    "typing_extensions",
}  # fmt: skip
BOTO3 = {"boto3", "botocore", "certifi", "dateutil", "s3transfer", "six", "stamina", "tenacity", "urllib3"}
BY_ARROW = {"dateutil", "numpy", "pandas", "pytz", "six"}  # where they are there, as `make test-spark` has them
STARTED = {
    "--version": {"click"},
    "--help": {"click", "msgspec", "typing_extensions"},
    "convert --help": {"click", "msgspec", "typing_extensions"},
    "mappings": BY_ARROW | {"click", "jmespath", "msgspec", "pyarrow", "typing_extensions"},
    "mappings hackle": BY_ARROW | {"click", "jmespath", "msgspec", "pyarrow", "typing_extensions"},
}
COMMAND = """
import sys
from hackle_import.cli import main
sys.argv[1:] = {!r}.split()
try:
    main()
except SystemExit:
    pass
"""
TOLD = """
import json
found = {name if name in %r else name.partition(".")[0]
         for name, module in list(sys.modules.items())
         if "site-packages" in (getattr(module, "__file__", None) or "") and not name.startswith("_")}
print(json.dumps(sorted(found)), file=sys.stderr)
"""


def libraries(code):
    """The libraries that are loaded once the code has run."""
    done = subprocess.run(
        [sys.executable, "-c", code + TOLD % PARTS],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT / "shared")},
    )  # fmt: skip
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("words", STARTED)
def test_a_command_that_converts_nothing_loads_no_more_than_it_says(words):
    assert libraries(COMMAND.format(words)) <= STARTED[words]


def test_a_conversion_loads_what_it_runs_by_and_nothing_of_a_terminal_or_a_cloud(tmp_path):
    source = tmp_path / "one.ndjson"
    source.write_bytes(ndjson(event(1)))
    words = f"convert -q {source} --out {tmp_path / 'out'}"
    assert libraries(COMMAND.format(words)) <= CONVERSION | BY_ARROW | {"click", "xxhash"}


def test_a_function_s_cold_start_loads_its_cloud_s_library_and_the_conversion():
    assert libraries("import sys, hackle_import.ingest, hackle_import.stores.s3") <= CONVERSION | BOTO3 | BY_ARROW


def test_a_conversion_that_nobody_watches_loads_nothing_to_show_how_far_it_is(tmp_path):
    source = tmp_path / "one.ndjson"
    source.write_bytes(ndjson(event(1)))
    shown = "import sys; sys.exit(*[name for name in ('multiprocessing', 'rich.progress') if name in sys.modules])"
    code = COMMAND.format(f"convert {source} --out {tmp_path / 'out'}") + shown
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT / "shared")},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
