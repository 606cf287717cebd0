"""A drop is opened in one way: its beginning tells the format whatever the chunks, and both decoders read it alike."""

import json

import pytest

from fuzz.drops import EARLIEST, LATEST, Held
from hackle_import.conform import Target
from hackle_import.convert import convert, open_drop
from hackle_import.convert.opening import open_lines
from hackle_import.errors import BadDrop
from hackle_import.mapping import HACKLE_FIELDS, Mapping, load_mapping
from hackle_import.reading.formats import HEAD_BYTES
from hackle_import.settings import DECODERS, Limits
from support.samples import event, ndjson

HACKLE = Mapping()
SPELLED_OUT = Mapping(fields=HACKLE_FIELDS)
PRIVATE = load_mapping(b'[privacy]\ndrop = ["event_properties.secret"]', "private")


def target(mapping=HACKLE):
    return Target(mapping, EARLIEST, LATEST)


def outcome(name, body, mapping=HACKLE, chunk_bytes=1 << 20, decoder="native"):
    """Rows in, rows written and the codes of rejects; or the drop's fault."""
    try:
        found = list(convert(name, Held(body), target(mapping), Limits(), chunk_bytes, decoder))
    except BadDrop as broken:
        return str(broken)
    codes = [reject.why.value for one in found for reject in one.rejects]
    return sum(one.rows_in for one in found), sum(one.batch.num_rows for one in found), codes


ROWS = ndjson(*[event(number) for number in range(3)])
NO_JSON = b"a line that is no JSON at all\n"
DROPS = {
    "lines behind bad ones": ("a.ndjson", NO_JSON * 20_000 + ROWS),
    "nothing but bad lines": ("a.ndjson", NO_JSON * 20_000),
    "an array": ("a.json", b"[" + ROWS.replace(b"\n", b",")[:-1] + b"]"),
    "objects over lines": ("a.json", json.dumps(event(1), indent=1).encode()),
    "no extension": ("a", ROWS),
    "a table": ("a.csv", b"event_key,ts\nbuy,1735787045\n"),
    "a table named as JSON": ("a.json", b"event_key,ts\nbuy,1735787045\n"),
    "JSON named as a table": ("a.csv", ROWS),
}


@pytest.mark.parametrize("drop", DROPS)
def test_neither_the_chunk_size_nor_the_decoder_decides_the_format(drop):
    found = {
        str(outcome(*DROPS[drop], chunk_bytes=size, decoder=one)) for size in (1 << 13, 1 << 21) for one in DECODERS
    }
    assert len(found) == 1, found


def test_a_format_is_told_by_so_much_of_the_text_and_no_more():
    early, late = (NO_JSON * (HEAD_BYTES // len(NO_JSON) + more) for more in (-1, 1))
    assert outcome("a.ndjson", early + ROWS)[1] == 3
    assert "not_json" in outcome("a.ndjson", late + ROWS)


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("mapping", [HACKLE, SPELLED_OUT], ids=["Hackle's shape", "the same names spelled out"])
def test_a_number_is_its_own_text_whoever_reads_it(mapping, decoder):
    """-0, too, which is no other number than 0 but another text, and so another id."""
    texts = ("-0", "0", "1.50", "1e5", "-0.0")
    rows = [
        json.dumps(event(1, insert_id="ID", event_key="KEY")).replace('"ID"', one).replace('"KEY"', one)
        for one in texts
    ]
    (made,) = open_lines(["\n".join([*rows, ""]).encode()], target(mapping), Limits()).converted(decoder)
    assert made.batch["event_key"].to_pylist() == list(texts)
    assert len(set(made.batch["insert_id"].to_pylist())) == len(texts)


def test_zeros_are_0_as_metric_values():
    rows = [json.dumps(event(1, metric_value="M")).replace('"M"', one).encode() for one in ("-0", "0", "-0.0", "0.0")]
    for decoder in DECODERS:
        (made,) = open_lines([b"\n".join([*rows, b""])], target(), Limits()).converted(decoder)
        assert [str(value) for value in made.batch["metric_value"].to_pylist()] == ["0.000000"] * 4


def test_what_is_no_record_is_not_shown_where_the_mapping_has_privacy():
    opened = open_drop("a.ndjson", [ROWS + b"x" * 200 + b"\n"], target(PRIVATE), Limits(max_line_bytes=100), 1 << 20)
    assert all(b"xxx" not in row.raw for chunk in opened.chunks for row in chunk.unread)
    plain = open_drop("a.ndjson", [ROWS + b"x" * 200 + b"\n"], target(), Limits(max_line_bytes=100), 1 << 20)
    assert any(b"xxx" in row.raw for chunk in plain.chunks for row in chunk.unread)


def test_decoded_rows_stand_beside_what_they_become():
    """What `preview` shows: the source columns, before any rule."""
    opened = open_drop("a.ndjson", [ROWS], target(), Limits())
    (chunk,) = opened.chunks
    assert opened.decode(chunk).texts["event_key"].to_pylist() == ["purchase"] * 3
