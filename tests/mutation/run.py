"""Which changes of the code does no test notice? `python run.py MODULE...`, with the Python of `.venv/mutants`.

The code is changed at one place at a time, and the tests that hold that module are run on it. What they do not notice
is a survivor: a test is missing, the code does nothing, or `argued.toml` says why the change means nothing.
"""

import difflib
import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGE = ROOT / "shared" / "hackle_import"

# Sizes are written as 64 << 10, and types as A | B: another number is tried anyhow, another type tells nothing.
MEANINGLESS = re.compile("core/ReplaceBinaryOperator_(LShift|BitOr)_")

# What holds a module.
TESTS = {
    "reading/formats.py": ["tests/reading/test_formats.py"],
    "reading/decompress.py": ["tests/reading/test_decompress.py"],
    "reading/frames.py": ["tests/core/test_frames.py", "tests/reading/test_decompress.py"],
    "writing/spool.py": ["tests/writing/test_spool.py"],
    "ingest/rounds.py": ["tests/ingest/test_rounds_alone.py", "tests/ingest/test_rounds.py"],
    "conform": ["tests/conform"],
}


def modules(named):
    """Each module with its tests; a name of TESTS that is a folder stands for the modules in it."""
    for name in named or TESTS:
        if name not in TESTS and str(Path(name).parent) not in TESTS:
            sys.exit(f"{name} is none of {', '.join(TESTS)}, nor a file of one of these folders")
        path = PACKAGE / name
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            yield file, TESTS.get(name) or TESTS[str(Path(name).parent)]


def changed(source):
    """The source with one change each, by what the change takes and gives."""
    tree = get_ast(source)
    found = {}
    for name in operator_names():
        operator_class = get_operator(name)
        if MEANINGLESS.match(name) or operator_class.arguments():
            continue
        operator = operator_class()
        places = sum(len(list(operator.mutation_positions(node))) for node in ast_nodes(tree))
        for occurrence in range(places):
            new = mutate_code(source, operator, occurrence)
            found.setdefault(new, lines_of(source, new))
    found.pop(source, None)
    return found


def lines_of(old, new):
    """`line 7: what it takes -> what it gives`."""
    _, _, *lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
    place = re.match(r"@@ -(\d+)", lines[0])[1]
    took, gave = (" ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
    return f"line {place}", f"{took} -> {gave}"


def survivors(module, tests):
    """The changes that were not noticed; and how many there were."""
    changes = changed(module.read_text())
    name = ".".join(module.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    told = list(changes.values())
    lines = [int(place.split()[1]) for place, _ in told]
    task = {"module": name, "file": str(module), "sources": list(changes), "lines": lines, "tests": tests}
    command = [ROOT / ".venv/bin/python", HERE / "swapped.py"]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(task), stdout=subprocess.PIPE, text=True, check=True)
    found = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("survived ")]
    return [told[int(number)] for number in found], len(told)


@cache
def argued():
    """By module, the changes that mean nothing."""
    whole = tomllib.loads((HERE / "argued.toml").read_text())
    return {module: {one for group in groups for one in group["changes"]} for module, groups in whole.items()}


def main(named):
    for module, tests in modules(named):
        name = str(module.relative_to(PACKAGE))
        found, count = survivors(module, tests)
        known = argued().get(name, set())
        left = [(place, change) for place, change in found if change not in known]
        print(f"{name}: of {count} changes {len(found)} were not noticed, {len(found) - len(left)} of them argued")
        for place, change in left:
            print(f"  {place}: {change}", flush=True)
        for change in sorted(known - {change for _, change in found}):
            print(f"  argued, but noticed or not made: {change}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
