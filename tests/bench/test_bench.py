"""The harness works; what it measured is nobody's business here."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from support.lambda_runtime import artifact

HERE = Path(__file__).parent
PAGE = HERE.parent.parent / "docs" / "speed.md"


@pytest.fixture(autouse=True)
def _bench_on_path(monkeypatch):
    monkeypatch.syspath_prepend(HERE)


def run(folder, *sections):
    chosen = [word for section in sections for word in ("--only", section)]
    command = [sys.executable, HERE / "bench.py", "--plan", "tiny", "--folder", folder, *chosen]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "report.json").read_text())


def test_lambda_s_artifact_is_measured(tmp_path):
    artifact()  # built whole before it is looked at: other tests ask for it at the same time
    assert run(tmp_path, "lambda")["lambda"].keys() >= {"cold_ms", "warm_seconds"}


def test_a_tiny_run_makes_the_report_with_every_job_s_rows(tmp_path):
    report = run(tmp_path, "speed", "formats", "mappings", "features", "scaling")
    text = (tmp_path / "report.md").read_text()
    for one in report["speed"] + report["formats"]:
        assert {"hackle-import", "DuckDB"} <= set(one["jobs"])
        for name, job in one["jobs"].items():
            assert job["came_out"]["rows"] == job["came_out"]["ids"] == one["rows"] == 300
            assert min(job["seconds"]) > 0 < job["peak_mib"]
            assert f"\n| {name} | " in text
        ours = one["jobs"]["hackle-import"]["came_out"]
        assert (ours["types"], ours["altered"], ours["entries"] | one["expected"]["entries"]) == (
            {},
            0,
            ours["entries"],
        )
        assert ours["decoder"] in ("native", "python")
    assert set(report["mappings"]) > {"amplitude", "a mapping with JMESPath"}
    assert set(report["features"]) == {"Hackle's shape", "amplitude"}
    assert "| `[privacy] hash` | 1.5 | " in text
    assert [one["rows"] > 100 for one in report["scaling"]] == [True, True]
    assert ET.parse(tmp_path / "speed.svg").getroot().findall(".//{*}polyline")
    assert not list(tmp_path.glob("repeated-*"))


def test_files_of_any_size_hold_no_id_twice(tmp_path):
    from inputs import repeated

    path, rows = repeated(tmp_path, 0.3)
    ids = [json.loads(line)["insert_id"] for line in path.read_text().splitlines()]
    assert len(ids) == len(set(ids)) == rows


def test_output_that_lacks_a_row_is_no_figure(tmp_path):
    from competitors import convert, read_back
    from inputs import Inputs

    inputs = Inputs(tmp_path / "in", 20)
    convert(inputs.path("ndjson"), tmp_path / "out", 1)
    assert read_back(tmp_path / "out", inputs.expected("ndjson"))["rows"] == 20
    with pytest.raises(RuntimeError, match="rows 20 instead of 21"):
        read_back(tmp_path / "out", {"rows": 21})


TWO_ROUNDS = {
    "kind": "ndjson", "cores": 1, "rows": 1, "megabytes": 100,
    "jobs": {"hackle-import": {"seconds": [1, 2], "cpu_seconds": [1, 1], "peak_mib": 300}, "DuckDB": {"seconds": [6, 8], "peak_mib": 900}},
}  # fmt: skip


def test_a_ratio_is_of_one_round_and_a_target_is_judged_by_the_median():
    from figures import rates, ratios
    from targets import Target, targets

    assert rates(TWO_ROUNDS, "DuckDB") == (12.5, pytest.approx(14.58, abs=0.01), pytest.approx(16.67, abs=0.01))
    assert ratios(TWO_ROUNDS, "DuckDB") == (4, 5, 6)
    found = {target.what: target for target in targets({"speed": [TWO_ROUNDS]})}
    assert found["NDJSON, times DuckDB"].verdict() == "met"
    assert found["CSV, times DuckDB"].verdict() == "not measured"
    assert Target("speed", 5.1, (4, 5, 6)).verdict() == "missed"
    assert Target("memory", 350, (1, 2, 3), at_least=False).verdict() == "met"


def test_lambda_s_cost_is_its_memory_by_its_time_by_the_list_price():
    from figures import cost

    found = {"memory_mib": 1024, "megabytes": 500, "warm_seconds": [10]}
    assert cost(found)[1] == pytest.approx(2 * (10 * 0.0000133334 + 0.0000002))


def test_the_page_has_the_place_that_the_command_writes():
    from report import BEGIN, END, in_page

    text = PAGE.read_text()
    assert text.count(BEGIN) == text.count(END) == 1
    machine = {"processor": "P", "cores": 1, "memory_gib": 2, "python": "3"}
    written = in_page(text, {"machine": machine, "versions": {}})
    assert written.split(BEGIN)[0] == text.split(BEGIN)[0]
    assert written.split(END)[1] == text.split(END)[1]
    assert "P, 1 cores, 2 GiB, Python 3" in written
