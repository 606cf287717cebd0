"""CSV and TSV by the decoder in C: what the columns of a table are to it, and the loop over the table's text.

None for what only Python can do, beside what `native_plan` names: expressions that look at whole records, columns that
nest deeper than an entry of a map, that stand in each other's way, two columns of JSON of one name, and columns of
text that paths lead through.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

import msgspec
from msgspec import Struct

from hackle_import.conform import Target
from hackle_import.decode.table import column_paths, in_order, json_columns
from hackle_import.engine import Converted, Engine
from hackle_import.mapping import Privacy
from hackle_import.mapping.expressions import Path
from hackle_import.native.builder import Builder, Node
from hackle_import.native.json import numbers_of, places_of
from hackle_import.native.library import Columns, Decoder, Plan, Rows
from hackle_import.native.merged import Part, merged
from hackle_import.native.plan import builder_of, plan_of
from hackle_import.native.private import DROP, HASH
from hackle_import.native.unusual import Unusual
from hackle_import.reading.chunks import Chunk
from hackle_import.reading.cutter import unclosed
from hackle_import.reading.dialect import Dialect
from hackle_import.reading.lines import Text, TooLong
from hackle_import.reading.table import Table

_NONE = -1
_encode = msgspec.json.encode
_MOST_NAMES = 1 << 16  # characters: a plan has every name again, as JSON
_ESCAPES = ("quotes", "text", "long")  # in the order of table.h


def table_plan(
    target: Target, header: Sequence[str], dialect: Dialect, max_depth: int
) -> tuple[Plan, list[int]] | None:
    """The plan, and the table as the decoder has it: the dialect, each column's six numbers, the null texts, and how a
    row becomes JSON."""
    mapping, paths = target.mapping, column_paths(header, target.mapping)
    builder = builder_of(target)
    if (
        builder is None
        or mapping.each is not None
        or "\0" in dialect.delimiter
        or builder.asks.reads_all
        or _stand_in_the_way(paths)
    ):
        return None
    in_json = json_columns(mapping)
    if any(header.count(name) > 1 for name in in_json):
        return None
    try:
        columns = [_column(builder, path, is_json=name in in_json) for name, path in zip(header, paths, strict=True)]
    except Unusual:
        return None
    nulls = [number for text in mapping.csv.null for number in builder.text(text)]
    names, leaves = _leaves(builder, target, header, paths)
    plan = plan_of(builder, target, max_depth)  # which numbers the nodes
    flat = [number for column in columns for number in (*column.numbers, column.node_number, column.act)]
    sections = ((6, flat), (2, nulls), (2, names), (5, leaves))
    listed = [number for each, section in sections for number in (len(section) // each, *section)]
    return None if plan is None else (plan, [*_signs(dialect, target), *listed])


def _signs(dialect: Dialect, target: Target) -> list[int]:
    """`Dialect` in table.h."""
    texts = (dialect.delimiter, dialect.comment, dialect.quote, dialect.escape, dialect.escape_quoted)
    amounts = (target.decimal, target.thousands if target.thousands.isascii() else "")
    return [
        *map(_number, texts), _ESCAPES.index(dialect.escapes), dialect.lax, dialect.trim, dialect.pad,
        *(map(_number, amounts) if (target.decimal, target.thousands) != (".", "") else (0, 0)),
    ]  # fmt: skip


def _number(text: str) -> int:
    """A few bytes, the first one lowest."""
    return int.from_bytes(text.encode(), "little")


def _leaves(
    builder: Builder, target: Target, header: Sequence[str], paths: Sequence[Path]
) -> tuple[list[int], list[int]]:
    """Names and leaves, as table.h has them; none where no id is made of a row's JSON, or only Python makes that."""
    mapping, in_json = target.mapping, json_columns(target.mapping)
    is_spliced = mapping.is_hackle and not in_json.isdisjoint(header)
    if mapping.privacy == Privacy() or target.hash_key or is_spliced or len(set(paths)) < len(paths):
        return [], []
    if sum(map(len, header)) > _MOST_NAMES:
        return [], []
    names, leaves, before = list[int](), list[int](), tuple[str, ...]()
    for number in in_order(header, mapping):
        path = tuple(map(str, paths[number]))
        act, depth = builder.private.act(path)
        texts = [builder.text(f"{_encode(name).decode()}:") for name in (path[:depth] if act == DROP else path)]
        size = sum(length for _, length in texts) + 3 * len(texts) + 4  # with commas, brackets and quotes
        shared = sum(1 for _ in takewhile(lambda two: two[0] == two[1], zip(before, path, strict=False)))
        leaves += (number, len(names) // 2, len(texts), shared, size)
        names += (one for text in texts for one in text)
        before = path
    return names, leaves


def _stand_in_the_way(paths: Sequence[Path]) -> bool:
    """Whether a column lies below another."""
    given = set(paths)
    return any(path[:end] in given for path in paths for end in range(1, len(path)))


class _Column(Struct, frozen=True):
    """`numbers`: slot, map and key of a cell that is a text; `json`: the node of one that is JSON; `act`: what
    `[privacy]` asks for."""

    act: int
    numbers: tuple[int, ...] = (_NONE, _NONE, 0, _NONE)
    json: Node | None = None

    @property
    def node_number(self) -> int:
        """Of a plan whose nodes have their numbers."""
        return self.json.number if self.json else _NONE


def _column(builder: Builder, path: Path, *, is_json: bool) -> _Column:
    """Raises Unusual for what only Python takes. JSON must be such though nothing uses it."""
    names = list(map(str, path))
    act, _ = builder.private.act(names)
    if is_json:
        return _column_of_json(builder, names, act)
    node, number, key = builder.root, _NONE, (0, _NONE)
    for place, name in enumerate(names):
        _check_object(node)
        if node.map != _NONE:
            if number != _NONE or len(names) - place > 1:
                raise Unusual
            number, key = node.map, builder.text(name)
        if name not in node.names:
            return _Column(act, (_NONE, number, *key))
        node = node.names[name]
    if node.map != _NONE or node.pivot != _NONE or node.names or node.places:
        raise Unusual
    return _Column(act, (node.slot, number, *key))


def _column_of_json(builder: Builder, names: Sequence[str], act: int) -> _Column:
    if act in (DROP, HASH):  # it must be JSON all the same
        raise Unusual
    node = builder.root
    for name in names:
        _check_object(node)
        if node.map != _NONE:
            raise Unusual
        if name not in node.names:
            return _Column(act, json=builder.node(tuple(names)))
        node = node.names[name]
    return _Column(act, json=node)


def _check_object(node: Node) -> None:
    """That columns may lie below it."""
    if node.slot != _NONE or node.pivot != _NONE:
        raise Unusual


def native_rows(table: Table, decoder: Decoder, columns: Columns, python: Engine) -> Iterator[Converted]:
    """`python` takes what is not plain. Raises BadDrop when a quote is never closed."""
    return merged(_parts(table, decoder, columns), python)


def _parts(table: Table, decoder: Decoder, columns: Columns) -> Iterator[Part | Chunk]:
    held, line, state = b"", table.first_line, Rows(table.max_record_bytes, table.skipped)
    for text in table.texts:
        if isinstance(text, TooLong):
            if held:
                raise unclosed(line)
            yield table.chunk_of([(line, text)])
            line += 1
            continue
        left, state.more = Text(held + text.head, text.piece, text.start, text.end), 1
        while state.more:
            decoded = decoder.decode_rows(left, line, columns, state)
            found = [left.cut(start, length) for start, length in places_of(decoded.other)]
            others = table.chunk_of(list(zip(numbers_of(decoded.other, line), found, strict=True)))
            if decoded.rows.num_rows or decoded.left_out or len(decoded.other.line):
                yield Part(decoded, line, others)
            line, left = line + state.lines, left.behind(state.at)
            if state.unclosed:
                raise unclosed(line)
        held = left.joined()
    if held:
        raise unclosed(line)
