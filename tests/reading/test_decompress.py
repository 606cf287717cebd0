"""Stored bytes become text within the limits, or a fault that tells what was reached."""

import bz2
import codecs
import gzip
import random

import pytest
from backports import zstd

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.reading.decompress import text_pieces
from hackle_import.reading.frames import PIECE_BYTES
from hackle_import.reading.pinned import PinnedReader
from hackle_import.settings import Limits
from hackle_import.stores.memory import MemoryStore
from support.samples import NOW
from support.world import Failing

MIB = 1 << 20
TEXT = b"".join(b'{"a": "%d %s"}\n' % (number, b"x" * (number % 97)) for number in range(20_000))
COMPRESS = {"a": bytes, "a.gz": gzip.compress, "a.zst": zstd.compress, "a.bz2": bz2.compress}
COMPRESSED = {name: compress for name, compress in COMPRESS.items() if name != "a"}


def pieces(name, body, limits=Limits(), wrap=lambda store: store, block_bytes=MIB, encoding=None):  # noqa: B008 - frozen
    """The pieces that came before the end, or before a fault; and that fault."""
    store = MemoryStore(lambda: NOW)
    found, came = store.put("a", body), []
    with PinnedReader(wrap(store), found, block_bytes) as reader:
        try:
            came.extend(text_pieces(name, reader, limits, encoding))
        except BadDrop as fault:
            return came, fault
    return came, None


def text(name, body, **more):
    came, fault = pieces(name, body, **more)
    assert fault is None
    return b"".join(came)


@pytest.mark.parametrize("name", COMPRESS)
def test_a_text_comes_back_whole(name):
    for body in (TEXT, b"", b"x", b"\n"):
        assert text(name, COMPRESS[name](body)) == body


@pytest.mark.parametrize("name", COMPRESSED)
def test_members_frames_and_streams_follow_each_other(name):
    compress = COMPRESSED[name]
    assert text(name, b"".join(map(compress, (TEXT, b"", b"x", TEXT)))) == TEXT + b"x" + TEXT


@pytest.mark.parametrize("name", COMPRESSED)
def test_a_plain_name_does_not_hide_a_compression(name):
    assert text("a.ndjson", COMPRESSED[name](TEXT)) == TEXT


@pytest.mark.parametrize("name", COMPRESSED)
def test_what_expands_comes_in_pieces_of_bounded_size(name):
    came, _ = pieces(name, COMPRESSED[name](bytes(5 * PIECE_BYTES)))
    assert max(map(len, came)) <= PIECE_BYTES


def test_tiny_streams_are_gathered_to_pieces_of_64_kib():
    *whole, last = map(len, pieces("a.bz2", bz2.compress(b"x" * 255) * 1000)[0])
    assert {*whole} == {65_790}  # the first multiple of 255 from 65,536 on; the one before lacks a byte
    assert sum(whole) + last == 255_000


def test_a_piece_of_exactly_64_kib_is_not_gathered_any_further():
    assert [*map(len, pieces("a.bz2", bz2.compress(b"x" * 256) * 600)[0])] == [65_536, 65_536, 22_528]


def test_what_came_before_a_fault_comes_before_it_however_little():
    came, fault = pieces("a.bz2", bz2.compress(b"x" * 100) * 3 + b"BZh9 no more")
    assert (came, fault.fault) == ([b"x" * 300], Fault.CORRUPT)
    assert fault.position == "after byte 300 of the decompressed text"


def test_a_window_that_would_take_all_memory_is_too_large_and_how_to_do_without_is_told():
    writer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    body = writer.compress(random.Random(0).randbytes(2000)) + writer.flush()
    came, fault = pieces("a.zst", body)
    assert (b"".join(came), fault.fault) == (b"", Fault.TOO_LARGE)
    assert fault.message == "a window of more than 64 MiB: compress it without --long and --ultra"


@pytest.mark.parametrize("name", COMPRESSED)
def test_data_that_ends_too_early_is_truncated_after_the_text_that_came(name):
    came, fault = pieces(name, COMPRESSED[name](TEXT)[:-4])
    assert fault.fault is Fault.TRUNCATED
    size = len(b"".join(came))
    assert fault.position == f"after byte {size} of the decompressed text"
    assert TEXT.startswith(b"".join(came))
    assert size > 0 or name == "a.bz2"  # a block of bzip2 comes whole or not at all


@pytest.mark.parametrize("name", COMPRESSED)
def test_data_that_is_damaged_is_corrupt_after_the_text_that_came(name):
    body = bytearray(COMPRESSED[name](TEXT) + COMPRESSED[name](TEXT))
    body[-40:-20] = bytes(20)
    came, fault = pieces(name, bytes(body))
    assert fault.fault is Fault.CORRUPT
    assert fault.message.startswith("the compressed data is damaged: ")
    assert fault.position == f"after byte {len(b''.join(came))} of the decompressed text"
    assert b"".join(came).startswith(TEXT[: 1 << 17])


@pytest.mark.parametrize("name", COMPRESS)
@pytest.mark.parametrize("error", [OSError("disk"), EOFError("a store's own")], ids=repr)
def test_trouble_of_the_store_in_the_midst_is_raised_as_it_is(name, error):
    def fails_once_begun(store):
        return Failing(store, "read", after=False, at=2, error=error)

    with pytest.raises(type(error), match=str(error)):
        pieces(name, COMPRESS[name](TEXT), wrap=fails_once_begun, block_bytes=1000)


