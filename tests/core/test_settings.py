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
