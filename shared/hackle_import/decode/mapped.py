"""JSON records of any shape -> source columns, as a mapping says; Hackle's own shape is the mapping of its own names.

`where` leaves rows out, and counts them; what it cannot be asked of is a reject.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from hackle_import.codes import Why
from hackle_import.decode import Findings, MapColumn, Reject, SourceRows
from hackle_import.decode.entries import chosen_entries, filtered, joined, named_entries, texts_of
from hackle_import.decode.jmespath import Evaluated, Objects, is_true
from hackle_import.decode.maps import decode_maps
from hackle_import.decode.paths import PathDecoder, Texts, path_decoder
from hackle_import.decode.pivots import PivotDecoder
from hackle_import.decode.privacy import WITHHELD, Redactor
from hackle_import.decode.undecodable import find_no_objects, find_undecodable
from hackle_import.decode.weight import find_heavy
from hackle_import.mapping import Entries, Mapping, Pivot, Privacy, Value
from hackle_import.mapping.expressions import Path, path_of
from hackle_import.reading.chunks import Chunk
from hackle_import.seen.sources import Sources, unused_of
from hackle_import.seen.used import Used, where_names

_Known = tuple[str, str, tuple[str, ...]]  # a pivot by value


def looks_at_all(mapping: Mapping) -> bool:
    """Whether it has values decoded that it does not take as they are: for JMESPath, or `[privacy]`."""
    sources = mapping.sources
    expressions = [*sources.texts(), *sources.objects(), *sources.lists()]
    return mapping.where is not None or mapping.privacy != Privacy() or not all(map(path_of, expressions))


class MappedDecoder:
    """Decodes chunks by one mapping. `max_depth` is the deepest nesting that a record may have; `hash_key` is that of
    `[privacy]`."""

    def __init__(self, mapping: Mapping, max_depth: int, hash_key: bytes = b"") -> None:
        self._fields, self._where, self.max_depth = mapping.sources, mapping.where, max_depth
        raws = (*self._fields.objects(), *self._fields.lists())
        self._paths = path_decoder(_paths(self._fields.texts()), _paths(raws))
        self._looks_at_all = looks_at_all(mapping)
        self._redact = Redactor(mapping.privacy, hash_key) if mapping.privacy != Privacy() else None
        self._used, self._asked = Used(mapping), where_names(mapping)
        pivots = (pivot for entries in self._fields.maps.values() for pivot in entries.pivots)
        self._pivots = {_known(pivot): PivotDecoder(pivot) for pivot in pivots}

    def __call__(self, chunk: Chunk) -> SourceRows:
        """Never raises for what a record holds."""
        findings = Findings()
        find_undecodable(chunk, self.max_depth, findings)
        return self.decoded(chunk, chunk.records, findings)

    def decoded(self, chunk: Chunk, records: Sequence[bytes], findings: Findings) -> SourceRows:
        """`records` are the JSON that the chunk's records stand for; `findings` what is known of them already."""
        if self._looks_at_all:
            find_heavy(records, findings)
        given = self._given(records, findings)
        unread = self._rejects(chunk, findings)
        if unread:
            kept: Sequence[int] = [row for row in range(len(records)) if row not in findings.rejects]
            chunk, given, findings = _only(chunk, kept), given.only(kept), Findings()
        given = self._private(given)
        seen = self._seen(given.records)
        kept = self._kept(given.records, findings, seen)
        left_out = len(given.records) - len(kept)
        if left_out:
            chunk, given, findings = _only(chunk, kept), given.only(kept), _findings_of(findings, kept)
        source = _Source(self._paths, given, findings)
        texts = {name: self._scalar(source, name, value) for name, value in self._fields.scalars.items()}
        maps = {name: self._map(source, name, entries) for name, entries in self._fields.maps.items()}
        seen.present |= source.present
        return SourceRows(chunk.records, chunk.lines, texts, maps, findings, left_out, given.shown, seen, unread)

    def _seen(self, records: Sequence[bytes]) -> Sources:
        """Of JSON; a table tells by its header."""
        return unused_of(records, self._used)

    def _given(self, records: Sequence[bytes], findings: Findings) -> "_Given":
        fitting = None if findings.rejects else self._paths.fitting(records)
        if fitting is None:
            find_no_objects(records, findings)
        return _Given(records, fitting)

    def _rejects(self, chunk: Chunk, findings: Findings) -> list[Reject]:
        """Records that cannot be read: what else is asked of a row costs many times what it costs to find that out."""
        lines, records, is_shown = chunk.lines, chunk.records, self._redact is None
        return [
            Reject(lines[row], why, name, message, records[row] if is_shown else WITHHELD)
            for row, (why, name, message) in findings.rejects.items()
        ]

    def _private(self, given: "_Given") -> "_Given":
        """Without what `[privacy]` names; only that is shown of a record."""
        if self._redact is None:
            return given
        shown = list(map(self._redact, given.records))
        return _Given(shown, None, shown)

    def _kept(self, records: Sequence[bytes], findings: Findings, seen: Sources) -> Sequence[int]:
        if self._where is None:
            return range(len(records))
        objects = Objects(records)
        results = Evaluated(objects, _rejecting(findings, "where")).results(self._where)
        seen.present |= objects.filled(self._asked)
        return [row for row, result in enumerate(results) if row in findings.rejects or is_true(result)]

    def _scalar(self, source: "_Source", name: str, value: Value) -> pa.StringArray:
        return pa.array(texts_of(value, source.scalars(value, name), source.rows), pa.string())

    def _map(self, source: "_Source", name: str, entries: Entries) -> MapColumn:
        parts = [source.spread(spread, name, entries) for spread in entries.spread]
        pivoted = [source.pivoted(pivot, self._pivots[_known(pivot)], name) for pivot in entries.pivots]
        parts += [filtered(part, entries.only, entries.exclude) for part in pivoted]
        if entries.named or not parts:
            columns = [
                texts_of(value, [column.texts for column in source.columns(value, f"{name}.{key}")], source.rows)
                for key, value in entries.named.items()
            ]
            parts.append(named_entries(list(entries.named), columns, source.rows))
        column = joined(parts, source.rows)
        column.report_broken(name, source.findings)
        return column


