"""JSON records of any shape -> the source columns of the native one, as a mapping says.

`where` leaves rows out, and counts them; what it cannot be asked of is a reject.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pyarrow as pa

from hackle_import.codes import Why
from hackle_import.decode import MAPS, SCALARS, Findings, MapColumn, SourceRows
from hackle_import.decode.coalesce import texts_of
from hackle_import.decode.entries import chosen_entries, filtered, joined, named_entries
from hackle_import.decode.jmespath import Evaluated, Objects, is_true
from hackle_import.decode.json import find_undecodable
from hackle_import.decode.json_maps import decode_maps
from hackle_import.decode.paths import PathDecoder, Texts
from hackle_import.decode.pivots import PivotDecoder
from hackle_import.decode.privacy import WITHHELD, Redactor
from hackle_import.mapping import NATIVE_FIELDS, Entries, Mapping, Pivot, Privacy, Value
from hackle_import.mapping.expressions import Path, path_of
from hackle_import.reading.chunks import Chunk

_Known = tuple[str, str, tuple[str, ...]]  # a pivot by value
_check_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class MappedDecoder:
    """Decodes chunks by one mapping. `max_depth` is the deepest nesting that a record may have; `hash_key` is that of
    `[privacy]`."""

    def __init__(self, mapping: Mapping, max_depth: int, hash_key: bytes = b"") -> None:
        self._fields, self._where, self._max_depth = mapping.fields or NATIVE_FIELDS, mapping.where, max_depth
        maps = [getattr(self._fields, name) for name in MAPS]
        values = [getattr(self._fields, name) for name in SCALARS] + [
            one for each in maps for one in each.named.values()
        ]
        texts = {source for value in values for source in value.sources}
        raws = {source for each in maps for source in (*each.spread, *(pivot.source for pivot in each.pivots))}
        self._paths = PathDecoder(_paths(texts), _paths(raws))
        self._redact = Redactor(mapping.privacy, hash_key) if mapping.privacy != Privacy() else None
        self._pivots = {_known(pivot): PivotDecoder(pivot) for each in maps for pivot in each.pivots}

    def __call__(self, chunk: Chunk) -> SourceRows:
        """Never raises for what a record holds."""
        return self.decoded(chunk, chunk.records)

    def decoded(self, chunk: Chunk, records: Sequence[bytes], findings: Findings | None = None) -> SourceRows:
        """`records` are the JSON that the chunk's records stand for; `findings` what is known of them already."""
        findings = findings or Findings()
        find_undecodable(replace(chunk, records=records), self._max_depth, findings)
        fitting = None if findings.rejects else self._paths.fitting(records)
        if fitting is None:
            records = _objects(records, findings)
        shown = None
        if self._redact is not None:
            shown = [WITHHELD if row in findings.rejects else self._redact(one) for row, one in enumerate(records)]
            records, fitting = [b"{}" if text is WITHHELD else text for text in shown], None
        kept = self._kept(records, findings)
        if len(kept) < len(records):
            records, fitting = [records[row] for row in kept], fitting and [fitting[row] for row in kept]
        source = _Source(self._paths, records, fitting, findings_of(findings, kept))
        texts = {name: self._scalar(source, name) for name in SCALARS}
        maps = {name: self._map(source, name) for name in MAPS}
        return SourceRows(
            [chunk.records[row] for row in kept],
            [chunk.lines[row] for row in kept],
            texts,
            maps,
            source.findings,
            filtered=len(chunk.records) - len(kept),
            shown=shown and [shown[row] for row in kept],
        )

    def _kept(self, records: Sequence[bytes], findings: Findings) -> Sequence[int]:
        if self._where is None:
            return range(len(records))
        results = Evaluated(Objects(records), _rejecting(findings, "where")).results(self._where)
        return [row for row, result in enumerate(results) if row in findings.rejects or is_true(result)]

    def _scalar(self, source: "_Source", name: str) -> pa.StringArray:
        value: Value = getattr(self._fields, name)
        texts = texts_of(value, source.columns(value, name, scalar=True), source.rows)
        return pa.array(texts, pa.string())

    def _map(self, source: "_Source", name: str) -> MapColumn:
        entries: Entries = getattr(self._fields, name)
        parts = [source.spread(spread, name, entries) for spread in entries.spread]
        pivoted = [source.pivoted(pivot, self._pivots[_known(pivot)], name) for pivot in entries.pivots]
        parts += [filtered(part, entries.only, entries.exclude) for part in pivoted]
        if entries.named or not parts:
            columns = [
                texts_of(value, source.columns(value, f"{name}.{key}", scalar=False), source.rows)
                for key, value in entries.named.items()
            ]
            parts.append(named_entries(list(entries.named), columns, source.rows))
        column = joined(parts, source.rows)
        _report_broken(column, name, source.findings)
        return column


