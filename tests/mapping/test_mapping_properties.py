"""What holds for any mapping and any rows: nothing is lost, private values go nowhere, both ways to read a path agree."""

import csv
import io
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hackle_import.decode.jmespath import Evaluated, Objects
from hackle_import.decode.paths import PathDecoder
from hackle_import.mapping.expressions import path_of
from hackle_import.settings import Rules
from support.mapped_rows import mapped

NAME = st.sampled_from(["a", "b", "c", "name", "$x", "Email"])
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-5, 2 * 10**12)
    | st.floats(-1e6, 1e6)
    | st.sampled_from(["", "iOS", "x", "2025-01-02T03:04:05Z", "1.50"])
)
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=4), max_leaves=8
)
ROW = st.dictionaries(NAME, VALUE, max_size=6)
LINE = ROW.map(lambda row: json.dumps(row).encode()) | st.sampled_from([b"{", b"[]", b'"x"', b'{"a":1}{', b"\xff"])
PATH = st.lists(NAME, min_size=1, max_size=3).map(".".join)
SOURCE = PATH | st.tuples(NAME, NAME).map("[0].".join) | PATH.map(lambda path: f"{path.replace('$', '')} || length(a)")
FIELD = st.one_of(
    SOURCE, st.lists(SOURCE, min_size=1, max_size=3),
    st.fixed_dictionaries({"from": SOURCE}, optional={"default": st.just("iOS"), "values": st.just({"x": "iOS", "1.50": ""})}),
    st.fixed_dictionaries({"const": st.sampled_from(["iOS", 1735787045, True])}),
)  # fmt: skip
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "spread": SOURCE | st.just("@"),
        "pivot": st.fixed_dictionaries({"from": SOURCE, "key": PATH, "value": PATH}),
        "x": FIELD,
    },
)
REQUIRED = st.fixed_dictionaries({"id": FIELD, "device_id": FIELD, "osname": FIELD, "appversion": FIELD})
MAPPING = st.fixed_dictionaries(
    {
        "fields": st.fixed_dictionaries(
            {
                "event_key": FIELD,
                "ts": FIELD,
                "identifiers": REQUIRED,
                "platform_properties": REQUIRED,
                "event_properties": ENTRIES,
            },
            optional={"insert_id": FIELD, "metric_value": FIELD, "user_properties": ENTRIES},
        )
    },
    optional={
        "where": SOURCE,
        "insert_id": st.just({"when_missing": "reject"}),
        "limits": st.sampled_from(["reject", "truncate"]),
    },
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def toml(value):
    """The little TOML that these mappings need; JSON's texts, numbers and lists are TOML's."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + " }"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


def text_of(mapping):
    return "".join(f"{key} = {toml(value)}\n" for key, value in mapping.items())


@QUICK
@given(MAPPING, st.lists(LINE, max_size=8))
def test_rows_in_are_rows_written_rejected_and_filtered(mapping, lines):
    lines = [b"{}", *lines]  # a drop without any object is no JSON at all
    told = mapped(text_of(mapping), body=b"\n".join(lines) + b"\n").receipt
    assert told.rows_in == told.rows_written + told.rows_rejected + told.rows_filtered == len(lines)
    assert told.fault is None


SECRETS = [f"secret-{number:04d}" for number in range(6)]


@QUICK
@given(
    MAPPING,
    st.lists(
        st.tuples(ROW, st.sampled_from(SECRETS), st.sampled_from(["email", "Email", "EMAIL"]), st.booleans()),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["drop", "hash"]),
    st.sampled_from([b"\n", b"}\n", b"\xff\n"]),
)
def test_a_private_value_is_in_no_output_reject_or_receipt(mapping, rows, how, ending):
    lines = [
        json.dumps(row | {"person": [{name: secret, "x": 1}] if listed else {name: secret}})
        for row, secret, name, listed in rows
    ]
    text = text_of(mapping) + f'[privacy]\n{how} = ["person.email"]\n'
    found = mapped(text, body=ending.join(line.encode() for line in lines) + ending, rules=Rules(hash_key=b"key"))
    assert found.receipt.rows_in > 0
    assert not [secret for secret in SECRETS if any(secret.encode() in stored for stored in found.bytes)]


CELL = st.sampled_from(["", "x", "iOS", "2025-01-02T03:04:05Z", "1.50", 'say "x"', "a,b", "two\nlines"])
COLUMNS = ["a", "b", "c", "name", "person.email", "person"]


@QUICK
@given(
    MAPPING,
    st.permutations(COLUMNS),
    st.lists(
        st.tuples(st.lists(CELL, min_size=4, max_size=4), st.sampled_from(SECRETS), st.integers(0, 3)),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["drop", "hash"]),
    st.booleans(),
)
def test_a_private_value_of_a_table_is_in_no_output_reject_or_receipt(mapping, columns, rows, how, as_json):
    out = io.StringIO()
    write = csv.writer(out).writerow
    write(columns)
    for cells, secret, odd in rows:
        person = json.dumps({"EMAIL": secret, "x": 1}) if odd else "{"
        record = dict(zip(COLUMNS, [*cells, secret, person], strict=True))
        write([record[column] for column in columns] + ["one more"] * (odd == 1))
    out.write('"never closed' if rows[0][2] == 2 else "")
    text = text_of({key: value for key, value in mapping.items() if key != "csv"})
    text += f'[privacy]\n{how} = ["person.email"]\n' + ('[csv]\njson = ["person"]\n' if as_json else "")
    found = mapped(text, body=out.getvalue().encode(), name="a.csv", rules=Rules(hash_key=b"key"))
    told = found.receipt
    assert told.rows_in == told.rows_written + told.rows_rejected + told.rows_filtered
    assert not [secret for secret in SECRETS if any(secret.encode() in stored for stored in found.bytes)]


@QUICK
@given(st.lists(ROW, min_size=1, max_size=5), PATH)
def test_a_path_reads_what_jmespath_reads(rows, path):
    records = [json.dumps(row).encode() for row in rows]
    quoted = ".".join(f'"{name}"' for name in path.split("."))
    texts, _ = PathDecoder([path_of(path)])(records)
    other = Evaluated(Objects(records), print).texts(f"[{quoted}] | [0]")
    assert [text and text.replace("-0", "0") for text in texts[path_of(path)].texts] == [
        text and text.replace("-0", "0") for text in other.texts
    ]
