"""What the template refuses before anything is made: its patterns and Rules, evaluated as CloudFormation says that it does."""

import json
import re
from itertools import product

import pytest

from hackle_import.drop import FOLDERS
from hackle_import.settings import overlap
from support.aws_stack import template_text, translated

PARTS = [*FOLDERS, "a", "hackle"]
PREFIXES = ["", *(part.rstrip("/") for part in PARTS)]
PREFIXES += ["/".join(pair) for pair in product(PREFIXES[1:], repeat=2)]


@pytest.fixture(scope="module")
def template():
    return json.loads(translated(template_text()))


def taken(template, **given):
    """Whether the parameters are: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html"""
    declared = template["Parameters"]
    values = {name: one.get("Default", "") for name, one in declared.items()} | given
    patterns = all(re.fullmatch(declared[name].get("AllowedPattern", ".*"), values[name]) for name in given)
    return patterns and all(
        evaluated(assertion["Assert"], values)
        for rule in template["Rules"].values()
        if evaluated(rule.get("RuleCondition", {"Fn::Equals": ["", ""]}), values)
        for assertion in rule["Assertions"]
    )


def evaluated(expression, values):
    """The functions that rules may use, as far as ours do; any other raises."""
    if not isinstance(expression, dict):
        return expression
    [(name, given)] = expression.items()
    if name == "Ref":
        return values[given]
    found = [evaluated(one, values) for one in given]
    return {
        "Fn::Equals": lambda: found[0] == found[1],
        "Fn::Not": lambda: not found[0],
        "Fn::And": lambda: all(found),
    }[name]()


def test_places_of_which_one_lies_in_the_other_are_refused_and_others_are_taken(template):
    """Against the settings' own rule, over all pairs of up to two folders: no pair that it refuses is deployed."""
    pairs = list(product(PREFIXES, repeat=2))
    harmful = {pair for pair in pairs if pair[1] == "" or overlap(*(f"s3://one/{each}".rstrip("/") for each in pair))}
    deployed = {pair for pair in pairs if taken(template, StagingPrefix=pair[0], ImportPrefix=pair[1])}
    assert not deployed & harmful
    assert len(harmful) > 50
    assert {("", "hackle"), ("a", "hackle"), ("", "a/hackle"), ("a", "hackle/a"), ("hackle", "a")} <= deployed


@pytest.mark.parametrize(
    ("staging", "lake"), [("data/x", "data"), ("data", "data/state"), ("x", "x"), ("", "incoming")]
)
def test_hackle_s_user_never_reaches_the_ledger(template, staging, lake):
    for bucket in ("", "one-bucket"):
        buckets = {"StagingBucket": bucket, "ImportBucket": bucket}
        assert not taken(template, StagingPrefix=staging, ImportPrefix=lake, **buckets)


def test_one_bucket_is_of_one_account(template):
    one = {"StagingBucket": "one", "ImportBucket": "one", "StagingBucketOwner": "111122223333"}
    assert not taken(template, **one)
    assert taken(template, **one, ImportBucketOwner="111122223333")
    assert taken(template, **one | {"ImportBucket": "two"})
    assert not taken(template, **one | {"StagingBucketOwner": "12"})


def test_a_rule_that_is_gone_is_noticed(template):
    for gone in ("Rules", "AllowedPattern"):
        text = json.dumps(template).replace(f'"{gone}":', '"Gone":')
        broken = {"Rules": {}} | json.loads(text)
        assert taken(broken, StagingPrefix="x", ImportPrefix="x") == (gone == "Rules")
        assert taken(broken, StagingPrefix="data/x", ImportPrefix="data") == (gone == "AllowedPattern")
