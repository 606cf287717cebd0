"""What the pages list is what the code has: codes, outcomes, settings, commands, presets, targets."""

import re

import pytest

from hackle_import.cli import command
from hackle_import.cli.meanings import ALARMS, FINDINGS, OUTCOMES
from hackle_import.codes import Fault, Note, Why
from hackle_import.mapping import PRESETS, pins_of
from hackle_import.mapping.dialects import DIALECTS
from hackle_import.receipt import Outcome
from hackle_import.settings import Limits, Settings
from support.help_page import PAGE, helps, written
from support.pages import ROOT, names, page
from support.preset_table import row

REPAIR, SETTINGS = "docs/repair.md", "docs/settings.md"


@pytest.mark.parametrize("code", [*Fault, *Why, *Note], ids=lambda code: f"{type(code).__name__}-{code}")
def test_every_code_is_in_its_table(code):
    assert f"| `{code.value}` | {code.meaning} | {code.remedy} |" in page(REPAIR)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_in_its_table(outcome):
    assert f"\n| `{outcome}` | " in page(REPAIR)


def test_every_fault_that_verify_finds_is_in_its_table():
    source = "".join(path.read_text() for path in sorted((ROOT / "shared/hackle_import/verify").glob("*.py")))
    found = set(re.findall(r'(?:Violation\([^"]*|counts\[|counts = \{)"(\w+)"', source))
    assert {"missing", "wrong_day", "null"} < found
    assert {code for code in found if f"`{code}`" not in page(REPAIR)} == set()


def test_explain_knows_every_outcome_finding_and_alarm_in_the_page_s_words():
    assert set(OUTCOMES) == set(Outcome)
    assert [
        outcome for outcome, (meaning, _) in OUTCOMES.items() if f"| `{outcome}` | {meaning} |" not in page(REPAIR)
    ] == []
    assert [code for code in FINDINGS if f"`{code}`" not in page(REPAIR).partition("## What verify finds")[2]] == []
    found = re.findall(r'AlarmName: !Sub "\$\{AWS::StackName\}-([\w-]+)"', (ROOT / "template.yaml").read_text())
    assert set(found) == set(ALARMS)


def test_every_setting_is_in_both_tables_with_its_default():
    limits = Limits()
    for name in ("max_line_bytes", "max_ratio", "max_bytes", "spool_bytes"):
        assert re.search(rf"\| `HACKLE_{name.upper()}` \| .* \| `{getattr(limits, name)}`", page(SETTINGS))
    source = (ROOT / "shared/hackle_import/settings.py").read_text()
    for name in set(re.findall(r"HACKLE_[A-Z_]+", source)):
        assert page(SETTINGS).count(f"\n| `{name}` |") == 2
    assert Settings.read({"HACKLE_STAGING": "a", "HACKLE_IMPORT": "b"}).rules.day_folder == "{day}"


def test_every_setting_s_name_in_a_deployment_is_one():
    template, variables = (ROOT / "template.yaml").read_text(), (ROOT / "infra/variables.tf").read_text()
    for line in page(SETTINGS).partition("## Their names")[2].splitlines():
        if line.startswith("| `"):
            _, on_aws, on_gcp = (re.findall(r"`(\w+)`", cell) for cell in line.split("|")[1:4])
            assert on_aws
            assert on_gcp or "S3 only" in line
            assert all(f"\n  {name}:\n" in template for name in on_aws)
            assert all(f'\nvariable "{name}" {{' in variables for name in on_gcp)


def test_every_alarm_on_aws_is_in_its_table():
    found = re.findall(r'AlarmName: !Sub "\$\{AWS::StackName\}-([\w-]+)"', (ROOT / "template.yaml").read_text())
    assert len(found) > 1
    assert [name for name in found if f"\n| `{name}` |" not in page("docs/aws.md")] == []


def test_every_command_is_in_the_readme_s_table():
    for name in command.commands:
        assert re.search(rf"\n\| `{name}[ `]", page("README.md"))


def test_the_page_of_commands_says_what_help_says():
    assert page(PAGE) == written(page(PAGE)), "run `make docs`"
    for words, told in helps():
        assert f"<!-- help: {words} -->\n```\n{told}```\n" in page(PAGE)


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "hackle"])
def test_a_preset_s_page_says_what_it_takes_from_where_and_what_it_leaves_to_decide(name):
    whole = page("docs/presets.md")
    assert f"\n{row(name)}\n" in whole
    section = whole.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    assert all(f"\n- **{word}**: " in section for word in ("Reads", "Takes", "Leaves out", "To decide"))


def test_every_version_of_a_preset_is_on_its_page():
    for name in PRESETS:
        for pin in pins_of(name)[:-1]:
            assert f"| `{pin}` | " in page("docs/presets.md")


@pytest.mark.parametrize("name", [name for name in names() if name != "CHANGELOG.md"])
def test_the_targets_that_a_page_names_exist(name):
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"(?:`|^)make ([a-z]+(?:-[a-z]+)*)\b", page(name), re.MULTILINE)):
        assert f"\n{target}:" in makefile


@pytest.mark.parametrize("name", [name for name in names() if name != "CHANGELOG.md"])
def test_the_files_of_the_repository_that_a_page_names_exist(name):
    for path in re.findall(r"`((?:tests|shared|infra|functions|docs)/[\w./-]*)`", page(name)):
        assert (ROOT / path).exists(), path


def test_the_readme_s_speed_is_the_one_that_was_measured():
    told = re.search(r"One core takes (\d+) MB/s", page("README.md"))[1]
    measured = re.search(r"\n\| hackle-import \| [\d.]+ \| ([\d.]+) \|", page("docs/speed.md"))[1]
    assert told == f"{float(measured):.0f}"
    for name, figure in (("peak resident memory", r"(\d+) MB at most"), ("cost per GB", r"about \$([\d.]+)")):
        row = re.search(rf"\n\| {name}.*", page("docs/speed.md"))[0]
        assert re.search(figure, page("README.md"))[1] in row


def test_every_room_is_in_the_picture_of_the_house():
    rooms = {path.parent.name for path in (ROOT / "shared/hackle_import").glob("*/__init__.py")}
    assert {room for room in rooms if f"\n    {room}/ " not in page("docs/architecture.md")} == set()
    drawn = set(re.findall(r" [A-Z]\[(\w+)\]", page("README.md")))
    assert "ingest" in drawn <= rooms


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_is_in_its_table_and_a_table_of_it_is_read(name):
    """What is read of each is in `tests/golden/csv-<dialect>-…`."""
    line = next(one for one in page("docs/formats.md").splitlines() if one.startswith(f"| `{name}` | "))
    _, delimiter, quote, escape, null, *_ = (cell.strip() for cell in re.split(r"(?<!\\)\|", line)[2:-1])
    options = DIALECTS[name]
    shown = {"\t": "tab", "\x01": "`\\x01`", "|": "`\\|`"}
    assert delimiter == shown.get(options["delimiter"], f"`{options['delimiter']}`")
    assert quote.startswith("`" if options.get("quote", '"') else "none")
    assert escape.startswith("`\\`" if "escape" in options else "none")
    assert ("`\\b`" in escape) == (options.get("escapes") == "long")
    assert ("`\\N`" in null) == (
        "\\N" in options.get("null", []) or (options.get("escaped", "all") == "all" and "escape" in options)
    )
    assert any((ROOT / "tests/golden").glob(f"csv-{name}*/expected/2025-*.ndjson"))
