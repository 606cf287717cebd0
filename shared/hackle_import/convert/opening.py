"""The one way to open a drop: its text and its mapping -> what cuts it, and what decodes that.

Each kind of text is opened here once, for both decoders: C takes it where it is there and knows the mapping, Python
takes everything else by the same rules.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from ctypes import CDLL
from itertools import chain

from msgspec import Struct, field
from msgspec.structs import replace

from hackle_import.codes import Fault, Note
from hackle_import.conform import Target
from hackle_import.decode import SourceRows
from hackle_import.decode.mapped import MappedDecoder
from hackle_import.decode.privacy import WITHHELD
from hackle_import.decode.table import MappedTable, missing_columns
from hackle_import.engine import Converted, Engine, python_engine
from hackle_import.errors import BadDrop
from hackle_import.mapping import Csv, Mapping, Privacy, resolved
from hackle_import.mapping.expressions import path_of
from hackle_import.mapping.marks import reads_cells_alone, with_the_tables_marks
from hackle_import.native.json import native_find, native_lines, with_sources
from hackle_import.native.library import Columns, Decoder, library
from hackle_import.native.merged import merged
from hackle_import.native.plan import native_plan
from hackle_import.native.table import native_rows, table_plan
from hackle_import.native.wrapped import inside_by
from hackle_import.reading.chunks import CHUNK_BYTES, Chunk, beginning
from hackle_import.reading.each import Each
from hackle_import.reading.elements import found_values, value_chunks
from hackle_import.reading.formats import HEAD_BYTES, Format, format_of
from hackle_import.reading.lines import cut_chunks, whole_lines
from hackle_import.reading.table import Table
from hackle_import.reading.table_head import TableHead, table_head, with_line_feeds, without_lines
from hackle_import.reading.wrapped import Inside, inside, unwrapped
from hackle_import.settings import Limits

DELIMITERS = {Format.CSV: ",", Format.TSV: "\t", Format.TABLE: None}
Decode = Callable[[Chunk], SourceRows]
Native = Callable[[CDLL, Engine], Iterator[Converted] | None]
"""The library in C, and what takes the records that are not plain; None for a mapping that only Python knows."""


class Opened(Struct, frozen=True):
    """A drop that is ready to be decoded. Its text can be gone through once: either by `chunks`, each of which `decode`
    takes, or by `converted`. Both raise BadDrop where the text cannot be read on. `notes`: of the drop itself."""

    target: Target
    decode: Decode
    chunks: Iterator[Chunk]
    native: Native
    notes: Counter[str] = field(default_factory=Counter)

    def converted(self, decoder: str) -> Iterator[Converted]:
        """Chunk by chunk, in the drop's order. `decoder` is one of `settings.DECODERS`: the one place that chooses."""
        python = python_engine(self.decode, self.target)
        loaded = library() if decoder == "native" else None
        made = None if loaded is None else self.native(loaded, lambda chunk: python(_shown_of(chunk, self.target)))
        converted = map(python, self.chunks) if made is None else made
        return self._noted(converted) if self.notes else converted

    def _noted(self, converted: Iterator[Converted]) -> Iterator[Converted]:
        for first in converted:
            yield replace(first, notes=first.notes + self.notes)
            break
        yield from converted


def open_drop(
    name: str, pieces: Iterable[bytes], target: Target, limits: Limits, chunk_bytes: int = CHUNK_BYTES
) -> Opened:
    """`pieces` are the drop's text as it is read; its name and the text's beginning tell the format. Raises BadDrop for
    a text that is none, and for a table whose header lacks what the mapping asks for."""
    head, text = beginning(pieces, HEAD_BYTES)
    target = replace(target, mapping=resolved(target.mapping, name, target.folders))
    kind = format_of(name, head, is_table=target.mapping.csv != Csv())
    if kind in DELIMITERS:
        return open_table(text, DELIMITERS[kind], target, limits, chunk_bytes)
    if target.mapping.records is not None:
        return open_wrapped(text, names_of(target.mapping.records), target, limits, chunk_bytes)
    if kind is Format.NDJSON:
        return open_lines(text, target, limits, chunk_bytes)
    return open_elements(text, target, limits, chunk_bytes, array=kind is Format.JSON_ARRAY)


def open_lines(pieces: Iterable[bytes], target: Target, limits: Limits, chunk_bytes: int = CHUNK_BYTES) -> Opened:
    """NDJSON."""
    most = limits.max_line_bytes

    def native(loaded: CDLL, python: Engine) -> Iterator[Converted] | None:
        plan = native_plan(target, limits.max_depth)
        texts = whole_lines(pieces, most, chunk_bytes)
        if plan is None:
            return None
        decoder = Decoder(loaded, plan)
        return with_sources(native_lines(texts, decoder, python, most, _each_of(target)), decoder)

    return _opened(target, _json_decoder(target, limits), cut_chunks(pieces, most, chunk_bytes), native)


