"""Settings: every problem at once, and no message that holds a secret."""

import pytest

from hackle_import.errors import Misconfigured
from hackle_import.settings import Settings, read_rules

KEY = "0123456789abcdef0123456789abcdef"


def test_every_problem_is_named_at_once():
    with pytest.raises(Misconfigured) as wrong:
        Settings.read({"HACKLE_MAX_RATIO": "0", "HACKLE_DAY_TIMEZONE": "Seoul", "HACKLE_HASH_KEY": "short"})
    for name in ("STAGING", "IMPORT", "MAX_RATIO", "DAY_TIMEZONE", "HASH_KEY"):
        assert f"HACKLE_{name}" in str(wrong.value)


def test_a_hash_key_that_can_be_guessed_is_refused_and_not_told():
    problems = []
    assert read_rules({"HACKLE_HASH_KEY": "kim-s secret"}, problems).hash_key == b"kim-s secret"
    assert "has 12 characters, and must have 32" in problems[0]
    assert "secret" not in problems[0]


def test_a_hash_key_is_the_same_with_and_without_a_line_s_end():
    assert read_rules({"HACKLE_HASH_KEY": f"{KEY}\n"}, []).hash_key == KEY.encode()


def test_no_hash_key_is_no_problem():
    problems = []
    assert (read_rules({}, problems).hash_key, problems) == (b"", [])


@pytest.mark.parametrize(
    ("staging", "lake"),
    [
        ("s3://b", "s3://b"),
        ("s3://b/h/drops", "s3://b/h"),
        ("s3://b", "s3://b/incoming/h"),
        ("gs://b/t", "gs://b/t/state"),
    ],
)
def test_places_that_would_write_into_each_other_are_refused(staging, lake):
    with pytest.raises(Misconfigured, match="must hold none of the folders"):
        Settings.read({"HACKLE_STAGING": staging, "HACKLE_IMPORT": lake})


@pytest.mark.parametrize(
    ("staging", "lake"), [("s3://b", "s3://b/hackle"), ("s3://b/h", "s3://b/hackle"), ("s3://b/x", "s3://b/x/y")]
)
def test_two_folders_of_one_bucket_are_fine(staging, lake):
    assert Settings.read({"HACKLE_STAGING": staging, "HACKLE_IMPORT": lake}).lake == lake