@pytest.mark.parametrize("name", COMPRESS)
def test_a_text_may_be_as_large_as_the_limit_and_no_larger(name):
    body = COMPRESS[name](TEXT)
    assert text(name, body, limits=Limits(max_bytes=len(TEXT))) == TEXT
    came, fault = pieces(name, body, Limits(max_bytes=len(TEXT) - 1))
    assert (fault.fault, fault.message) == (
        Fault.TOO_LARGE,
        f"more than {len(TEXT) - 1} bytes when decompressed",
    )
    assert fault.position.startswith("after byte ")
    assert len(b"".join(came)) < len(TEXT)


@pytest.mark.parametrize("name", COMPRESSED)
def test_no_ratio_is_too_high_for_a_text_of_up_to_16_mib(name):
    body = COMPRESSED[name](bytes(16 * MIB))
    assert len(text(name, body, limits=Limits(max_ratio=1))) == 16 * MIB
    assert pieces(name, COMPRESSED[name](bytes(16 * MIB + 1)), Limits(max_ratio=1))[1].fault is Fault.RATIO


@pytest.mark.parametrize("name", COMPRESSED)
def test_beyond_16_mib_a_ratio_above_the_limit_is_a_fault(name):
    came, fault = pieces(name, COMPRESSED[name](bytes(40 * MIB)), Limits(max_ratio=200))
    assert (fault.fault, fault.message) == (Fault.RATIO, "expands by more than 200")
    assert 15 * MIB <= len(b"".join(came)) <= 16 * MIB
    assert fault.position.startswith("after byte ")


def test_a_ratio_is_of_all_that_was_read_and_may_be_as_high_as_the_limit():
    body = gzip.compress(bytes(40 * MIB), 9)
    ratio = -(-40 * MIB // len(body))
    assert len(text("a.gz", body, limits=Limits(max_ratio=ratio))) == 40 * MIB
    assert pieces("a.gz", body, Limits(max_ratio=ratio - 1))[1].fault is Fault.RATIO


def test_a_text_as_large_as_its_file_expands_by_1():
    body = bytes(17 * MIB)
    assert text("a", body, limits=Limits(max_ratio=1)) == body


@pytest.mark.parametrize("name", COMPRESS)
def test_a_bom_of_utf_8_is_left_out_where_the_text_begins(name):
    assert text(name, COMPRESS[name](codecs.BOM_UTF8 + TEXT + codecs.BOM_UTF8)) == TEXT + codecs.BOM_UTF8


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", COMPRESS)
def test_utf_16_becomes_utf_8(name, encoding):
    written = "이벤트,é,😀\n" * 2000
    assert text(name, COMPRESS[name](("\ufeff" + written).encode(encoding)), block_bytes=1001) == written.encode()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"\xd8", "truncated data"),
        (b"\x00\xd8", "unexpected end of data"),
        (b"\x00\xd8a\x00", "illegal UTF-16 surrogate"),
    ],
)
def test_what_is_no_utf_16_tells_its_line_behind_what_precedes_it(bad, reason):
    came, fault = pieces("a.csv", codecs.BOM_UTF16_LE + "a,b\n".encode("utf-16-le") + bad)
    assert (fault.fault, fault.message) == (Fault.WRONG_ENCODING, f"not UTF-16: {reason}")
    assert fault.position == "line 2"
    assert b"".join(came) == b"a,b\n"


ENCODINGS = ["cp949", "euc-kr", "utf-16-le", "utf-32", "iso2022_kr", "johab"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", COMPRESS)
def test_a_table_of_any_encoding_becomes_utf_8_block_by_block(name, encoding):
    written = "이벤트,가격,서울 강남\n" * 2000
    body = COMPRESS[name](written.encode(encoding))
    came, fault = pieces(name, body, block_bytes=1001, encoding=encoding)
    assert (b"".join(came), fault) == (written.encode(), None)


def test_an_encoding_of_the_west_becomes_utf_8():
    assert text("a.csv", "café,€\n".encode("windows-1252"), encoding="windows-1252") == "café,€\n".encode()


def test_a_mark_of_the_byte_order_wins_over_the_encoding_and_json_has_none():
    assert text("a.csv", b"\xef\xbb\xbf" + "가".encode(), encoding="cp949") == "가".encode()
    assert text("a.csv", "\ufeff가".encode("utf-16"), encoding="cp949") == "가".encode()
    assert text("a.ndjson.gz", gzip.compress("가".encode()), encoding="cp949") == "가".encode()
    assert text("a.csv", b"\xef\xbb\xbf" * 2 + b"a") == b"a"


@pytest.mark.parametrize("encoding", ["cp949", "iso2022_kr", "ascii"])
def test_bytes_of_another_encoding_are_named_by_their_line_behind_what_precedes_them(encoding):
    before = "abc,가나\n" if encoding != "ascii" else "abc,d\n"
    came, fault = pieces("a.csv", before.encode(encoding) * 3 + b"x\xff\xff\n", encoding=encoding, block_bytes=7)
    assert (fault.fault, fault.position) == (Fault.WRONG_ENCODING, "line 4")
    assert fault.message.startswith(f"not {encoding}: ")
    assert b"".join(came) == before.encode() * 3 + b"x"


def test_what_precedes_the_cut_of_a_small_gzip_is_kept():
    """Less than a piece: there is nothing that could be lost."""
    came, fault = pieces("a.gz", gzip.compress(TEXT[:500_000])[:-2000])
    assert fault.fault is Fault.TRUNCATED
    assert len(b"".join(came)) > 300_000


def test_zeros_may_follow_the_members_of_a_gzip():
    body = gzip.compress(b"a\n")
    assert text("a.gz", body + bytes(300_000) + body + bytes(3)) == b"a\na\n"
