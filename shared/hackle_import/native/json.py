"""JSON by the decoder in C. A record that is not plain goes the Python way, by the same rules, back to its place."""

from collections.abc import Iterable, Iterator

from hackle_import.engine import Converted, Engine
from hackle_import.native.library import Decoder, Elements, Lines, Records
from hackle_import.native.merged import Part, merged
from hackle_import.native.split import parts_of, whole_records
from hackle_import.reading.chunks import Chunk
from hackle_import.reading.each import Each
from hackle_import.reading.elements import EXPECTED, Find, Found
from hackle_import.reading.lines import Text, TooLong, chunk_of


def native_lines(
    texts: Iterable[Text | TooLong],
    decoder: Decoder,
    python: Engine,
    max_line_bytes: int,
    each: Each | None = None,
) -> Iterator[Converted]:
    """NDJSON. `python` takes what is not plain, and must be bound to the same target as the decoder's plan; `each` is
    what makes rows of records, where the mapping says so."""
    return merged(_parts(texts, decoder, max_line_bytes, each), python)


def _parts(
    texts: Iterable[Text | TooLong], decoder: Decoder, max_line_bytes: int, each: Each | None
) -> Iterator[Part | Chunk]:
    first = 1
    for text in texts:
        if isinstance(text, TooLong):
            chunk = text.chunk(first, max_line_bytes)
            yield from [chunk] if each is None else each(chunk)
            first += 1
            continue
        left, done = text, 0
        while left.size:
            lines = Lines(first, max_line_bytes, done=done)
            decoded = decoder.decode(left, lines)
            found = decoded.other if each is None else whole_records(decoded.other)
            records = [left.cut(start, length) for start, length in places_of(found)]
            others = chunk_of(records, numbers_of(found, first), max_line_bytes)
            yield from parts_of(decoded, first, others, each, goes_on=lines.done > 0)
            first, left, done = first + lines.count, left.behind(lines.at), lines.done


def with_sources(converted: Iterable[Converted], decoder: Decoder) -> Iterator[Converted]:
    """JSON that this decoder converts, with what it saw of the mapping's sources."""
    for one in converted:
        one.sources.add(decoder.sources())
        yield one


def native_find(decoder: Decoder, array: bool, each: Each | None = None) -> Find[Iterable[Part]]:
    """Finds the elements of JSON and decodes them in one go."""
    done = 0

    def find(text: bytes, first: int, expects: str, final: bool) -> Found[Iterable[Part]]:
        nonlocal done
        state = Elements(array, final, EXPECTED.index(expects), done=done)
        trouble, decoded = decoder.decode_elements(text, first, state)
        done = state.done
        others = others_of(text, first, decoded.other if each is None else whole_records(decoded.other))
        goes_on = done > 0
        parts = parts_of(decoded, first, others, each, goes_on=goes_on) if state.count or goes_on else None
        return Found(parts, state.count, state.at, EXPECTED[state.expects], trouble, bool(state.more))

    return find


def others_of(text: bytes, first: int, records: Records) -> Chunk:
    """Records of a text, whose first line or element is that of the drop, for Python."""
    found = [text[start : start + length] for start, length in places_of(records)]
    return Chunk(b"\n".join(found), found, numbers_of(records, first))


def numbers_of(records: Records, first: int) -> list[int]:
    """The lines or elements of a drop that records are."""
    return [first + line for line in records.line.to_pylist()]


def places_of(records: Records) -> Iterable[tuple[int, int]]:
    """Where records begin in their text, and how long they are."""
    return zip(records.start.to_pylist(), records.length.to_pylist(), strict=True)
