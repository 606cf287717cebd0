"""`insert_id`: a text that is a UUID stays one, any other becomes one, and what is missing is made of the row's record."""

import hmac
from uuid import UUID, uuid5

import pyarrow as pa
import pytest

from hackle_import.codes import Note, Why
from hackle_import.conform.copies import Copies
from hackle_import.conform.insert_id import canonical_uuid, conform_insert_id, keyed_uuid_of, uuid_of
from hackle_import.decode import Findings, SourceRows

ID = "0123abcd-0123-4567-89ab-0123456789ab"


def texts(*values):
    return pa.array(values, pa.string())


@pytest.mark.parametrize("text", [ID, ID.upper(), f"{{{ID}}}", f"urn:uuid:{ID}", ID.replace("-", "")])
def test_a_uuid_in_any_usual_form_is_itself(text):
    assert canonical_uuid(text) == (ID, True)


@pytest.mark.parametrize("text", ["x", f" {ID}", ID.replace("-", "_"), ID[:-1], "-0"])
def test_any_other_text_becomes_the_uuid_of_itself(text):
    made, known = canonical_uuid(text)
    assert (made, known) == (uuid_of(text.encode()), False)
    assert UUID(made).version == 5


NAMESPACE = UUID("b0b3a9a4-7a0e-5c55-9d0c-2f1f1f0e6f3b")


@pytest.mark.parametrize("text", ["", "a", "이벤트", *map(str, range(30))])
def test_a_made_id_is_what_uuid5_makes_of_the_text_in_hackle_import_s_namespace(text):
    assert uuid_of(text.encode()) == str(uuid5(NAMESPACE, text))


@pytest.mark.parametrize("text", [b"", b"a", *(b"%d" % number for number in range(30))])
def test_an_id_made_with_a_key_is_the_hmac_as_a_uuid_of_version_8(text):
    digest = hmac.new(b"key", NAMESPACE.bytes + text, "sha256").digest()
    made = UUID(keyed_uuid_of(b"key", text))
    random_bits = ~(0xF << 76 | 0b11 << 62)
    assert made.int & random_bits == int.from_bytes(digest[:16], "big") & random_bits
    assert (made.version, made.variant) == (8, UUID(int=1 << 63).variant)


def rows(*ids, records=None, lines=None, **more):
    records = records or [b"{}"] * len(ids)
    return SourceRows(records, lines or range(1, len(ids) + 1), {"insert_id": texts(*ids)}, {}, Findings(), **more)


def test_equal_rows_that_lack_an_id_are_told_apart_by_their_number_where_the_mapping_asks_for_that():
    source = rows(None, None, None, None, records=[b"a", b"b", b"a", b"a"], marks=[b"!"] * 4)
    made = conform_insert_id(source, "content+copy", copies=Copies()).to_pylist()
    assert made == [uuid_of(text) for text in (b"a!", b"b!", b"a!\ncopy 2", b"a!\ncopy 3")]


@pytest.mark.parametrize(("when_missing", "text"), [("content", b"{}"), ("content+line", b"{}\n7")])
def test_equal_rows_that_lack_an_id_share_one_where_the_mapping_does_not_ask_for_more(when_missing, text):
    made = conform_insert_id(rows(None, None, lines=[7, 7]), when_missing, copies=Copies()).to_pylist()
    assert made == [uuid_of(text)] * 2


def test_what_privacy_takes_out_is_in_no_id_that_anybody_could_make():
    """With the deployment's key an id is of the whole record; without one, of what is left of it."""
    source = rows(None, records=[b"secret"], shown=[b"left"])
    assert conform_insert_id(source, "content", b"key").to_pylist() == [keyed_uuid_of(b"key", b"secret")]
    assert conform_insert_id(source, "content").to_pylist() == [uuid_of(b"left")]


def test_a_missing_id_is_made_of_the_record_and_where_asked_of_its_line():
    source = rows(None, "", ID, records=[b"a", b"a", b"a"])
    first, second, given = conform_insert_id(source, "content").to_pylist()
    assert (first, second, given) == (uuid_of(b"a"), uuid_of(b"a"), ID)
    assert source.findings.notes == {Note.INSERT_ID_MADE: {0, 1}}
    assert conform_insert_id(rows(None, lines=[7]), "content+line").to_pylist() == [uuid_of(b"{}\n7")]


def test_a_missing_id_is_rejected_where_the_mapping_asks_for_that_and_no_other_is():
    source = rows(None, "x", ID)
    conform_insert_id(source, "reject")
    assert {row: why for row, (why, _, _) in source.findings.rejects.items()} == {0: Why.INSERT_ID_MISSING}
    assert source.findings.notes == {Note.INSERT_ID_HASHED: {1}}
