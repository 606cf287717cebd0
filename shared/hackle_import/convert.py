"""A drop's bytes -> chunks converted to Hackle's schema: format found, text cut into records, records run through
the engine.

Pure but for the reads of the file that is handed in. Raises BadDrop for what is the drop's own fault.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import chain, islice

from hackle_import.conform import Target
from hackle_import.decode import SourceRows
from hackle_import.decode.json import decode_json
from hackle_import.decode.table import TableDecoder
from hackle_import.decompress import text_pieces
from hackle_import.engine import Converted, Engine, python_engine
from hackle_import.formats import Format, format_of
from hackle_import.mapping import Mapping
from hackle_import.reading import PinnedReader
from hackle_import.records import CHUNK_BYTES, Chunk, blocks
from hackle_import.records.lines import line_chunks
from hackle_import.records.table import Table
from hackle_import.records.values import value_chunks
from hackle_import.settings import Limits, Rules
from hackle_import.stores.protocol import StoredObject

_TOMORROW = timedelta(days=1)
_DELIMITERS = {Format.CSV: ",", Format.TSV: "\t"}


def target_of(mapping: Mapping, rules: Rules, found: StoredObject) -> Target:
    """Bound to the drop's upload, not to the clock: a retry must reject the same rows."""
    return Target(mapping, rules.earliest, found.modified + _TOMORROW, rules.osnames)


def convert(
    name: str, source: PinnedReader, target: Target, limits: Limits, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[Converted]:
    """Chunk by chunk, in the drop's order. `name` tells the format."""
    pieces = blocks(text_pieces(name, source, limits), chunk_bytes)
    head = b"".join(islice(pieces, 1))
    kind = format_of(name, head)
    engine, chunks = _opened(kind, chain([head], pieces), target, limits, chunk_bytes)
    return map(engine, chunks)


def _opened(
    kind: Format, pieces: Iterator[bytes], target: Target, limits: Limits, chunk_bytes: int
) -> tuple[Engine, Iterator[Chunk]]:
    json: Callable[[Chunk], SourceRows] = partial(decode_json, max_depth=limits.max_depth)
    if kind in _DELIMITERS:
        table = Table(pieces, _DELIMITERS[kind], limits.max_line_bytes, chunk_bytes)
        return python_engine(TableDecoder(table.header, _DELIMITERS[kind]), target), table.chunks()
    if kind is Format.NDJSON:
        return python_engine(json, target), line_chunks(pieces, limits.max_line_bytes, chunk_bytes)
    array = kind is Format.JSON_ARRAY
    return python_engine(json, target), value_chunks(
        pieces, array=array, max_value_bytes=limits.max_line_bytes, chunk_bytes=chunk_bytes
    )