def open_elements(
    pieces: Iterable[bytes], target: Target, limits: Limits, chunk_bytes: int = CHUNK_BYTES, *, array: bool
) -> Opened:
    """A JSON array, or objects with white space between them."""
    most = limits.max_line_bytes

    def native(loaded: CDLL, python: Engine) -> Iterator[Converted] | None:
        plan = native_plan(target, limits.max_depth)
        if plan is None:
            return None
        decoder = Decoder(loaded, plan)
        parts = found_values(pieces, native_find(decoder, array, _each_of(target)), array, most, chunk_bytes)
        return with_sources(merged(chain.from_iterable(parts), python), decoder)

    chunks = value_chunks(pieces, array=array, max_value_bytes=most, chunk_bytes=chunk_bytes)
    return _opened(target, _json_decoder(target, limits), chunks, native)


def open_wrapped(
    pieces: Iterable[bytes], path: Sequence[str], target: Target, limits: Limits, chunk_bytes: int = CHUNK_BYTES
) -> Opened:
    """JSON documents that wrap their rows, which lie at a path."""

    def opened(inside: Inside) -> Opened:
        rows = unwrapped(pieces, path, limits.max_line_bytes, inside)
        return open_elements(rows, target, limits, chunk_bytes, array=True)

    def native(loaded: CDLL, python: Engine) -> Iterator[Converted] | None:
        return opened(inside_by(loaded)).native(loaded, python)

    return replace(opened(inside), native=native)


def open_table(
    pieces: Iterable[bytes], delimiter: str | None, target: Target, limits: Limits, chunk_bytes: int = CHUNK_BYTES
) -> Opened:
    """CSV, TSV and their kin; `delimiter` is what the name says, which counts where the mapping says none. Raises
    BadDrop for a header that lacks what the mapping asks for."""
    mapping = target.mapping
    if mapping.records:
        raise BadDrop(Fault.BAD_MAPPING, "records is for JSON; a table's records are its rows")
    table, guessed = found_table(pieces, delimiter, mapping, limits, chunk_bytes)
    if mapping.each is None and reads_cells_alone(mapping):
        target = replace(target, decimal=mapping.csv.decimal, thousands=mapping.csv.thousands)
    else:
        mapping = with_the_tables_marks(mapping)
        target = replace(target, mapping=mapping)

    def native(loaded: CDLL, python: Engine) -> Iterator[Converted] | None:
        plan = table_plan(target, table.header, table.dialect, limits.max_depth)
        if plan is None:
            return None
        decoder = Decoder(loaded, plan[0])
        rows = with_sources(native_rows(table, decoder, Columns(loaded, plan[1]), python), decoder)
        return (replace(one, sources=decode.seen(one.rows_in, one.sources.present)) for one in rows)

    decode = MappedTable(table.header, table.dialect, mapping, _json_decoder(target, limits))
    if mapping.each is None:
        opened = _opened(target, decode, table.chunks(), native)
    else:
        opened = _opened(target, _json_decoder(target, limits), map(decode.as_json, table.chunks()), _no_native)
    return replace(opened, notes=Counter({Note.DELIMITER_GUESSED.value: 1})) if guessed else opened


def found_table(
    pieces: Iterable[bytes], delimiter: str | None, mapping: Mapping, limits: Limits, chunk_bytes: int = CHUNK_BYTES
) -> tuple[Table, bool]:
    """A table as its beginning and the mapping say, and whether its delimiter is a guess. Raises BadDrop for one that
    has no header."""
    found, text = _headed(pieces, delimiter, mapping)
    names, first_line = mapping.csv.header, found.skip + 1
    return Table(text, found.dialect, limits.max_line_bytes, chunk_bytes, names, first_line), found.guessed


def _headed(pieces: Iterable[bytes], named: str | None, mapping: Mapping) -> tuple[TableHead, Iterator[bytes]]:
    """What the text's beginning says, and the text from the header on."""

    def fits(names: Sequence[str]) -> bool:
        return not missing_columns(names, mapping)

    head, text = beginning(pieces, HEAD_BYTES)
    found = table_head(head, named, mapping.csv, fits)
    text = with_line_feeds(text) if found.ends_with_cr else text
    return found, without_lines(text, found.skip) if found.skip else text


def _no_native(_loaded: CDLL, _python: Engine) -> None:
    """Of what only Python knows."""


def _json_decoder(target: Target, limits: Limits) -> MappedDecoder:
    return MappedDecoder(target.mapping, limits.max_depth, target.hash_key)


def _opened(target: Target, decode: Decode, chunks: Iterator[Chunk], native: Native) -> Opened:
    if (each := _each_of(target)) is not None:
        chunks = chain.from_iterable(map(each, chunks))
    return Opened(target, decode, (_shown_of(chunk, target) for chunk in chunks), native)


def _each_of(target: Target) -> Each | None:
    """What makes rows of records, where the mapping says that they hold some."""
    return None if target.mapping.each is None else Each(names_of(target.mapping.each))


def names_of(path: str) -> list[str]:
    """The names of a plain path, as `records` and `each` are."""
    return [str(name) for name in path_of(path) or ()]


def _shown_of(chunk: Chunk, target: Target) -> Chunk:
    """What is no record cannot be searched for what `[privacy]` names: it is not shown."""
    if not chunk.unread or target.mapping.privacy == Privacy():
        return chunk
    return replace(chunk, unread=[replace(row, raw=WITHHELD) for row in chunk.unread])
