"""A drop's format by its name and its beginning, a table of each."""

import pytest

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.reading.formats import Compression, Format, compression_of, format_of, refuse_binary, stem_of

GZIP, ZSTD, BZIP2 = b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd\0", b"BZh91AY"
OBJECT = b'{"a": 1}\n'


def fault(call, *arguments):
    with pytest.raises(BadDrop) as broken:
        call(*arguments)
    assert broken.value.position == "byte 0"
    return broken.value.fault, broken.value.message


@pytest.mark.parametrize(
    ("name", "head", "found"),
    [
        ("a.ndjson", OBJECT, Compression.NONE),
        ("a.ndjson", b"", Compression.NONE),
        ("a.ndjson.gz", GZIP, Compression.GZIP),
        ("a.ndjson.gzip", GZIP, Compression.GZIP),
        ("a.ndjson.GZ", GZIP, Compression.GZIP),
        ("a.ndjson.zst", ZSTD, Compression.ZSTD),
        ("a.ndjson.zstd", ZSTD, Compression.ZSTD),
        ("a.ndjson.bz2", BZIP2, Compression.BZIP2),
        ("a.ndjson", GZIP, Compression.GZIP),  # uploaded with `Content-Encoding: gzip`
        ("a", ZSTD, Compression.ZSTD),
        ("folder.gz/a.ndjson", OBJECT, Compression.NONE),
        ("a.gz.ndjson", OBJECT, Compression.NONE),
        ("a.ndjson", b"\x1f", Compression.NONE),
        ("a.csv", b"BZ,h\n", Compression.NONE),
    ],
)
def test_the_compression_is_that_of_the_content(name, head, found):
    assert compression_of(name, head) is found


@pytest.mark.parametrize(
    ("name", "head", "code", "message"),
    [
        ("a.ndjson.gz", OBJECT, Fault.WRONG_EXTENSION, "named as gzip, but its content is not compressed"),
        ("a.ndjson.gz", b"", Fault.WRONG_EXTENSION, "named as gzip, but its content is not compressed"),
        ("a.ndjson.gz", ZSTD, Fault.WRONG_EXTENSION, "named as gzip, but its content is zstd"),
        ("a.csv.zst", GZIP, Fault.WRONG_EXTENSION, "named as zstd, but its content is gzip"),
        ("a.csv.bz2", GZIP, Fault.WRONG_EXTENSION, "named as bzip2, but its content is gzip"),
        ("a.csv", b"PK\x03\x04\x14\0", Fault.UNKNOWN_FORMAT, "a zip archive"),
        ("a.csv.gz", b"PK\x03\x04\x14\0", Fault.UNKNOWN_FORMAT, "a zip archive"),
    ],
)
def test_a_name_that_its_content_contradicts_is_a_fault(name, head, code, message):
    found, told = fault(compression_of, name, head)
    assert found is code
    assert told.startswith(message)


LINES, ARRAY, SPREAD = Format.NDJSON, Format.JSON_ARRAY, Format.JSON_SEQUENCE


@pytest.mark.parametrize(
    ("name", "head", "found"),
    [
        ("a.ndjson", OBJECT, LINES),
        ("a.jsonl", OBJECT, LINES),
        ("a.NDJSON.gz", OBJECT, LINES),
        ("a.ndjson", b"", LINES),
        ("a.ndjson", b"\n \r\n", LINES),
        ("a.ndjson", b"[1]\n", LINES),  # a row that is no object: not an array, since the name says lines
        ("a.ndjson", b"[\n", LINES),
        ("a.ndjson", b'{\n"a": 1\n}\n', LINES),  # the name says lines: these are bad rows
        ("a.ndjson", b"no json\n" + OBJECT, LINES),
        ("a.ndjson", b"no json\n[1]\n", LINES),
        ("a.json", OBJECT, LINES),
        ("a.json", b"", LINES),
        ("a.json", OBJECT * 2, LINES),
        ("a.json", b'[{"a": 1}]', ARRAY),
        ("a.json", b'\r\n\t [\n{"a": 1}', ARRAY),
        ("a.json", b'{\n  "a": 1\n}', SPREAD),
        ("a.json", b'\n {\n\n  "a": 1\n}', SPREAD),
        ("a.json", b'{\r\n  "a": 1\r\n}', SPREAD),
        ("a.json", b'{"a": [1,\n2]}\n', SPREAD),
        ("a.json", b"no json\n" + OBJECT, LINES),  # one bad row, then good ones
        ("a.json", b"no json\n{\n", LINES),
        ("a.json", b"no json\n[1]\n", LINES),
        ("a.json", b"~\n[1]\n", LINES),
        ("a.json", b"{\n}\n", SPREAD),
        ("a.json", '{"a": "é\n"}'.encode(), SPREAD),
        ("a.json", b'{"a": 1, "b\n' + OBJECT, LINES),  # the first line is cut off: one bad row
        ("a.json", b'{"a": 1, "b\n' + b'  {"a": 1}\n', LINES),
        ("a.json", b'{"a": 1, "b', LINES),  # a single line that is cut off
        ("a.json", b'{"a": 1}\n"b": 2}\n', LINES),  # the first line is whole
        ("a", OBJECT, LINES),
        ("a", b'\n [{"a": 1}]', ARRAY),
        ("a", b'{\n  "a": 1\n}', SPREAD),
        ("a", b"a,b\n1,2\n", Format.CSV),
        ("a", b"a\tb\n1\t2\n", Format.TSV),
        ("a", b"a,b\tc\n", Format.TSV),
        ("a.txt", b"a,b\n", Format.CSV),
        ("a.csv", b"a,b\n", Format.CSV),
        ("a.csv", b"a\tb\n", Format.CSV),  # by the name, whatever the header
        ("a.csv", b"", Format.CSV),
        ("a.CSV.bz2", b"a;b\n", Format.CSV),
        ("a.tsv", b"a,b\n", Format.TSV),
        ("a.csv", b'"{",b\n', Format.CSV),
    ],
)
def test_the_format_is_that_of_the_name_or_else_of_the_content(name, head, found):
    assert format_of(name, head) is found


