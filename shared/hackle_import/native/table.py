"""CSV and TSV by the decoder in C: what the columns of a table are to it, and the loop over the table's text.

None for what only Python can do, beside what `native_plan` names: a map of both columns and JSON, columns of JSON that
are no whole map, expressions that look at whole records, columns that nest deeper than an entry of a map, that stand
in each other's way, or that paths lead through.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from hackle_import.conform import Target
from hackle_import.decode.table import column_paths, json_columns
from hackle_import.engine import Converted, Engine
from hackle_import.mapping import Privacy
from hackle_import.mapping.expressions import Path
from hackle_import.native.builder import Builder, Node
from hackle_import.native.json import cut, merged, numbers_of
from hackle_import.native.library import Columns, Decoder, Plan, Rows
from hackle_import.native.plan import builder_of, plan_of
from hackle_import.reading.cutter import unclosed
from hackle_import.reading.dialect import Dialect
from hackle_import.reading.lines import TooLong
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
        or "\0" in dialect.delimiter
        or mapping.privacy != Privacy()
        or builder.asks.reads_all
        or _stand_in_the_way(paths)
    ):
        return None
    in_json = json_columns(mapping)
    columns = [_column(builder, path, is_json=name in in_json) for name, path in zip(header, paths, strict=True)]
    if None in columns:
        return None
    flat = [number for column in columns for number in column or ()]
    nulls = [number for text in mapping.csv.null for number in builder.text(text)]
    plan = plan_of(builder, target, max_depth)
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


def _column(builder: Builder, path: Path, *, is_json: bool) -> tuple[int, ...] | None:
    """Slot, map, key, and whether a cell is the map; None for what only Python takes. `is_json`: a cell is JSON, which
    may be a map, and is no text."""
    node, number, key = builder.root, _NONE, (0, _NONE)
    for place, name in enumerate(path):
        if node.slot != _NONE or node.pivot != _NONE:
            return None
        if node.map != _NONE:
            if number != _NONE or is_json or len(path) - place > 1:
                return None
            number, key = node.map, builder.text(str(name))
        if name not in node.names:
            return None if is_json else (_NONE, number, *key, 0)  # which must be JSON though nothing uses it
        node = node.names[str(name)]
    return _cell(node, number, key, is_json=is_json)


def _cell(node: Node, number: int, key: tuple[int, int], *, is_json: bool) -> tuple[int, ...] | None:
    """What a cell at a node is; it is an entry of map `number`, too, if that is one."""
    if node.pivot != _NONE or node.names or node.places or (node.map != _NONE) != is_json:
        return None
    if not is_json:
        return (node.slot, number, *key, 0)
    return (_NONE, node.map, *key, 1) if node.slot == _NONE else None


def native_rows(table: Table, decoder: Decoder, columns: Columns, python: Engine) -> Iterator[Converted]:
    """`python` takes what is not plain. Raises BadDrop when a quote is never closed."""
    held, line, state = b"", table.first_line, Rows(table.max_record_bytes, table.skipped)
    for text in table.texts:
        if isinstance(text, TooLong):
            if held:
                raise unclosed(line)
            yield replace(python(table.chunk_of([(line, text)])), decoder="native")
            line += 1
            continue
        whole = held + text
        decoded = decoder.decode_rows(whole, line, columns, state)
        others = table.chunk_of(list(zip(numbers_of(decoded.other, line), cut(whole, decoded.other), strict=True)))
        if decoded.rows.num_rows or decoded.left_out or len(decoded.other.line):
            yield merged(decoded, line, others, python)
        line, held = line + state.lines, whole[state.at :]
        if state.unclosed:
            raise unclosed(line)
    if held:
        raise unclosed(line)
