"""JSON records of any shape -> source columns, as a mapping says; Hackle's own shape is the mapping of its own names.

`where` leaves rows out, and counts them; what it cannot be asked of is a reject.
"""

from collections.abc import Callable, Iterable, Sequence

import pyarrow as pa
from msgspec import Struct

from hackle_import.codes import Note, Why
from hackle_import.decode import Findings, MapColumn, Reject, SourceRows
from hackle_import.decode.entries import chosen_entries, filtered, joined, named_entries, texts_of
from hackle_import.decode.fillers import note_filler_texts, note_fillers, without_fillers
from hackle_import.decode.jmespath import Evaluated, Objects, is_true
from hackle_import.decode.maps import decode_maps
from hackle_import.decode.numbers import UNREAD, NumberReader, unread_last
from hackle_import.decode.paths import Fitting, PathDecoder, Texts, path_decoder
from hackle_import.decode.pivots import PivotDecoder
from hackle_import.decode.privacy import WITHHELD, Redactor
from hackle_import.decode.undecodable import find_no_objects, find_undecodable
from hackle_import.decode.unfolded import Unfolder, as_entries, as_maps, outer_paths, unfolded
from hackle_import.decode.weight import find_heavy
from hackle_import.mapping import Entries, Mapping, Pivot, Privacy, Value, missing_texts
from hackle_import.mapping.conditions import paths_in
from hackle_import.mapping.expressions import Path, path_of
from hackle_import.reading.chunks import Chunk
from hackle_import.reading.each import RECORD
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
        self.beside = (RECORD,) if mapping.each else ()  # what an element does not have of its own
        self._missing, self.zero = missing_texts(mapping.fillers), mapping.on_bad_metric == "zero"
        texts, raws = _paths(self._fields.texts()), _paths((*self._fields.objects(), *self._fields.lists()))
        self.keeps_maps = mapping.on_bad_map == "keep"
        self._paths = path_decoder(texts, (*raws, *_paths(self._fields.numbers())))
        told = [*_paths(mapping.json), *outer_paths(_asked_for(mapping))]
        self._unfold, self._is_told = Unfolder([*outer_paths([*texts, *raws]), *told], max_depth), bool(told)
        self._looks_at_all = looks_at_all(mapping)
        self._redact = Redactor(mapping.privacy_of_rows, hash_key) if mapping.privacy != Privacy() else None
        self._used, self._asked = Used(mapping), where_names(mapping)
        named = (*self._fields.texts(), *self._fields.objects(), *self._fields.lists())
        self._not_met = {source: path for source in named if (path := path_of(source))}
        pivots = (pivot for entries in self._fields.maps.values() for pivot in entries.pivots)
        self._pivots = {_known(pivot): PivotDecoder(pivot, max_depth) for pivot in pivots}

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
        seen = unused_of(given.records, chunk.lines, self._used)  # as they were dropped
        given = self._unfolded(given)
        kept = self._kept(given.records, findings, seen)
        left_out = len(given.records) - len(kept)
        if left_out:
            seen.present |= self._met(given, kept)
            chunk, given, findings = _only(chunk, kept), given.only(kept), _findings_of(findings, kept)
        source = _Source(self._paths, given, findings, self)
        texts = {name: self._scalar(source, name, value) for name, value in self._fields.scalars.items()}
        maps = {name: self._map(source, name, entries) for name, entries in self._fields.maps.items()}
        seen.present |= source.present
        self._not_met = {source: path for source, path in self._not_met.items() if source not in seen.present}
        return SourceRows(
            chunk.records, chunk.lines, texts, maps, findings, left_out, given.shown, seen, unread, chunk.marks
        )

    def _given(self, records: Sequence[bytes], findings: Findings) -> "_Given":
        fitting = None if findings.rejects else self._paths.fitting(records)
        if fitting is None:
            find_no_objects(records, findings)
        return _Given(records, fitting)

    def _rejects(self, chunk: Chunk, findings: Findings) -> dict[int, Reject]:
        """Records that cannot be read: what else is asked of a row costs many times what it costs to find that out."""
        lines, records, is_shown = chunk.lines, chunk.records, self._redact is None
        return {
            row: Reject(lines[row], why, name, message, records[row] if is_shown else WITHHELD)
            for row, (why, name, message) in sorted(findings.rejects.items())
        }

    def _private(self, given: "_Given") -> "_Given":
        """Without what `[privacy]` names; only that is shown of a record."""
        if self._redact is None:
            return given
        shown = list(map(self._redact, given.records))
        return _Given(shown, None, shown)

    def _unfolded(self, given: "_Given") -> "_Given":
        """Where paths lead through a text, or the mapping says that it is one, what it says stands in its place."""
        if not self._unfold.tree:
            return given
        if not self._is_told and self._fits(given):
            return given
        records = [self._unfold(record) for record in given.records]
        return _Given(records, self._paths.fitting(records), given.shown)

    def _fits(self, given: "_Given") -> bool:
        """Whether no text lies where paths lead through."""
        return (given.fitting or self._paths.fitting(given.records)) is not None

    def _kept(self, records: Sequence[bytes], findings: Findings, seen: Sources) -> Sequence[int]:
        if self._where is None:
            return range(len(records))
        objects = Objects(records)
        results = Evaluated(objects, _rejecting(findings, "where")).results(self._where)
        kept = [row for row, result in enumerate(results) if row in findings.rejects or is_true(result)]
        seen.present |= objects.filled(self._asked)  # of what was read for the results
        return kept

    def _met(self, given: "_Given", kept: Sequence[int]) -> set[str]:
        """Sources that rows which `where` leaves out have: those at plain paths, until each was met once."""
        if not self._not_met:
            return set()
        left_out = given.only(sorted(set(range(len(given.records))).difference(kept)))
        texts, raws = self._paths(left_out.records, left_out.fitting)
        filled = {path for path, column in texts.items() if column.texts.count(None) < len(column.texts)}
        filled |= {path for path, column in raws.items() if column.count(b"null") < len(column)}
        return {source for source, path in self._not_met.items() if path in filled}

    def _scalar(self, source: "_Source", name: str, value: Value) -> pa.StringArray:
        any_kind = name == "metric_value" and self.zero
        found = texts_of(value, unread_last(source.scalars(value, name, any_kind=any_kind)), source.rows)
        if name in ("insert_id", "event_key"):
            note_filler_texts(found, source.findings)
        return pa.array(found, pa.string())

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
        column = joined([without_fillers(name, part, self._missing) for part in parts], source.rows)
        column.report_broken(name, source.findings)
        note_fillers(name, column, source.findings)
        return column


