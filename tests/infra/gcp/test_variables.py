"""Every variable is documented, checked, and reaches what it sets; the settings are those of the code."""

import json
import re

import msgspec
import pytest

from hackle_import.errors import Misconfigured
from hackle_import.settings import DayRules, Rules, Settings
from support.entrypoints import ROOT
from support.terraform_offline import Terraform

VARIABLES = (ROOT / "infra" / "variables.tf").read_text()
BLOCKS = dict(re.findall(r'^variable "(\w+)" \{\n(.*?)^}\n', VARIABLES, re.DOTALL | re.MULTILINE))
SETTINGS = (ROOT / "shared" / "hackle_import" / "settings.py").read_text()
WRONG = {
    "alarm_email": ["nobody", "a b@c"],
    "backfill_concurrency": [-1, 1001, 1.5],
    "bigquery_datasets": [["a.b"], [""]],
    "bigquery_project": ["My project"],
    "close_hour": [-1, 24, 1.5],
    "compression": ["gzip", ""],
    "day_folder": ["day", "/{day}", "{day}/", "{day}/{day}", "../{day}", "{month}/{day}"],
    "day_timezone": ["Asia/", "+09:00", ""],
    "day_order": ["", "id"],
    "decoder": ["rust", ""],
    "drop_retention_days": [7, 8.5],
    "environment": ["production"],
    "hash_key_secret": ["projects/p/secrets/s"],
    "import_bucket": ["gs://b", "B", "ab"],
    "import_prefix": ["/import", "import/", "a//b", 'a"b', "a b"],
    "kms_key": ["my-key"],
    "late": ["drop", ""],
    "log_retention_days": [0, 3651, 1.5],
    "look_back_days": [0, 366, 1.5],
    "max_bytes": [0, 1.5],
    "max_line_bytes": [0, 1.5],
    "max_ratio": [0, 1.5],
    "maximum_concurrency": [0, 1001, 1.5],
    "maximum_tries": [4, 101, 5.5],
    "memory_mib": [1023, 32769, 2048.5],
    "no_drop_hours": [-1, 745, 1.5],
    "oldest_message_minutes": [0, 1.5],
    "open_retention_days": [1, 2.5],
    "osnames": ["", "Android,", "Android, ,iOS"],
    "project": ["My project", "123456789012"],
    "region": ["asia", "EU"],
    "publish": ["days", ""],
    "reject_ratio": [-0.1, 1.1],
    "export_retention_days": [0, 1.5],
    "reject_retention_days": [0, 1.5],
    "repeats": ["keep", ""],
    "spool_bytes": [0, 1.5, 1 << 30],
    "staging_bucket": ["gs://b", "B", "ab"],
    "staging_prefix": ["/a", "a/", 'a"b'],
    "timeout_seconds": [59, 541, 60.5],
    "warehouses": ["", "true"],
}
RIGHT = [
    {"day_folder": "dt={day}", "day_timezone": "America/Argentina/Buenos_Aires", "osnames": "*"},
    {"day_folder": "a/b-{day}/c", "day_timezone": "Etc/GMT+9", "osnames": "Android, iOS,Web"},
    {"spool_bytes": 805306368, "memory_mib": 2048, "timeout_seconds": 60},
    {"staging_bucket": "one", "import_bucket": "one", "staging_prefix": "a", "import_prefix": "a/import"},
    {"staging_bucket": "one", "import_bucket": "two", "import_prefix": ""},
]
OVERLAPPING = [
    {"import_prefix": ""},
    {"import_prefix": "incoming"},
    {"import_prefix": "state/x"},
    {"staging_prefix": "a/b", "import_prefix": "a"},
    {"staging_prefix": "a", "import_prefix": "a/rejected"},
    {"staging_prefix": "a", "import_prefix": "a"},
    {"staging_prefix": "data/x", "import_prefix": "data"},
    {"staging_prefix": "data", "import_prefix": "data/state/x"},
]
SET = {
    "staging_bucket": "one", "staging_prefix": "a", "import_bucket": "two", "import_prefix": "b", "day_folder": "dt={day}",
    "day_timezone": "Asia/Seoul", "osnames": "*", "max_line_bytes": 1, "max_ratio": 2, "max_bytes": 3,
    "spool_bytes": 4, "timeout_seconds": 61, "decoder": "python", "compression": "zstd", "publish": "closed-days",
    "close_hour": 3, "late": "hold", "repeats": "remove", "day_order": "ts", "look_back_days": 7,
}  # fmt: skip


def run(number, variables, expected):
    lines = "\n".join(f"    {name} = {json.dumps(value)}" for name, value in variables.items())
    failures = f"  expect_failures = [{expected}]\n" if expected else ""
    return f'run "case_{number}" {{\n  command = plan\n  variables {{\n{lines}\n  }}\n{failures}}}\n'


def passed(terraform, runs):
    done = terraform.test("".join(runs), "dev")
    assert done.status == 0, done.said
    assert f"{len(runs)} passed, 0 failed" in done.said