@pytest.mark.parametrize(
    ("name", "head", "code", "message"),
    [
        ("a.csv", b'{"a": 1}\n', Fault.WRONG_EXTENSION, "named .csv, but its content looks like JSON"),
        ("a.csv", b'\n [{"a": 1}]', Fault.WRONG_EXTENSION, "named .csv, but its content looks like JSON"),
        ("a.TSV.gz", b"{", Fault.WRONG_EXTENSION, "named .tsv, but its content looks like JSON"),
        ("a.json", b"a,b\n1,2\n", Fault.NOT_JSON, "no line of its beginning is a JSON object"),
        ("a.ndjson", b"a\nb\n", Fault.NOT_JSON, "no line of its beginning is a JSON object"),
        ("a.json", b'"text"', Fault.NOT_JSON, "no line of its beginning is a JSON object"),
        ("a", b"words\n1,2\n", Fault.UNKNOWN_FORMAT, "neither its name nor its content tells JSON or CSV"),
        ("a", b"", Fault.UNKNOWN_FORMAT, "neither its name nor its content tells JSON or CSV"),
        ("a.xlsx", b"words", Fault.UNKNOWN_FORMAT, "neither its name nor its content tells JSON or CSV"),
    ],
)
def test_a_content_that_its_name_does_not_tell_is_a_fault(name, head, code, message):
    assert fault(format_of, name, head) == (code, message)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("events.ndjson", "events"),
        ("events.ndjson.gz", "events"),
        ("events.GZ", "events"),
        ("events.2025.JSON.zst", "events.2025"),
        ("events.2025", "events.2025"),
        ("events.parquet", "events.parquet"),
        ("events", "events"),
        (".csv", ".csv"),
    ],
)
def test_a_stem_is_the_name_without_format_and_compression(name, stem):
    assert stem_of(name) == stem


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        (b"PAR1", "a Parquet file: write its rows as NDJSON or CSV, and drop those"),
        (b"Obj\x01", "an Avro file: write its rows as NDJSON or CSV, and drop those"),
        (b"ORC", "an ORC file: write its rows as NDJSON or CSV, and drop those"),
        (b"\xd0\xcf\x11\xe0", "an Excel workbook: save it as CSV UTF-8, and drop that"),
    ],
)
def test_a_file_of_columns_or_a_workbook_is_named_by_its_mark_and_a_nul_in_its_first_512_bytes(mark, message):
    rest = 511 - len(mark)
    assert fault(refuse_binary, mark + b"x" * rest + b"\0") == (Fault.UNKNOWN_FORMAT, message)
    refuse_binary(mark + b"x" * (rest + 1) + b"\0")
    refuse_binary(b"x" + mark + b"\0")


@pytest.mark.parametrize(
    ("head", "is_table", "looks_like_json"),
    [
        (b'{"a": 1}\n', False, True),
        (b'{"a" 1}\n', False, True),  # broken, and no table begins so
        (b'{"a" 1}\n', True, False),
        (b"[1]\n[2]\n", False, True),
        (b"[1],2\n3\n", False, False),
        (b"[1],2\n[3]\n", False, False),
        (b"[1,\n2]\n", False, True),  # it goes on behind the line
        (b'{"a": 1}\n', True, True),
        (b'{"a": 1},x\n', True, False),
        (b"{adid},{event_name}\n", False, False),
        (b"[order],[ts]\n[1],[2]\n", False, False),
        (b"[caf\xe9],[ts]\n", False, False),
    ],
)
def test_what_is_named_a_table_and_is_json_is_told_from_a_table_that_begins_like_it(head, is_table, looks_like_json):
    if looks_like_json:
        told = (Fault.WRONG_EXTENSION, "named .csv, but its content looks like JSON")
        assert fault(lambda: format_of("a.csv", head, is_table=is_table)) == told
    else:
        assert format_of("a.csv", head, is_table=is_table) is Format.CSV


@pytest.mark.parametrize("head", [b"sep=:\na:b\n", b"SEP=.\na.b\n", b"a|b\n", b"a;b\n", b"a\x01b\n"])
def test_a_table_is_told_by_what_its_first_line_says_of_its_delimiter(head):
    assert format_of("a", head) is Format.TABLE


@pytest.mark.parametrize("head", [b"sep\na:b\n", b"se=:\n", b"a:b\nc|d\n"])
def test_of_a_first_line_without_any_delimiter_nothing_is_guessed(head):
    assert fault(format_of, "a", head)[0] is Fault.UNKNOWN_FORMAT
