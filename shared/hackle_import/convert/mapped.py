"""A drop that a mapping describes -> its chunks and the engine for them: `convert`'s way for whatever is not native."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from hackle_import.conform import Target
from hackle_import.decode import SourceRows
from hackle_import.decode.mapped import MappedDecoder
from hackle_import.decode.mapped_table import MappedTable
from hackle_import.decode.privacy import WITHHELD
from hackle_import.engine import Engine, python_engine
from hackle_import.mapping import Privacy
from hackle_import.reading.chunks import Chunk
from hackle_import.reading.elements import value_chunks
from hackle_import.reading.formats import Format
from hackle_import.reading.lines import cut_chunks
from hackle_import.reading.table import Table
from hackle_import.settings import Limits

Decode = Callable[[Chunk], SourceRows]


def open_mapped(
    kind: Format, pieces: Iterator[bytes], target: Target, limits: Limits, chunk_bytes: int
) -> tuple[Engine, Iterator[Chunk]]:
    """Raises BadDrop for a table whose header lacks what the mapping asks for."""
    decode, chunks = mapped_rows(kind, pieces, target, limits, chunk_bytes)
    return python_engine(decode, target), chunks


def mapped_rows(
    kind: Format, pieces: Iterator[bytes], target: Target, limits: Limits, chunk_bytes: int
) -> tuple[Decode, Iterator[Chunk]]:
    """The decoder, and the chunks for it. Raises BadDrop likewise."""
    mapping, most = target.mapping, limits.max_line_bytes
    decoder = MappedDecoder(mapping, limits.max_depth, target.hash_key)
    if kind in (Format.CSV, Format.TSV):
        delimiter = mapping.csv.delimiter or ("," if kind is Format.CSV else "\t")
        table = Table(pieces, delimiter, most, chunk_bytes, mapping.csv.header)
        return MappedTable(table.header, delimiter, mapping, decoder), _private(table.chunks(), target)
    if kind is Format.NDJSON:
        return decoder, _private(cut_chunks(pieces, most, chunk_bytes), target)
    array = kind is Format.JSON_ARRAY
    return decoder, _private(value_chunks(pieces, array=array, max_value_bytes=most, chunk_bytes=chunk_bytes), target)


def _private(chunks: Iterator[Chunk], target: Target) -> Iterator[Chunk]:
    """What is no record cannot be searched for what `[privacy]` names: it is withheld."""
    if target.mapping.privacy == Privacy():
        return chunks
    return (replace(chunk, unread=[replace(row, raw=WITHHELD) for row in chunk.unread]) for chunk in chunks)
