"""Which changes of the code does no test notice? `python run.py MODULE...`, with the Python of `.venv/mutants`.

A copy of the package is changed at one place at a time, and the tests that hold that module are run against the copy.
What they do not notice is a survivor: a test is missing, or the change means nothing.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPY = ROOT / "build" / "mutants"
BIN = Path(sys.executable).parent
LONGEST_SECONDS = 20  # of a test run, beside ten times what it takes on the code as it is: a change may never end

# Sizes are written as 64 << 10, and types as A | B: another number is tried anyhow, another type tells nothing.
MEANINGLESS = ["core/ReplaceBinaryOperator_LShift_.*", "core/ReplaceBinaryOperator_BitOr_.*"]

# What holds a module, the quickest first: the first test that fails ends the run.
INGEST = ["tests/ingest/test_rounds.py", "tests/ingest/test_ingest.py"]
CASES = ["tests/golden", "tests/mapping", "--deselect", "tests/mapping/test_mapping_properties.py"]
TESTS = {
    "reading/formats.py": ["tests/reading/test_formats.py"],
    "reading/decompress.py": ["tests/reading/test_decompress.py"],
    "reading/frames.py": ["tests/core/test_frames.py", "tests/reading/test_decompress.py"],
    "writing/spool.py": ["tests/writing/test_spool.py", *INGEST],
    "ingest/rounds.py": INGEST,
    "conform": ["tests/conform", *CASES, "-k", "python or not golden"],
}


def modules(named):
    """Each module with its tests; a name of TESTS that is a folder stands for the modules in it."""
    for name in named or TESTS:
        if name not in TESTS and str(Path(name).parent) not in TESTS:
            sys.exit(f"{name} is none of {', '.join(TESTS)}, nor a file of one of these folders")
        path = COPY / "hackle_import" / name
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            yield file, TESTS.get(name) or TESTS[str(Path(name).parent)]


def survivors(module, tests):
    """The changes that were not noticed, each as the lines it is about; and how many changes there were."""
    pytest = [ROOT / ".venv/bin/python", "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
    pytest += ["--hypothesis-seed=0", "-o", f"pythonpath={COPY} tests functions/aws", *tests]
    began = time.monotonic()
    run(*pytest)
    longest = LONGEST_SECONDS + 10 * (time.monotonic() - began)
    session, config = (module.with_suffix(f".{ending}") for ending in ("sqlite", "toml"))
    config.write_text(
        f"[cosmic-ray]\nmodule-path = {json.dumps(str(module))}\ntimeout = {longest}\nexcluded-modules = []\n"
        f'test-command = {json.dumps(shlex.join(map(str, pytest)))}\n[cosmic-ray.distributor]\nname = "local"\n'
        f"[cosmic-ray.filters.operators-filter]\nexclude-operators = {json.dumps(MEANINGLESS)}\n"
    )
    run(BIN / "cosmic-ray", "init", config, session)
    run(BIN / "cr-filter-operators", session, config)
    run(BIN / "cosmic-ray", "exec", config, session)
    done = [json.loads(line) for line in run(BIN / "cosmic-ray", "dump", session).splitlines()]
    done = [result for _, result in done if result["worker_outcome"] != "skipped"]
    return [lines_of(result["diff"]) for result in done if result["test_outcome"] == "survived"], len(done)


def lines_of(diff):
    """Of a unified diff, where it is and what it takes and gives."""
    return "\n".join(line for line in diff.splitlines()[3:] if line[:1] in "@-+")


def run(*command):
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def environment():
    """No byte code is kept: of two changes within a second, the later one would not be read."""
    return os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}


def main(named):
    shutil.rmtree(COPY, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "shared" / "hackle_import", COPY / "hackle_import", ignore=ignored)
    for module, tests in modules(named):
        found, changes = survivors(module, tests)
        print(f"{module.relative_to(COPY)}: {len(found)} of {changes} changes were not noticed", flush=True)
        for change in found:
            print(change, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
