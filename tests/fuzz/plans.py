"""What the fuzzers begin with: the plans of the mappings for `drive.c`, and the golden cases' drops for both."""

import sys
from array import array
from pathlib import Path

from fuzz.drops import GOLDEN, TARGETS, seeds
from hackle_import.native_plan import native_plan


def write_plans(folder):
    """Each as a file: how many numbers there are, the numbers, the texts."""
    for number, target in enumerate(TARGETS):
        plan = native_plan(target, max_depth=16)
        numbers = array("q", [len(plan.numbers), *plan.numbers])
        (folder / f"{number:02}.plan").write_bytes(numbers.tobytes() + plan.texts)


def write_texts(folder):
    """A byte that chooses plan and format, as `drive.c` has it, and the text."""
    for kind, pattern in ((0, "*/drop/*.ndjson"), (2, "*/drop/*.json"), (3, "*/drop/*.json")):
        for drop in sorted(GOLDEN.glob(pattern)):
            for number in range(len(TARGETS)):
                name = f"{drop.parents[1].name}-{kind}-{number}"
                (folder / name).write_bytes(bytes([number + 16 * kind]) + drop.read_bytes())


def write_drops(folder):
    for name, data in seeds():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    for name, write in (("plans", write_plans), ("texts", write_texts), ("drops", write_drops)):
        folder = Path(sys.argv[1], name)
        folder.mkdir(parents=True, exist_ok=True)
        write(folder)
