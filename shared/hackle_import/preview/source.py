"""A drop's text -> the decoder that `convert` would use for it, and its chunks."""

from collections.abc import Iterator
from functools import partial

from hackle_import.conform import Target
from hackle_import.convert.mapped import Decode, mapped_rows
from hackle_import.decode.json import decode_json
from hackle_import.decode.table import TableDecoder
from hackle_import.reading.chunks import Chunk
from hackle_import.reading.elements import value_chunks
from hackle_import.reading.formats import Format
from hackle_import.reading.lines import cut_chunks
from hackle_import.reading.table import Table
from hackle_import.settings import Limits

__all__ = ["Decode", "opened"]


def opened(
    kind: Format, pieces: Iterator[bytes], target: Target, limits: Limits, chunk_bytes: int
) -> tuple[Decode, Iterator[Chunk]]:
    """Raises BadDrop for a table without the columns that are needed."""
    if not target.mapping.is_native:
        return mapped_rows(kind, pieces, target, limits, chunk_bytes)
    decode, most = partial(decode_json, max_depth=limits.max_depth), limits.max_line_bytes
    if kind in (Format.CSV, Format.TSV):
        delimiter = "," if kind is Format.CSV else "\t"
        table = Table(pieces, delimiter, most, chunk_bytes)
        return TableDecoder(table.header, delimiter, limits.max_depth), table.chunks()
    if kind is Format.NDJSON:
        return decode, cut_chunks(pieces, most, chunk_bytes)
    array = kind is Format.JSON_ARRAY
    return decode, value_chunks(pieces, array=array, max_value_bytes=most, chunk_bytes=chunk_bytes)
