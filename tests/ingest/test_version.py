"""What a version is made of: what makes a drop anew, what only gives its files other names, and what is said of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.ingest.version import HASH_KEY, changed, version_of
from hackle_import.mapping import Mapping, Privacy
from hackle_import.settings import Limits, Rules
from hackle_import.stores.protocol import StoredObject

FOUND = StoredObject("incoming/hackle/a.ndjson", "etag", 3, datetime(2025, 1, 10, 12, tzinfo=UTC))
RULES = Rules()
HASHING = Mapping(privacy=Privacy(hash=("a",)))
ROWS = {
    "HACKLE_OSNAMES": Rules(osnames=None),
    "HACKLE_DAY_TIMEZONE": Rules(day_timezone=ZoneInfo("Asia/Seoul")),
    "HACKLE_DAY_FOLDER": Rules(day_folder="dt={day}"),
    "HACKLE_MAX_LINE_BYTES": Rules(limits=Limits(max_line_bytes=9)),
    "deepest nesting": Rules(limits=Limits(max_depth=9)),
    "earliest ts": Rules(earliest=datetime(2001, 1, 1, tzinfo=UTC)),
}
ENDS = {
    "HACKLE_MAX_RATIO": Rules(limits=Limits(max_ratio=9)),
    "HACKLE_MAX_BYTES": Rules(limits=Limits(max_bytes=9)),
    "days of a drop": Rules(limits=Limits(max_days=9)),
}


def of(rules=RULES, mapping=None, found=FOUND):
    return version_of(found, mapping or Mapping(), rules)


@pytest.mark.parametrize("name", ROWS)
def test_a_setting_that_changes_rows_or_their_days_is_another_version(name):
    version = of(ROWS[name])
    assert version.digest != of().digest
    assert changed(version, of().parts, None) == [name]


@pytest.mark.parametrize("name", ENDS)
def test_a_limit_that_ends_a_drop_makes_anew_what_it_ended(name):
    version = of(ENDS[name])
    assert (version.digest, version.name != of().name) == (of().digest, True)
    assert changed(version, of().parts, None) == changed(version, of().parts, Fault.NOT_JSON) == []
    assert all(changed(version, of().parts, fault) == [name] for fault in (Fault.RATIO, Fault.TOO_LARGE))


def test_how_files_are_cut_and_encoded_is_part_of_their_names_alone(monkeypatch):
    cut = of(Rules(limits=Limits(spool_bytes=9)))
    assert (cut.digest, cut.name != of().name) == (of().digest, True)
    zstd = of(Rules(compression="zstd"))
    assert (zstd.digest, zstd.name != of().name) == (of().digest, True)
    assert changed(zstd, of().parts, None) == []
    before = of()
    monkeypatch.setattr("pyarrow.__version__", "99.0")
    assert (of().digest, of().name != before.name) == (before.digest, True)


def test_decoders_give_the_same():
    assert of(Rules(decoder="python")) == of(Rules(decoder="native"))


def test_every_rule_and_limit_is_part_of_the_names():
    """A new one that is forgotten here would let two workers write other bytes under one name."""
    told = {"osnames", "day_timezone", "day_folder", "earliest", "limits", "hash_key", "compression", "decoder"}
    assert set(Rules.__slots__) == told
    limits = {"max_line_bytes", "max_ratio", "max_bytes", "spool_bytes", "max_days", "max_depth"}
    assert set(Limits.__slots__) == limits


def test_the_same_bytes_taken_again_are_another_version():
    """The bound of `ts` hangs on when they were taken."""
    later = replace(FOUND, modified=FOUND.modified + timedelta(seconds=1))
    assert changed(of(found=later), of().parts, None) == ["drop"]
    elsewhere = replace(FOUND, modified=FOUND.modified.astimezone(ZoneInfo("Asia/Seoul")))
    assert of(found=elsewhere) == of()


def test_a_mapping_that_is_corrected_is_another_version():
    bad = version_of(FOUND, BadDrop(Fault.BAD_MAPPING, "line 1"), RULES)
    assert changed(of(), bad.parts, Fault.BAD_MAPPING) == ["mapping"]
    assert changed(of(mapping=Mapping(limits="reject")), of().parts, None) == ["mapping"]


def test_a_hash_key_counts_where_the_mapping_has_something_to_keep_to_itself():
    one, other = Rules(hash_key=b"1" * 32), Rules(hash_key=b"2" * 32)
    assert of(one) == of(other) == of()
    assert of(one).key_id == ""
    assert changed(of(one, HASHING), of(other, HASHING).parts, None) == [HASH_KEY]


def test_a_key_id_tells_keys_apart_and_holds_none():
    version = of(Rules(hash_key=b"1" * 32), HASHING)
    assert version.key_id == of(Rules(hash_key=b"1" * 32), HASHING).key_id
    assert len(version.key_id) == 16
    assert "1" * 8 not in repr(version)


def test_what_a_former_release_did_not_keep_is_named_so():
    assert changed(of(), {}, None) == ["release"]