class _Source:
    """What the kept records of one chunk hold at the sources of a mapping."""

    def __init__(
        self, paths: PathDecoder, records: Sequence[bytes], fitting: list[Any] | None, findings: Findings
    ) -> None:
        self.rows, self.findings = len(records), findings
        self._texts, self._raws = paths(records, fitting)
        self._records, self._objects = records, Objects(records)
        self._pivoted: dict[_Known, MapColumn] = {}

    def columns(self, value: Value, name: str, *, scalar: bool) -> list[list[str | None]]:
        """The texts of each source; a scalar's must be text or a number."""
        found = [self._text_column(source, name) for source in value.sources]
        for column in found if scalar else ():
            for row, kind in column.odd.items():
                self.findings.reject(row, Why.WRONG_TYPE, name, f"{kind}; text or a number is needed")
        return [column.texts for column in found]

    def raws(self, expression: str, name: str) -> list[bytes]:
        path = path_of(expression)
        return self._raws[path] if path else self._evaluated(name).raws(expression)

    def spread(self, expression: str, name: str, entries: Entries) -> MapColumn:
        """The chosen entries of whole objects."""
        if expression == "@":
            return chosen_entries(self._records, entries.only, entries.exclude)
        return filtered(decode_maps(self.raws(expression, name)), entries.only, entries.exclude)

    def pivoted(self, pivot: Pivot, decode: PivotDecoder, name: str) -> MapColumn:
        """Two maps may choose from one pivot."""
        if _known(pivot) not in self._pivoted:
            self._pivoted[_known(pivot)] = decode(self.raws(pivot.source, name))
        return self._pivoted[_known(pivot)]

    def _text_column(self, expression: str, name: str) -> Texts:
        path = path_of(expression)
        return self._texts[path] if path else self._evaluated(name).texts(expression)

    def _evaluated(self, name: str) -> Evaluated:
        return Evaluated(self._objects, _rejecting(self.findings, name))


def findings_of(findings: Findings, kept: Sequence[int]) -> Findings:
    """The same findings by the numbers that the kept rows have among themselves."""
    return Findings({number: findings.rejects[row] for number, row in enumerate(kept) if row in findings.rejects})


def _known(pivot: Pivot) -> _Known:
    return pivot.source, pivot.key, pivot.values


def _paths(expressions: set[str]) -> list[Path]:
    return [path for expression in expressions if (path := path_of(expression))]


def _objects(records: Sequence[bytes], findings: Findings) -> list[bytes]:
    """An empty object stands for a record that is none."""
    return [
        record if row not in findings.rejects and _is_object(row, record, findings) else b"{}"
        for row, record in enumerate(records)
    ]


def _is_object(row: int, record: bytes, findings: Findings) -> bool:
    try:
        _check_object(record)
    except msgspec.ValidationError:
        findings.reject(row, Why.NOT_AN_OBJECT, None)
    except msgspec.DecodeError as wrong:
        findings.reject(row, Why.NOT_JSON, None, str(wrong))
    return row not in findings.rejects


def _rejecting(findings: Findings, name: str) -> Callable[[int, str], None]:
    return lambda row, expression: findings.reject(row, Why.WRONG_TYPE, name, f"{expression} cannot be applied")


def _report_broken(column: MapColumn, name: str, findings: Findings) -> None:
    for row in column.rows_of(set(column.broken)):
        why, message = column.broken[column.row_maps[row] if column.row_maps is not None else row]
        findings.reject(row, why, name, message)
