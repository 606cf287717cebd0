"""`hackle-import.toml`: what it says holds unless the environment or a flag says otherwise; what is no key is told."""

import re

import pytest

from cli.test_commands import drop, lines, run
from hackle_import.cli.options import DAYS, SETTINGS
from hackle_import.cli.outside import _KNOWN
from support.entrypoints import ROOT
from support.mapped_rows import FIELDS, ROW
from support.pages import block
from support.samples import event, ndjson


@pytest.fixture
def settings(tmp_path):
    drop(tmp_path, "a.ndjson", ndjson(event(1, platform_properties={"osname": "web", "appversion": "1"})))
    (tmp_path / "hackle-import.toml").write_text('import = "lake"\nosnames = ["web"]\nday_timezone = "Asia/Seoul"\n')
    return tmp_path / "hackle-import.toml"


def outcome(done):
    return [(line["rows_written"], line["rows_rejected"]) for line in lines(done)]


def test_the_file_beside_the_staging_folder_gives_places_and_settings(tmp_path, settings):
    assert outcome(run("run", "--staging", tmp_path / "staging", "--json")) == [(1, 0)]
    assert list((tmp_path / "lake").glob("2025*"))


def test_the_environment_comes_before_the_file_and_a_flag_before_both(tmp_path, settings):
    words = ["run", "--staging", tmp_path / "staging", "--json"]
    assert outcome(run(*words, HACKLE_OSNAMES="iOS")) == [(0, 1)]
    words[0] = "replay"
    assert outcome(run(*words, "incoming/", "--osnames", "iOS,web", HACKLE_OSNAMES="iOS")) == [(1, 0)]


def test_what_the_file_says_holds_in_processes_too(tmp_path, settings):
    drop(tmp_path, "b.ndjson", ndjson(event(2, platform_properties={"osname": "web", "appversion": "1"})))
    assert (
        outcome(run("run", "--config", settings, "--staging", tmp_path / "staging", "--jobs", 2, "--json"))
        == [(1, 0)] * 2
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('osname = ["web"]', "osname: unknown key; did you mean osnames?"),
        ("jobs = 0", "jobs: give a whole number above 0"),
        ("import = [", "cannot be read as settings"),
        ('osnames = "web"', "osnames: give a list"),
        ("staging = 1", "staging: give a text"),
    ],
)
def test_what_is_wrong_with_the_file_is_told(tmp_path, settings, text, told):
    settings.write_text(text)
    done = run("run", "--staging", tmp_path / "staging")
    assert (done.returncode, told in done.stderr) == (2, True)


def test_a_variable_that_is_no_setting_is_told_and_the_one_that_may_be_meant(tmp_path, settings):
    done = run("run", "--staging", tmp_path / "staging", HACKLE_OSNAME="web")
    assert "HACKLE_OSNAME is no setting; did you mean HACKLE_OSNAMES?" in done.stderr
    assert done.returncode == 0


def test_a_folder_has_its_mapping(tmp_path):
    (tmp_path / "data" / "own").mkdir(parents=True)
    (tmp_path / "data" / "own" / "a.ndjson").write_bytes(ndjson(ROW))
    (tmp_path / "data" / "b.ndjson").write_bytes(ndjson(event(1)))
    (tmp_path / "data" / "own.toml").write_text(FIELDS)
    (tmp_path / "data" / "hackle-import.toml").write_text('[folders]\n"own" = "own.toml"\n')
    done = run(
        "convert", tmp_path / "data" / "own", tmp_path / "data" / "b.ndjson", "--out", tmp_path / "out", "--json"
    )
    assert sorted((line["mapping"], line["rows_written"]) for line in lines(done)) == [("hackle", 1), ("own", 1)]


def test_a_folder_below_incoming_has_the_mapping_of_its_name_and_what_the_file_says_of_it_is_told(tmp_path, settings):
    """As it has in a deployment, which knows no such file."""
    settings.write_text('import = "lake"\nosnames = ["web"]\n[folders]\n"staging/incoming/hackle" = "amplitude"\n')
    done = run("run", "--staging", tmp_path / "staging", "--json")
    assert [line["mapping"] for line in lines(done)] == ["hackle"]
    assert "[folders] does not hold for incoming/hackle/: put the mapping at mappings/hackle.toml" in done.stderr


def test_every_setting_has_a_flag_and_is_known():
    source = (ROOT / "shared/hackle_import/settings.py").read_text()
    assert set(re.findall(r"HACKLE_[A-Z_]+", source)) == set(_KNOWN)
    assert set(_KNOWN) - set(SETTINGS) - set(DAYS) == {
        "HACKLE_STAGING",
        "HACKLE_IMPORT",
        "HACKLE_HASH_KEY",
        "HACKLE_TIMEOUT_SECONDS",
    }


def test_the_file_of_the_page_is_taken(tmp_path):
    (tmp_path / "hackle-import.toml").write_text(block("docs/cli.md", "file: hackle-import.toml"))
    drop(tmp_path, "a.ndjson", ndjson(event(1)))
    assert run("run", "--staging", tmp_path / "staging").returncode == 0
    assert list((tmp_path / "import").glob("2025*"))


def test_what_is_wrong_is_called_as_it_was_written(tmp_path):
    staging = tmp_path / "staging"
    (staging / "incoming").mkdir(parents=True)
    (staging / "hackle-import.toml").write_text('day_timezone = "Mars"\n')
    done = run("status", "--staging", staging, "--max-ratio", "x", HACKLE_MAX_BYTES="y")
    assert done.returncode == 2
    for told in ("--max-ratio='x': ", "hackle-import.toml: day_timezone='Mars': ", "HACKLE_MAX_BYTES='y': "):
        assert told in done.stderr