def test_variables_are_alphabetical_typed_and_described():
    assert list(BLOCKS) == sorted(BLOCKS)
    for name, text in BLOCKS.items():
        assert re.search(r"^  type +=", text, re.MULTILINE), name
        assert re.search(r'^  description = ".{10,}[.?]"$', text, re.MULTILINE), name


def test_every_variable_that_can_be_mistyped_is_checked():
    assert sorted(WRONG) == sorted(name for name in BLOCKS if name != "deletion_protection")


def test_mistyped_values_are_refused_and_good_ones_taken(terraform):
    cases = [({name: value}, f"var.{name}") for name, values in WRONG.items() for value in values]
    cases += [({"staging_bucket": "one", "import_bucket": "one"} | case, "var.import_prefix") for case in OVERLAPPING]
    cases += [(case, "") for case in RIGHT]
    passed(terraform, [run(number, *case) for number, case in enumerate(cases)])


def test_a_check_that_is_gone_is_noticed(terraform):
    terraform.change("variables.tf", 'contains\\(\\["native", "python"\\], var.decoder\\)', 'var.decoder != ""')
    assert terraform.test(run(0, {"decoder": "rust"}, "var.decoder"), "dev").status != 0


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """The function's environment by default, and with every setting changed."""
    terraform = Terraform(tmp_path_factory.mktemp("given"))
    return terraform.applied().environment, terraform.applied(**SET).environment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name in (
            "close_hour",
            "compression",
            "day_folder",
            "day_order",
            "day_timezone",
            "decoder",
            "late",
            "max_bytes",
            "max_line_bytes",
            "max_ratio",
            "osnames",
            "publish",
            "repeats",
        )
        for value in WRONG[name]
        if value != ""  # to the code that is a setting left out
    ],
)
def test_what_terraform_refuses_the_code_refuses_too(given, name, value):
    with pytest.raises(Misconfigured, match=f"HACKLE_{name.upper()}"):
        Settings.read(given[0] | {f"HACKLE_{name.upper()}": str(value)})


def test_what_terraform_takes_the_code_takes_too(given):
    for case in RIGHT:
        Settings.read(given[0] | {f"HACKLE_{name.upper()}": str(value) for name, value in case.items()})


def test_every_setting_of_the_code_is_given(given, terraform):
    known = set(re.findall(r"HACKLE_[A-Z_]+", SETTINGS)) - {
        "HACKLE_HASH_KEY",
        "HACKLE_BUCKET_OWNERS",
    }  # a secret; of S3 only
    assert ours(given[0]) == known
    terraform.change("function.tf", "HACKLE_MAX_RATIO .*\n", "")
    assert ours(terraform.applied().environment) != known


def test_every_setting_of_the_code_has_a_variable(given):
    places = {"HACKLE_STAGING": "staging_prefix", "HACKLE_IMPORT": "import_prefix", "HACKLE_EXPORTS": "warehouses"}
    assert {places.get(name, name.removeprefix("HACKLE_").lower()) for name in ours(given[0])} <= set(BLOCKS)


def ours(environment):
    """But for what a library wants to be told."""
    return {name for name in environment if name.startswith("HACKLE_")}


def test_arrow_is_told_which_memory_before_it_is_loaded(given):
    assert [one["ARROW_DEFAULT_MEMORY_POOL"] for one in given] == ["system"] * len(given)


def test_defaults_are_the_code_s(given):
    settings = Settings.read(given[0])
    assert settings.rules == Rules()
    assert settings.days == DayRules()
    assert settings.staging == "gs://my-project-hackle-staging-dev"
    assert settings.lake == "gs://my-project-hackle-import-dev/hackle"
    assert settings.timeout is not None


def test_every_variable_reaches_its_setting(given):
    default, changed = (Settings.read(one) for one in given)
    assert (changed.staging, changed.lake) == ("gs://one/a", "gs://two/b")
    assert changed.timeout != default.timeout
    for name in ("day_folder", "day_timezone", "osnames", "compression", "decoder"):
        assert getattr(changed.rules, name) != getattr(default.rules, name)
    for one in msgspec.structs.fields(DayRules):
        assert getattr(changed.days, one.name) != getattr(default.days, one.name)
    limits = changed.rules.limits
    assert [limits.max_line_bytes, limits.max_ratio, limits.max_bytes, limits.spool_bytes] == [1, 2, 3, 4]
    same = [
        one.name
        for one in msgspec.structs.fields(limits)
        if getattr(limits, one.name) == getattr(Rules().limits, one.name)
    ]
    assert same == ["max_days", "max_depth"]  # which no setting changes


def test_the_page_shows_what_a_deployment_says(tmp_path):
    told = re.search(
        r"<!-- output: terraform -->\n```\n(.*?)```", (ROOT / "docs" / "google-cloud.md").read_text(), re.DOTALL
    )[1]
    shown = {name: json.loads(text) for name, text in re.findall(r'^(\w+) += (".*")$', told, re.MULTILINE)}
    outputs = Terraform(tmp_path).applied().outputs
    assert list(shown) == sorted(outputs)
    made_up = {"hackle_account"}  # Google makes it; the mock gives anything
    assert {name: shown[name] for name in shown if name not in made_up} == {
        name: value for name, value in outputs.items() if name not in made_up
    }
