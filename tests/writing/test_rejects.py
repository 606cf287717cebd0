"""Rejected rows as a file: what it holds, and that it is the same for the same rows."""

import gzip
import json
import random

import pytest

from hackle_import.codes import Why
from hackle_import.writing.rejects import RAW_BYTES, RejectsFile, text_of

ROOM = 64 << 20
FINDINGS = [
    (1, Why.NOT_JSON, None, "it ends early", b'{"a": 1'),
    (7, Why.TS_MISSING, "ts", "no time", '{"name": "이벤트 \\" \\n"}'.encode()),
    (8, Why.NOT_UTF8, None, "bytes", b"a\xffb"),
    (9, Why.TS_MISSING, "ts", "no time", b""),
]


def written(path, findings=FINDINGS):
    file = RejectsFile(path, "incoming/hackle/a.ndjson", ROOM)
    file.add(findings)
    file.close()
    return file


def test_each_rejected_row_is_a_line_of_json_in_the_order_of_the_drop(tmp_path):
    written(tmp_path / "rejects")
    lines = gzip.decompress((tmp_path / "rejects").read_bytes()).decode().splitlines()
    fields = ("line", "code", "field", "message", "raw")
    assert [tuple(json.loads(line)[name] for name in fields) for line in lines] == [
        (line, why.value, field, message, raw.decode("utf-8", "replace")) for line, why, field, message, raw in FINDINGS
    ]
    assert {json.loads(line)["source"] for line in lines} == {"incoming/hackle/a.ndjson"}
    assert list(json.loads(lines[0])) == ["source", *fields]


def test_what_there_is_no_room_for_is_counted_and_the_file_is_whole(tmp_path):
    room = 6 << 20
    file = RejectsFile(tmp_path / "rejects", "incoming/hackle/a.ndjson", room)
    raw = random.Random(1)
    for line in range(30):
        file.add([(line, Why.NOT_JSON, None, "noise", raw.randbytes(1 << 19).hex().encode())])
    file.close()
    kept = gzip.decompress((tmp_path / "rejects").read_bytes()).splitlines()
    assert [json.loads(line)["line"] for line in kept] == list(range(len(kept)))
    assert (len(kept) + file.left_out, file.left_out > 10) == (30, True)
    assert (room >> 1) < (tmp_path / "rejects").stat().st_size <= room


def test_the_same_rows_give_the_same_bytes_whenever_and_wherever(tmp_path, monkeypatch):
    written(tmp_path / "one")
    monkeypatch.setattr("time.time", lambda: 4e9)
    written(tmp_path / "other")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    file = RejectsFile(tmp_path / "third", "incoming/hackle/a.ndjson", ROOM)
    for finding in FINDINGS:
        file.add([finding])
    file.close()
    assert (tmp_path / "third").read_bytes() == (tmp_path / "one").read_bytes()


def test_no_rejects_are_no_file(tmp_path):
    file = written(tmp_path / "rejects", [])
    assert list(tmp_path.iterdir()) == []
    assert file.left_out == 0


def test_what_is_closed_may_be_closed_again(tmp_path):
    written(tmp_path / "rejects").close()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        ("é 이벤트".encode(), "é 이벤트"),
        (b"a\xff\xfeb", "a\ufffd\ufffdb"),
        (b"\0\r\n", "\0\r\n"),
        (b"x" * RAW_BYTES, "x" * RAW_BYTES),
        (b"x" * (RAW_BYTES + 1), "x" * RAW_BYTES),
        (b"x" * (RAW_BYTES - 1) + "é".encode(), "x" * (RAW_BYTES - 1) + "\ufffd"),
    ],
)
def test_a_record_is_kept_as_text_up_to_a_size(raw, text):
    assert text_of(raw) == text
