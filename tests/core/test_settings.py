"""Settings: every problem at once, and no message that holds a secret."""

from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from hackle_import.errors import Misconfigured
from hackle_import.settings import DECODERS, Limits, Rules, Settings, overlap, read_rules, zone

KEY = "7d3c0b8e5f1942aa60c4d97be1f8325d"
PLACES = {"HACKLE_STAGING": "s3://in", "HACKLE_IMPORT": "s3://out/h"}


def read(**env):
    return Settings.read(PLACES | env)


def test_every_problem_is_named_at_once():
    with pytest.raises(Misconfigured) as wrong:
        Settings.read({"HACKLE_MAX_RATIO": "0", "HACKLE_DAY_TIMEZONE": "Seoul", "HACKLE_HASH_KEY": "short"})
    for name in ("STAGING", "IMPORT", "MAX_RATIO", "DAY_TIMEZONE", "HASH_KEY"):
        assert f"HACKLE_{name}" in str(wrong.value)


def test_exports_lie_in_the_staging_place_or_in_one_of_their_own():
    assert read(HACKLE_EXPORTS="gs://parts/").exports == "gs://parts"


def test_places_alone_are_enough():
    assert read() == Settings("s3://in", "s3://out/h", Rules(), None, exports="s3://in")
    assert read(**dict.fromkeys(("HACKLE_OSNAMES", "HACKLE_MAX_RATIO", "HACKLE_TIMEOUT_SECONDS"), "")) == read()


@pytest.mark.parametrize(("name", "given"), [("HACKLE_STAGING", "s3://in/"), ("HACKLE_IMPORT", "s3://out/h//")])
def test_a_place_s_last_slash_does_not_count(name, given):
    assert read(**{name: given}) == read()


@pytest.mark.parametrize(
    ("name", "text", "rules"),
    [
        ("HACKLE_DAY_FOLDER", "dt={day}", Rules(day_folder="dt={day}")),
        ("HACKLE_DAY_FOLDER", "a/{day}/b", Rules(day_folder="a/{day}/b")),
        ("HACKLE_DAY_TIMEZONE", "Asia/Seoul", Rules(day_timezone=ZoneInfo("Asia/Seoul"))),
        ("HACKLE_OSNAMES", "Web", Rules(osnames=("Web",))),
        ("HACKLE_OSNAMES", "Android, iOS ,Web", Rules(osnames=("Android", "iOS", "Web"))),
        ("HACKLE_OSNAMES", "*", Rules(osnames=None)),
        ("HACKLE_OSNAMES", "iOS,*", Rules(osnames=None)),
        ("HACKLE_COMPRESSION", "zstd", Rules(compression="zstd")),
        ("HACKLE_DECODER", "python", Rules(decoder="python")),
        ("HACKLE_MAX_LINE_BYTES", "1", Rules(limits=Limits(max_line_bytes=1))),
        ("HACKLE_MAX_RATIO", "9", Rules(limits=Limits(max_ratio=9))),
        ("HACKLE_MAX_BYTES", "007", Rules(limits=Limits(max_bytes=7))),
        ("HACKLE_SPOOL_BYTES", "123", Rules(limits=Limits(spool_bytes=123))),
        ("HACKLE_HASH_KEY", KEY, Rules(hash_key=KEY.encode())),
        ("HACKLE_HASH_KEY", f" {KEY}\r\n", Rules(hash_key=KEY.encode())),
    ],
)
def test_a_setting_changes_its_rule_and_no_other(name, text, rules):
    assert read(**{name: text}).rules == rules


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        *((name, text, "must be a whole number above 0") for name in (
            "HACKLE_MAX_LINE_BYTES", "HACKLE_MAX_RATIO", "HACKLE_MAX_BYTES", "HACKLE_SPOOL_BYTES", "HACKLE_TIMEOUT_SECONDS",
        ) for text in ("0", "-1", "1.5", "1e3", "1_000", "²", "٣", " 1", "many")),
        *(("HACKLE_DAY_FOLDER", text, "must be a relative folder that holds {day} once, such as dt={day}")
          for text in ("dt", "{day}/{day}", "/{day}", "{day}/", "../{day}", "{day}/..", "{day}{hour}", "{}{day}")),
        *(("HACKLE_DAY_TIMEZONE", text, "not an IANA time zone, such as Asia/Seoul")
          for text in ("Seoul", "../etc/passwd", "/etc/localtime", "a\0b", "+09:00")),
        *(("HACKLE_OSNAMES", text, "must be names divided by commas, or *") for text in (",", "iOS,", " ", "a,,b")),
        *(("HACKLE_COMPRESSION", text, "must be one of snappy, zstd") for text in ("gzip", "ZSTD", "zstd:9")),
        *(("HACKLE_DECODER", text, f"must be one of {', '.join(DECODERS)}") for text in ("c", "Native", "rust")),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_told_with_what_can(name, text, told):
    with pytest.raises(Misconfigured) as wrong:
        read(**{name: text})
    assert str(wrong.value) == f"{name}={text!r}: {told}"


