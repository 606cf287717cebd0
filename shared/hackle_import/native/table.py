"""CSV and TSV by the decoder in C: what the columns of a table are to it, and the loop over the table's text.

None for what only Python can do, beside what `native_plan` names: expressions that look at whole records, columns that
nest deeper than an entry of a map, that stand in each other's way, two columns of JSON of one name, and columns of
text that paths lead through.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from hackle_import.conform import Target
from hackle_import.decode.table import column_paths, json_columns
from hackle_import.engine import Converted, Engine
from hackle_import.mapping import Privacy
from hackle_import.mapping.expressions import Path
from hackle_import.native.builder import Builder, Node
from hackle_import.native.json import numbers_of, places_of
from hackle_import.native.library import Columns, Decoder, Plan, Rows
from hackle_import.native.merged import Part, merged
from hackle_import.native.plan import builder_of, plan_of
from hackle_import.reading.chunks import Chunk
from hackle_import.reading.cutter import unclosed
from hackle_import.reading.dialect import Dialect
from hackle_import.reading.lines import Text, TooLong
from hackle_import.reading.table import Table

_NONE = -1
_ESCAPES = ("quotes", "text", "long")  # in the order of table.h


def table_plan(
    target: Target, header: Sequence[str], dialect: Dialect, max_depth: int
) -> tuple[Plan, list[int]] | None:
    """The plan, and the columns as the decoder has them: the dialect, each column's five numbers, the null texts."""
    mapping, paths = target.mapping, column_paths(header, target.mapping)
    builder = builder_of(target)
    if (
        builder is None
        or mapping.each is not None
        or "\0" in dialect.delimiter
        or mapping.privacy != Privacy()
        or builder.asks.reads_all
        or _stand_in_the_way(paths)
    ):
        return None
    in_json = json_columns(mapping)
    if any(header.count(name) > 1 for name in in_json):
        return None
    columns = [_column(builder, path, is_json=name in in_json) for name, path in zip(header, paths, strict=True)]
    if None in columns:
        return None
    nulls = [number for text in mapping.csv.null for number in builder.text(text)]
    plan = plan_of(builder, target, max_depth)  # which numbers the nodes
    flat = [number for column in columns if column for number in (*column.numbers, column.node_number)]
    return None if plan is None else (plan, [*_signs(dialect, target), len(columns), *flat, len(nulls) // 2, *nulls])


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


def _stand_in_the_way(paths: Sequence[Path]) -> bool:
    """Whether a column lies below another."""
    given = set(paths)
    return any(path[:end] in given for path in paths for end in range(1, len(path)))


class _Column(Struct, frozen=True):
    """`numbers`: slot, map and key of a cell that is a text; `json`: the node of one that is JSON."""

    numbers: tuple[int, ...] = (_NONE, _NONE, 0, _NONE)
    json: Node | None = None

    @property
    def node_number(self) -> int:
        """Of a plan whose nodes have their numbers."""
        return self.json.number if self.json else _NONE


def _column(builder: Builder, path: Path, *, is_json: bool) -> _Column | None:
    """None for what only Python takes. JSON must be such though nothing uses it."""
    node, number, key = builder.root, _NONE, (0, _NONE)
    for place, name in enumerate(path):
        if node.slot != _NONE or node.pivot != _NONE:
            return None
        if node.map != _NONE:
            if number != _NONE or is_json or len(path) - place > 1:
                return None
            number, key = node.map, builder.text(str(name))
        if name not in node.names:
            return _Column(json=builder.node(path)) if is_json else _Column((_NONE, number, *key))
        node = node.names[str(name)]
    if is_json:
        return _Column(json=node)
    is_text = node.map == node.pivot == _NONE and not node.names and not node.places
    return _Column((node.slot, number, *key)) if is_text else None


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