@dataclass(frozen=True, slots=True)
class _Given:
    """Records as JSON objects, one a row; `fitting` is what `PathDecoder.fitting` gave, `shown` what rejects show."""

    records: Sequence[bytes]
    fitting: list[Any] | None = None
    shown: list[bytes] | None = None

    def only(self, rows: Sequence[int]) -> "_Given":
        return _Given(
            [self.records[row] for row in rows],
            None if self.fitting is None else [self.fitting[row] for row in rows],
            None if self.shown is None else [self.shown[row] for row in rows],
        )


class _Source:
    """What the kept records of one chunk hold at the sources of a mapping."""

    def __init__(self, paths: PathDecoder, given: _Given, findings: Findings) -> None:
        self.rows, self.findings = len(given.records), findings
        self._texts, self._raws = paths(given.records, given.fitting)
        self._records, self._objects = given.records, Objects(given.records)
        self._pivoted: dict[_Known, MapColumn] = {}
        self.present = set[str]()

    def columns(self, value: Value, name: str) -> list[Texts]:
        """The texts of each source."""
        return [self._text_column(source, name) for source in value.sources]

    def scalars(self, value: Value, name: str) -> list[list[str | None]]:
        """The texts of each source, which must be text or a number whether it is taken or not."""
        found = self.columns(value, name)
        for column in found:
            for row, kind in column.odd.items():
                self.findings.reject(row, Why.WRONG_TYPE, name, f"{kind}; text or a number is needed")
        return [column.texts for column in found]

    def raws(self, expression: str, name: str) -> list[bytes]:
        path = path_of(expression)
        found = self._raws[path] if path else self._evaluated(name).raws(expression)
        if expression not in self.present and found.count(b"null") < len(found):
            self.present.add(expression)
        return found

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
        found = self._texts[path] if path else self._evaluated(name).texts(expression)
        if expression not in self.present and found.texts.count(None) < len(found.texts):
            self.present.add(expression)
        return found

    def _evaluated(self, name: str) -> Evaluated:
        return Evaluated(self._objects, _rejecting(self.findings, name))


def _findings_of(findings: Findings, kept: Sequence[int]) -> Findings:
    """The same rejects by the numbers that the kept rows have among themselves."""
    return Findings({number: findings.rejects[row] for number, row in enumerate(kept) if row in findings.rejects})


def _only(chunk: Chunk, rows: Sequence[int]) -> Chunk:
    return Chunk(chunk.text, [chunk.records[row] for row in rows], [chunk.lines[row] for row in rows])


def _known(pivot: Pivot) -> _Known:
    return pivot.source, pivot.key, pivot.values


def _paths(expressions: Iterable[str]) -> tuple[Path, ...]:
    return tuple(path for expression in expressions if (path := path_of(expression)))


def _rejecting(findings: Findings, name: str) -> Callable[[int, str], None]:
    return lambda row, expression: findings.reject(row, Why.WRONG_TYPE, name, f"{expression} cannot be applied")
