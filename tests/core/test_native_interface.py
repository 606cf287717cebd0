"""A library of other sources is never called: it is told in one line, and Python decodes. A wrong plan is an error."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

import hackle_import
from fuzz.drops import TARGETS
from fuzz.plans import FLAT
from hackle_import.native import library as native
from hackle_import.native.interface import INTERFACE
from hackle_import.native.library import Columns, Decoder, Rows
from hackle_import.native.plan import native_plan
from hackle_import.native.table import table_plan
from hackle_import.reading.dialect import Dialect
from hackle_import.reading.lines import Text
from support.samples import event, ndjson

ROOT, PACKAGE = Path(__file__).parents[2], Path(hackle_import.__file__).parent
SOURCES = ROOT / "shared" / "hackle_import" / "native" / "c"
EARLIER = {
    "another plan": (
        "plan.h",
        "  PlanText name;\n  i64 children,",
        "  i64 slot_of_old;\n  PlanText name;\n  i64 children,",
    ),
    "no such question": ("hackle.c", "hackle_interface(void)", "hackle_version(void)"),
}


def digest(sources):
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'infra')!r}); import interface, pathlib; "
    told = f"print(interface.digest_of(pathlib.Path({str(sources)!r})))"
    return subprocess.run(
        [sys.executable, "-c", code + told], check=True, capture_output=True, text=True
    ).stdout.strip()


def built(sources, library):
    """As `make native` builds it."""
    command = [
        sys.executable,
        "-m",
        "ziglang",
        "cc",
        "-std=c17",
        "-O1",
        "-fPIC",
        "-shared",
        f"-DHACKLE_INTERFACE={digest(sources)}u",
    ]
    subprocess.run([*command, "-o", library, sources / "unity.c"], check=True)


@pytest.fixture
def package(tmp_path):
    """A copy without a library, and where that would be."""
    copy = tmp_path / "package" / "hackle_import"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("*.so", "*.dylib", "__pycache__"))
    return copy, copy / "native" / Path(native.library()._name).name


def converted(package, folder):
    """What the command made of two rows, one of which is not plain: its rows by the event's key, and standard error."""
    drop = folder / "few.ndjson"
    drop.write_bytes(ndjson(event(1), event(2, event_key="odd", insert_id="{00000000-0000-4000-8000-000000000001}")))
    environment = os.environ | {"PYTHONPATH": str(package.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "hackle_import.cli", "convert", drop, "--out", folder / "out"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    tables = [pq.ParquetFile(path).read() for path in sorted((folder / "out").rglob("*.parquet"))]
    return sorted(key for table in tables for key in table["event_key"].to_pylist()), done.stderr


def test_python_expects_the_sources_that_are_here():
    assert int(digest(SOURCES), 16) == INTERFACE, "run `make native`, and commit native/interface.py"


@pytest.mark.parametrize("change", EARLIER)
def test_a_library_of_other_sources_is_told_in_one_line_and_python_decodes(change, package, tmp_path):
    sources, (name, old, new) = tmp_path / "c", EARLIER[change]
    shutil.copytree(SOURCES, sources)
    text = (sources / name).read_text()
    assert old in text
    (sources / name).write_text(text.replace(old, new))
    if name == "hackle.c":
        header = (sources / "hackle.h").read_text()
        (sources / "hackle.h").write_text(header.replace(old, new))
    copy, library = package
    built(sources, library)
    keys, told = converted(copy, tmp_path)
    assert len(keys) == 2
    lines = [line for line in told.splitlines() if library.name in line]
    assert len(lines) == 1
    assert "`make native`" in lines[0]


def test_a_library_of_these_sources_is_used_without_a_word(package, tmp_path):
    copy, library = package
    built(SOURCES, library)
    keys, told = converted(copy, tmp_path)
    assert len(keys) == 2
    assert library.name not in told


def plan_with(place, number):
    plan = native_plan(TARGETS[0], 64)
    numbers = list(plan.numbers)
    numbers[place] = number
    return replace(plan, numbers=numbers)


@pytest.mark.parametrize(
    ("place", "number", "part"),
    [
        (0, 2, "sections"),
        (1, 0, "policy"),
        (1, 1 << 40, "policy"),
        (5, 1 << 20, "policy"),
        (8, 1 << 40, "policy"),
        (9, -(1 << 40), "policy"),
        (10, 3, "policy"),
        (17, 99, "policy"),
        (18, 1 << 40, "policy"),
        (20, 99, "maps"),
        (20, -2, "maps"),
        (-3, 1 << 40, "offsets"),
    ],
)
def test_a_plan_with_a_number_out_of_its_section_is_an_error(place, number, part):
    with pytest.raises(ValueError, match=f"plan that is wrong: its {part}"):
        Decoder(native.library(), plan_with(place, number))


def test_whatever_number_of_a_plan_is_huge_is_an_error_or_no_index():
    plan = native_plan(TARGETS[-1], 64)
    refused = 0
    for place in range(len(plan.numbers)):
        numbers = list(plan.numbers)
        numbers[place] = 1 << 50
        try:
            Decoder(native.library(), replace(plan, numbers=numbers))
        except ValueError:
            refused += 1
    assert refused > len(plan.numbers) * 0.9


def test_a_table_of_another_plan_is_an_error():
    plan, _ = table_plan(TARGETS[0], FLAT, Dialect(), 64)
    _, columns = table_plan(TARGETS[-1], FLAT, Dialect(), 64)
    decoder, table = Decoder(native.library(), plan), Columns(native.library(), columns)
    with pytest.raises(ValueError, match="its table"):
        decoder.decode_rows(Text(b"", b"1,a,b,2\n", 0, 8), 1, table, Rows(1 << 20, 0))
    with pytest.raises(ValueError, match="its table"):
        Columns(native.library(), [ord("\n"), *columns[1:]])
