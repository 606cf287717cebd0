"""CSV and TSV by the decoder in C: what the columns of a table are to it, and the loop over the table's text.

None for what only Python can do, beside what `native_plan` names: a map of both columns and JSON, columns of JSON,
columns that nest deeper than an entry of a map, or that stand in each other's way.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hackle_import.conform import Target
from hackle_import.decode import MAPS, SCALARS
from hackle_import.engine import Converted, Engine
from hackle_import.mapping import NATIVE_FIELDS, Entries, Fields, Value
from hackle_import.native.json import cut, merged, numbers_of
from hackle_import.native.library import Columns, Decoder, Plan, Rows
from hackle_import.native.plan import Builder, builder_of, plan_of
from hackle_import.reading.lines import TooLong
from hackle_import.reading.table import Table, unclosed

_NONE = -1


def table_plan(target: Target, header: Sequence[str], delimiter: str, max_depth: int) -> tuple[Plan, list[int]] | None:
    """The plan, and the columns as table.h has them."""
    mapping = target.mapping
    fields = _own_fields(header) if mapping.is_native else mapping.fields or NATIVE_FIELDS
    builder = None if fields is None or delimiter == "\0" or mapping.csv.json else builder_of(fields, mapping)
    if builder is None or fields is None:
        return None
    paths = [[name] if mapping.is_native else name.split(".") for name in header]
    if any(one != other and one == other[: len(one)] for one in paths for other in paths):
        return None
    columns = [_column(builder, path, is_object=mapping.is_native) for path in paths]
    if any(column is None for column in columns):
        return None
    nulls = [number for text in mapping.csv.null for number in builder.text(text)]
    flat = [number for column in columns if column is not None for number in column]
    plan = plan_of(builder, fields, target, max_depth)
    return plan, [ord(delimiter), len(columns), *flat, len(nulls) // 2, *nulls]


def _own_fields(header: Sequence[str]) -> Fields | None:
    """A table in the native shape as a mapping of its columns; None where a map is both JSON and columns."""
    scalars = {name: Value((name,)) for name in SCALARS if name in header}
    maps = {name: _own_entries(name, header) for name in MAPS}
    if any(one.spread and one.named for one in maps.values()):
        return None
    return Fields(**scalars, **maps)  # type: ignore[arg-type]


def _own_entries(name: str, header: Sequence[str]) -> Entries:
    prefix = f"{name}."
    keys = [column.removeprefix(prefix) for column in header if column.startswith(prefix)]
    named = {key: Value((json.dumps(prefix + key, ensure_ascii=False),)) for key in keys}
    return Entries(spread=(name,) if name in header else (), named=named)


def _column(builder: Builder, path: Sequence[str], *, is_object: bool) -> tuple[int, ...] | None:
    """Slot, map, key, and whether a cell is the map. `is_object`: a cell may be one."""
    node, number, key = builder.root, _NONE, (0, _NONE)
    for place, name in enumerate(path):
        if node.slot != _NONE or node.pivot != _NONE:
            return None
        if node.map != _NONE:
            if number != _NONE or len(path) - place > 1:
                return None
            number, key = node.map, builder.text(name)
        if name not in node.names:
            return (_NONE, number, *key, 0)
        node = node.names[name]
    if node.map != _NONE and is_object:
        return (node.slot, node.map, *key, 1)
    return None if node.map != _NONE or node.pivot != _NONE else (node.slot, number, *key, 0)


def native_rows(table: Table, decoder: Decoder, columns: Columns, python: Engine) -> Iterator[Converted]:
    """`python` takes what is not plain. Raises BadDrop when a quote is never closed."""
    held, line, state = b"", 1, Rows(table.max_record_bytes, table.skipped)
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
        if decoded.rows.num_rows or len(decoded.other.line):
            yield merged(decoded, line, others, python)
        line, held = line + state.lines, whole[state.at :]
        if state.unclosed:
            raise unclosed(line)
    if held:
        raise unclosed(line)