def test_a_timeout_is_in_seconds():
    assert read(HACKLE_TIMEOUT_SECONDS="540").timeout == timedelta(minutes=9)


@pytest.mark.parametrize("name", PLACES)
def test_a_place_that_is_missing_is_told_with_an_example(name):
    for nothing in ({name: ""}, {name: "/"}):
        with pytest.raises(Misconfigured) as wrong:
            read(**nothing)
        assert str(wrong.value) == f"{name} is not set: give s3://bucket/prefix, gs://bucket/prefix or a folder"


def test_a_hash_key_that_can_be_guessed_is_refused_and_not_told():
    problems = []
    assert read_rules({"HACKLE_HASH_KEY": "kim-s secret"}, problems).hash_key == b"kim-s secret"
    assert "has 12 characters, and must have 32" in problems[0]
    assert "secret" not in problems[0]


def test_a_hash_key_is_not_shown_with_the_rules():
    assert KEY not in repr(read(HACKLE_HASH_KEY=KEY))


@pytest.mark.parametrize(
    "key",
    [
        "a" * 64,
        "ab" * 16,
        "0123456789abcdef" * 2,
        "password1234" * 3,
        "abcdefghijklmnopqrstuvwxyz012345",
        "0" * 60 + "7f3c",
    ],
)
def test_a_long_hash_key_that_repeats_itself_or_counts_is_refused_and_not_told(key):
    problems = []
    read_rules({"HACKLE_HASH_KEY": key}, problems)
    assert "repeats itself or counts" in problems[0]
    assert key[:4] not in problems[0]


def test_random_digits_are_taken():
    problems, random = [], Random(0)
    for _ in range(2000):
        read_rules({"HACKLE_HASH_KEY": random.randbytes(16).hex()}, problems)
    assert problems == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("in=111122223333", {"in": "111122223333"}),
        ("in=111122223333, out=444455556666", {"in": "111122223333", "out": "444455556666"}),
        ("one=111122223333,one=111122223333", {"one": "111122223333"}),
    ],
)
def test_owners_are_told_by_bucket(text, found):
    assert Settings.read(PLACES | {"HACKLE_BUCKET_OWNERS": text}).bucket_owners == found


@pytest.mark.parametrize(
    "text", ["in", "in=1234", "=111122223333", "in=111122223333,in=444455556666", "in=111122223333,"]
)
def test_owners_that_are_none_are_refused(text):
    with pytest.raises(Misconfigured, match="HACKLE_BUCKET_OWNERS"):
        Settings.read(PLACES | {"HACKLE_BUCKET_OWNERS": text})


def test_no_hash_key_is_no_problem():
    problems = []
    assert (read_rules({}, problems).hash_key, problems) == (b"", [])


@pytest.mark.parametrize(
    ("staging", "lake"),
    [
        ("s3://b", "s3://b"),
        ("s3://b/h/drops", "s3://b/h"),
        ("s3://b", "s3://b/incoming/h"),
        ("s3://b", "s3://b/incoming"),
        ("s3://b", "s3://b/rejected/x"),
        ("gs://b/t", "gs://b/t/state"),
        ("gs://b/t", "gs://b/t/mappings"),
        ("/data", "/data/incoming"),
    ],
)
def test_places_that_would_write_into_each_other_are_refused(staging, lake):
    with pytest.raises(Misconfigured, match="must hold none of the folders"):
        Settings.read({"HACKLE_STAGING": staging, "HACKLE_IMPORT": lake})


@pytest.mark.parametrize(
    ("staging", "lake"),
    [
        ("s3://b", "s3://b/hackle"),
        ("s3://b/h", "s3://b/hackle"),
        ("s3://b/x", "s3://b/x/y"),
        ("s3://b", "s3://b/incoming-2"),
        ("s3://b", "gs://b"),
        ("/data", "/data-out"),
    ],
)
def test_two_places_of_which_neither_lies_in_the_other_s_folders_are_fine(staging, lake):
    assert overlap(staging, lake) == []
    assert Settings.read({"HACKLE_STAGING": staging, "HACKLE_IMPORT": lake}).lake == lake


def test_a_zone_is_one_of_iana_s():
    assert zone("Asia/Seoul") == ZoneInfo("Asia/Seoul")
    with pytest.raises(ValueError, match="such as Asia/Seoul"):
        zone("KST9")
