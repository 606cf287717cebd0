"""A drop's bytes -> chunks converted to Hackle's schema: format found, text cut, what was cut run through an engine.

Pure but for the reads of the file that is handed in. Raises BadDrop for what is the drop's own fault.
"""

from collections.abc import Iterable, Iterator
from ctypes import CDLL
from datetime import timedelta
from functools import partial

from hackle_import.conform import Target
from hackle_import.convert.mapped import open_mapped
from hackle_import.decode.json import decode_json
from hackle_import.decode.mapped import MappedDecoder
from hackle_import.decode.mapped_table import MappedTable
from hackle_import.decode.table import TableDecoder
from hackle_import.engine import Converted, Engine, python_engine
from hackle_import.errors import Misconfigured
from hackle_import.mapping import Mapping, Privacy
from hackle_import.native.json import native_find, native_lines
from hackle_import.native.library import Columns, Decoder, library
from hackle_import.native.plan import native_plan
from hackle_import.native.table import native_rows, table_plan
from hackle_import.reading.chunks import CHUNK_BYTES, beginning
from hackle_import.reading.decompress import text_pieces
from hackle_import.reading.elements import Find, found_by, found_values
from hackle_import.reading.formats import Format, format_of
from hackle_import.reading.lines import cut_chunks, whole_lines
from hackle_import.reading.pinned import PinnedReader
from hackle_import.reading.table import Table
from hackle_import.settings import Limits, Rules
from hackle_import.stores.protocol import StoredObject

_TOMORROW = timedelta(days=1)
_DELIMITERS = {Format.CSV: ",", Format.TSV: "\t"}


def target_of(mapping: Mapping, rules: Rules, found: StoredObject) -> Target:
    """Bound to the drop's upload, not to the clock: a retry must reject the same rows. Raises Misconfigured when the
    mapping hashes and there is no key: no value may go on unhashed."""
    if mapping.privacy.hash and not rules.hash_key:
        raise Misconfigured("HACKLE_HASH_KEY is not set: the mapping has [privacy] hash; set it to a long random text")
    return Target(mapping, rules.earliest, found.modified + _TOMORROW, rules.osnames, rules.hash_key)


def convert(
    name: str,
    source: PinnedReader,
    target: Target,
    limits: Limits,
    chunk_bytes: int = CHUNK_BYTES,
    decoder: str = "native",
) -> Iterator[Converted]:
    """Chunk by chunk, in the drop's order. `name` tells the format; `decoder` is one of `settings.DECODERS`."""
    head, text = beginning(text_pieces(name, source, limits), chunk_bytes)
    kind = format_of(name, head)
    if target.mapping.privacy != Privacy():
        engine, chunks = open_mapped(kind, text, target, limits, chunk_bytes)
        return map(engine, chunks)
    if kind in _DELIMITERS:
        return _table(kind, text, target, limits, chunk_bytes, decoder)
    return _json(kind, text, target, limits, chunk_bytes, decoder)


def _table(
    kind: Format, text: Iterator[bytes], target: Target, limits: Limits, chunk_bytes: int, decoder: str
) -> Iterator[Converted]:
    csv = target.mapping.csv
    delimiter = csv.delimiter or _DELIMITERS[kind]
    table = Table(text, delimiter, limits.max_line_bytes, chunk_bytes, csv.header)
    return table_rows(table, _table_engine(table, target, limits), target, limits.max_depth, decoder)


def _json(
    kind: Format, text: Iterator[bytes], target: Target, limits: Limits, chunk_bytes: int, decoder: str
) -> Iterator[Converted]:
    python = _json_engine(target, limits)
    if kind is Format.NDJSON:
        return line_rows(text, python, target, limits, chunk_bytes, decoder)
    find = value_finder(python, target, limits.max_depth, decoder, array=kind is Format.JSON_ARRAY)
    return found_values(text, find, kind is Format.JSON_ARRAY, limits.max_line_bytes, chunk_bytes)


def line_rows(
    pieces: Iterable[bytes], python: Engine, target: Target, limits: Limits, chunk_bytes: int, decoder: str
) -> Iterator[Converted]:
    """NDJSON by the decoder in C where there is one."""
    native, most = _native(target, limits.max_depth, decoder), limits.max_line_bytes
    if native is None:
        return map(python, cut_chunks(pieces, most, chunk_bytes))
    return native_lines(whole_lines(pieces, most, chunk_bytes), native, python, most)


def value_finder(python: Engine, target: Target, max_depth: int, decoder: str, *, array: bool) -> Find[Converted]:
    """Elements of JSON, likewise."""
    native = _native(target, max_depth, decoder)
    return found_by(python, array) if native is None else native_find(native, python, array)


def table_rows(table: Table, python: Engine, target: Target, max_depth: int, decoder: str) -> Iterator[Converted]:
    """Records of a table, likewise."""
    native, plan = _library(decoder), table_plan(target, table.header, table.delimiter, max_depth)
    if native is None or plan is None:
        return map(python, table.chunks())
    return native_rows(table, Decoder(native, plan[0]), Columns(native, plan[1]), python)


def _native(target: Target, max_depth: int, decoder: str) -> Decoder | None:
    native, plan = _library(decoder), native_plan(target, max_depth)
    return None if native is None or plan is None else Decoder(native, plan)


def _library(decoder: str) -> CDLL | None:
    """The decoder in C where it is wanted and there: the one place where that is chosen."""
    return library() if decoder == "native" else None


def _json_engine(target: Target, limits: Limits) -> Engine:
    if target.mapping.is_native:
        return python_engine(partial(decode_json, max_depth=limits.max_depth), target)
    return python_engine(MappedDecoder(target.mapping, limits.max_depth), target)


def _table_engine(table: Table, target: Target, limits: Limits) -> Engine:
    """Raises BadDrop for a header that lacks what is needed."""
    if target.mapping.is_native:
        return python_engine(TableDecoder(table.header, table.delimiter, limits.max_depth), target)
    decoder = MappedDecoder(target.mapping, limits.max_depth)
    return python_engine(MappedTable(table.header, table.delimiter, target.mapping, decoder), target)
