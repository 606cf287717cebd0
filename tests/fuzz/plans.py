"""What the fuzzers begin with: the plans of the mappings for `drive.c`, and the golden cases' drops for both."""

import sys
from array import array
from pathlib import Path

from fuzz.drops import ASKING, GOLDEN, MAPPINGS, REDACTED, TARGETS, seeds
from hackle_import.native.plan import native_plan
from hackle_import.native.table import table_plan
from hackle_import.reading.dialect import Dialect

FLAT = ["insert_id", "event_key", "ts", "metric_value", "identifiers.id", "identifiers.device_id", "event_properties.Plan",
        "unknown", "platform_properties.osname", "platform_properties.appversion"]  # fmt: skip
OBJECTS = [
    "insert_id",
    "event_key",
    "ts",
    "metric_value",
    "identifiers",
    "event_properties",
    "user_properties",
    "platform_properties",
]

DIALECTS = (
    Dialect("\t", lax=True, comment="#", trim=True, pad=True),
    Dialect("||", escape="\\", escape_quoted="\\", escapes="long", trim=True, pad=True),
)


def write_plans(folder):
    """Each as a file: how many numbers there are, the numbers, those of a table likewise, the texts."""
    lines = [(native_plan(target, 16), ()) for target in TARGETS]
    tables = [
        table_plan(TARGETS[MAPPINGS.index(REDACTED)], FLAT, Dialect(), 16),
        table_plan(TARGETS[MAPPINGS.index(ASKING)], OBJECTS, Dialect(), 16),
        *(table_plan(TARGETS[-1], FLAT, dialect, 16) for dialect in DIALECTS),
    ]
    for number, (plan, columns) in enumerate([*lines, *tables]):
        numbers = array("q", [len(plan.numbers), *plan.numbers, len(columns), *columns])
        (folder / f"{number:02}.plan").write_bytes(numbers.tobytes() + plan.texts)


def write_texts(folder):
    """A byte that chooses plan and format, as `drive.c` has it, and the text."""
    for ending, kinds in (("ndjson", (0,)), ("json", (32, 64, 192)), ("csv", (0, 16, 128)), ("tsv", (0, 16))):
        for drop in sorted(GOLDEN.glob(f"*/drop/*.{ending}")):
            plans = range(len(TARGETS)) if "json" in ending else range(len(TARGETS), len(TARGETS) + 2 + len(DIALECTS))
            for first in (plan + kind for plan in plans for kind in kinds):
                (folder / f"{drop.parents[1].name}-{first}").write_bytes(bytes([first]) + drop.read_bytes())


def write_changes(folder):
    """The same texts for `drive_plans.c`: of plans that are not changed yet, and with a change that says nothing."""
    for drop in sorted(GOLDEN.glob("*/drop/*.*son")) + sorted(GOLDEN.glob("*/drop/*.csv")):
        tables = drop.suffix == ".csv"
        for plan in range(len(TARGETS), len(TARGETS) + 2 + len(DIALECTS)) if tables else range(len(TARGETS)):
            first = bytes([plan + 64 * (drop.suffix == ".json")])
            (folder / f"{drop.parents[1].name}-{plan}").write_bytes(first + b"\0" + drop.read_bytes()[:1500])
            (folder / f"{drop.parents[1].name}-{plan}-1").write_bytes(
                first + b"\1" + bytes([0, 0, 1, 0, 128]) + drop.read_bytes()[:1500]
            )


def write_drops(folder):
    for name, data in seeds():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    for name, write in (
        ("plans", write_plans),
        ("texts", write_texts),
        ("changes", write_changes),
        ("drops", write_drops),
    ):
        folder = Path(sys.argv[1], name)
        folder.mkdir(parents=True, exist_ok=True)
        write(folder)
