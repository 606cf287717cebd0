"""`make bench`: whole processes, in turn, on the same files; one report as Markdown, JSON and a plot.

`make bench ARGS=--quick` takes a tenth of the rows and is told apart in build/bench/quick. `--only scaling` makes one
section anew and keeps the others; `--page` writes docs/speed.md's section from the last report, and measures nothing.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from competitors import HERE, ROOT, versions
from features import features
from inputs import Inputs
from mapped import mappings
from plan import PLANS, SECTIONS, Plan
from plot import svg
from report import markdown, write_page
from scaling import scaling
from speed import formats, speed


def main() -> None:
    asked = arguments()
    folder = asked.folder or ROOT / "build" / "bench" / ("" if asked.plan == "full" else asked.plan)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.json"
    report = json.loads(path.read_text()) if path.exists() else {}
    if asked.page:
        write_page(ROOT / "docs" / "speed.md", report)
        (HERE / "speed.svg").write_text(svg(report))
        return
    for section in asked.only or SECTIONS:
        began = time.monotonic()
        report |= {"machine": machine(), "versions": versions(), section: MAKERS[section](folder, PLANS[asked.plan])}
        path.write_text(json.dumps(report, indent=1) + "\n")
        print(f"{section}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    (folder / "report.md").write_text(markdown(report))
    (folder / "speed.svg").write_text(svg(report))
    print(folder / "report.md")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--plan", choices=PLANS, default="full")
    parser.add_argument("--quick", dest="plan", action="store_const", const="quick")
    parser.add_argument("--only", choices=SECTIONS, action="append")
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--folder", type=Path)
    return parser.parse_args()


def artifact(folder: Path, plan: Plan) -> dict[str, Any]:
    source, large = (Inputs(folder, rows).path("ndjson") for rows in (plan.warm_rows, plan.rows))
    command = [sys.executable, HERE / "emulated.py", source, large, str(plan.cold_starts), str(plan.other_runs)]
    path = os.pathsep.join(map(str, (ROOT / "shared", ROOT / "tests")))
    env = {"PYTHONPATH": path, **os.environ}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=env)
    return dict(json.loads(done.stdout))


def machine() -> dict[str, Any]:
    processors = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": processors[0].split(":")[1].strip() if processors else platform.machine(),
        "cores": len(os.sched_getaffinity(0)), "memory_gib": round(memory / 2**30), "python": platform.python_version(),
    }  # fmt: skip


MAKERS: dict[str, Callable[[Path, Plan], Any]] = {
    "speed": speed, "formats": formats, "mappings": mappings, "features": features, "scaling": scaling, "lambda": artifact,
}  # fmt: skip

if __name__ == "__main__":
    main()