class _Given(Struct, frozen=True):
    """Records as JSON objects, one a row; `fitting` is what `PathDecoder.fitting` gave, `shown` what rejects show."""

    records: Sequence[bytes]
    fitting: Fitting | None = None
    shown: list[bytes] | None = None

    def only(self, rows: Sequence[int]) -> "_Given":
        return _Given(
            [self.records[row] for row in rows],
            None if self.fitting is None else self.fitting.only(rows),
            None if self.shown is None else [self.shown[row] for row in rows],
        )


class _Source:
    """What the kept records of one chunk hold at the sources of a mapping."""

    def __init__(self, paths: PathDecoder, given: _Given, findings: Findings, decoder: MappedDecoder) -> None:
        self.rows, self.findings = len(given.records), findings
        self._max_depth, self._beside, self._zero = decoder.max_depth, decoder.beside, decoder.zero
        self._keeps_maps = decoder.keeps_maps
        self._texts, self._raws = paths(given.records, given.fitting)
        self._records, self._objects = given.records, Objects(given.records)
        self._pivoted: dict[_Known, MapColumn] = {}
        self.present = set[str]()

    def columns(self, value: Value, name: str) -> list[Texts]:
        """The texts of each source."""
        found = [self._text_column(source, name) for source in value.sources]
        if value.is_number:
            read = NumberReader(value, strict=name == "metric_value").texts
            found = [
                Texts(read(self.raws(source, name)), column.odd)
                for source, column in zip(value.sources, found, strict=True)
            ]
        return found

    def scalars(self, value: Value, name: str, *, any_kind: bool) -> list[list[str | None]]:
        """The texts of each source, which must be text or a number whether it is taken or not, but with `any_kind`."""
        found = self.columns(value, name)
        for column in () if any_kind else found:
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
            return chosen_entries(self._records, entries.only, entries.exclude, self._beside)
        objects = as_maps(self.raws(expression, name), self._max_depth)
        if self._keeps_maps and (path := path_of(expression)):
            objects, odd = as_entries(objects, str(path[-1]))
            self.findings.note(odd, Note.NO_OBJECT)
        return filtered(decode_maps(objects), entries.only, entries.exclude)

    def pivoted(self, pivot: Pivot, decode: PivotDecoder, name: str) -> MapColumn:
        """Two maps may choose from one pivot."""
        if _known(pivot) not in self._pivoted:
            self._pivoted[_known(pivot)] = decode(
                [unfolded(raw, self._max_depth) for raw in self.raws(pivot.source, name)]
            )
        return self._pivoted[_known(pivot)]

    def _text_column(self, expression: str, name: str) -> Texts:
        path = path_of(expression)
        found = self._texts[path] if path else self._evaluated(name).texts(expression)
        if expression not in self.present and found.texts.count(None) < len(found.texts):
            self.present.add(expression)
        return found

    def _evaluated(self, name: str) -> Evaluated:
        if name != "metric_value":
            return Evaluated(self._objects, _rejecting(self.findings, name))
        fail = _noting(self.findings, Note.METRIC_ZERO) if self._zero else _rejecting(self.findings, name)
        return Evaluated(self._objects, fail, UNREAD)


def _only(chunk: Chunk, kept: Sequence[int]) -> Chunk:
    marks = None if chunk.marks is None else [chunk.marks[row] for row in kept]
    return Chunk(chunk.text, [chunk.records[row] for row in kept], [chunk.lines[row] for row in kept], marks=marks)


def _findings_of(findings: Findings, kept: Sequence[int]) -> Findings:
    """The same rejects by the numbers that the kept rows have among themselves."""
    return Findings({number: findings.rejects[row] for number, row in enumerate(kept) if row in findings.rejects})


def _known(pivot: Pivot) -> _Known:
    return pivot.source, pivot.key, pivot.values


def _asked_for(mapping: Mapping) -> set[Path]:
    """Where JMESPath leads: through JSON in a text as plain paths do."""
    sources = mapping.sources
    all_of = (*sources.texts(), *sources.objects(), *sources.lists(), mapping.where or "@")
    return {path for one in all_of if path_of(one) is None for path in paths_in(one)}


def _paths(expressions: Iterable[str]) -> tuple[Path, ...]:
    return tuple(path for expression in expressions if (path := path_of(expression)))


def _rejecting(findings: Findings, name: str) -> Callable[[int, str], None]:
    return lambda row, expression: findings.reject(row, Why.WRONG_TYPE, name, f"{expression} cannot be applied")


def _noting(findings: Findings, note: Note) -> Callable[[int, str], None]:
    return lambda row, _: findings.note([row], note)
