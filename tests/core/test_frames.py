"""However many frames a drop was compressed in, its text is the same, and so is what precedes a fault in it."""

import bz2
import gzip
import struct
from io import BytesIO

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.reading.frames import DAMAGE, bz2_pieces, zstd_pieces
from support.samples import event, ndjson
from support.world import World

SKIPPABLE = struct.pack("<II", 0x184D2A50, 3) + b"abc"
TEXTS = st.lists(st.one_of(st.binary(max_size=3), st.binary(max_size=2000), st.just(b"x" * 300_000)), max_size=40)
KINDS = {"zst": (zstd.compress, zstd_pieces), "bz2": (bz2.compress, bz2_pieces)}


def read_of(stored, most=1 << 30):
    file = BytesIO(stored)
    return lambda size: file.read(min(size, most))


@pytest.mark.parametrize("kind", KINDS)
@given(TEXTS, st.sampled_from([1, 7, 600, 1 << 30]))
def test_any_number_of_frames_of_any_size_is_their_text(kind, texts, most):
    compress, pieces = KINDS[kind]
    stored = b"".join(map(compress, texts))
    assert b"".join(pieces(read_of(stored, most))) == b"".join(texts)


@given(TEXTS)
def test_frames_without_text_are_passed_over(texts):
    stored = b"".join(SKIPPABLE + zstd.compress(text) for text in texts) + SKIPPABLE
    assert b"".join(zstd_pieces(read_of(stored))) == b"".join(texts)


@pytest.mark.parametrize("kind", KINDS)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=40), st.data())
def test_what_precedes_a_fault_is_told(kind, texts, data):
    compress, pieces = KINDS[kind]
    stored = list(map(compress, texts))
    cut = data.draw(st.integers(0, len(texts) - 1))
    broken = b"".join(stored[:cut]) + data.draw(
        st.sampled_from([stored[cut][:-1], b"\0" * 20, stored[cut][:4] + b"\xff" * 30])
    )
    told = []
    with pytest.raises((EOFError, *DAMAGE)):
        told.extend(pieces(read_of(broken)))
    before = b"".join(texts[:cut])
    assert b"".join(told)[: len(before)] == before


@pytest.mark.parametrize("broken", [0, 1, 4])
def test_of_small_frames_of_which_one_is_damaged_each_before_it_is_told_once_and_then_the_damage(broken):
    texts = [b"%d" % number * 50 for number in range(5)]
    frames = [zstd.compress(text, options={zstd.CompressionParameter.checksum_flag: 1}) for text in texts]
    frames[broken] = frames[broken][:-1] + bytes([frames[broken][-1] ^ 1])  # of its checksum
    told = []
    with pytest.raises(DAMAGE):
        told.extend(zstd_pieces(read_of(b"".join(frames))))
    assert b"".join(told) == b"".join(texts[:broken])


def test_of_small_frames_of_much_text_each_byte_before_a_damage_is_told_once():
    texts = [b"%d" % number * 700_000 for number in range(4)]  # damage is found after more than a piece was told
    broken = zstd.compress(b"x", options={zstd.CompressionParameter.checksum_flag: 1})
    told = []
    with pytest.raises(DAMAGE):
        told.extend(zstd_pieces(read_of(b"".join(map(zstd.compress, texts)) + broken[:-1] + bytes([broken[-1] ^ 1]))))
    assert b"".join(told) == b"".join(texts)


def outcome(name, body):
    world, key = World(), f"incoming/hackle/{name}"
    world.drop(body=body, key=key)
    return world.handle(key)


@pytest.mark.parametrize(("name", "compress"), [("a.ndjson.zst", zstd.compress), ("a.ndjson.bz2", bz2.compress), ("a.ndjson.gz", gzip.compress)])  # fmt: skip
def test_a_frame_for_every_byte_is_read(name, compress):
    text = ndjson(*(event(number) for number in range(50)))
    receipt = outcome(name, b"".join(compress(bytes([byte])) for byte in text) + compress(b"\n") * 100_000)
    assert (receipt.outcome, receipt.rows_written) == ("written", 50)


@pytest.mark.parametrize(("log", "fault"), [(24, None), (26, None), (27, "too_large")])
def test_a_window_that_takes_too_much_memory_is_told_with_what_to_do(log, fault):
    options = {zstd.CompressionParameter.window_log: log, zstd.CompressionParameter.enable_long_distance_matching: 1}
    compressor = zstd.ZstdCompressor(options=options)
    receipt = outcome("a.ndjson.zst", compressor.compress(ndjson(event(1)) * 10_000) + compressor.flush())
    assert (receipt.fault and receipt.fault.code) == fault
    assert fault is None or "compress it without --long and --ultra" in receipt.fault.message


def test_a_name_without_an_end_in_a_header_of_gzip_is_damage():
    receipt = outcome("a.ndjson.gz", b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"x" * 3_000_000)
    assert receipt.fault.code in ("corrupt", "truncated")


def test_what_follows_a_stream_and_is_none_is_not_passed_over():
    receipt = outcome("a.ndjson.bz2", bz2.compress(ndjson(event(1))) + b"no stream")
    assert receipt.fault.code == "corrupt"
