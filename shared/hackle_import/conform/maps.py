"""The four maps: keys in lower case, the later of two equal keys, no null values, required keys, Hackle's limits."""

from itertools import accumulate

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.codes import Note, Why
from hackle_import.conform.limits import over_limits, truncated
from hackle_import.conform.osname import require_allowed, spelled
from hackle_import.decode import MAX_ENTRIES, Findings, MapColumn
from hackle_import.schema import ENCODED_MAP, MAP_LIMITS, REQUIRED_KEYS


class FlatMaps:
    """The entries of all maps of a column: keys, by a dictionary, and values, flat, and where each map begins and the
    last one ends. The keys of a map are distinct."""

    def __init__(self, keys: pa.DictionaryArray, values: pa.StringArray, starts: pa.Int32Array) -> None:
        self.keys, self.values, self.starts = keys, values, starts

    def __len__(self) -> int:
        return len(self.starts) - 1

    def maps(self) -> pa.MapArray:
        return pa.MapArray.from_arrays(self.starts, self.keys, self.values, type=ENCODED_MAP)

    def map_numbers(self) -> pa.Int64Array:
        """For each entry, the map that it belongs to."""
        return pc.list_parent_indices(pa.ListArray.from_arrays(self.starts, self.keys))


def conform_map(
    name: str, column: MapColumn, limits: str, osnames: tuple[str, ...] | None, findings: Findings
) -> pa.MapArray:
    """One map a row. `limits` is the mapping's policy; `osnames` None allows any."""
    _refuse_crowded(name, column, findings)
    flat = _lowered(column, findings)
    if name == "platform_properties":
        flat.values = spelled(flat.values, pc.equal(flat.keys, "osname"), osnames)
    over = over_limits(flat.keys, flat.values, flat.starts, flat.map_numbers, MAP_LIMITS[name])
    for note, maps in over.items():
        findings.note(column.rows_of(maps), note)
        if limits == "reject":
            findings.reject_all(column.rows_of(maps), Why.OVER_LIMIT, name, note.meaning)
    if over and limits == "truncate":
        keys, values, lengths = truncated(flat.keys, flat.values, flat.starts, MAP_LIMITS[name])
        flat = FlatMaps(keys.dictionary_encode(), values, _starts(lengths))
    for key in REQUIRED_KEYS.get(name, ()):
        _require(flat, (name, key), column, findings)
    if name == "platform_properties" and osnames is not None:
        mask = pc.equal(flat.keys, "osname")
        require_allowed(flat.values.filter(mask), flat.map_numbers().filter(mask), osnames, column, findings)
    maps = flat.maps()
    return maps if column.row_maps is None else maps.take(pa.array(column.row_maps, pa.int32()))


def _refuse_crowded(name: str, column: MapColumn, findings: Findings) -> None:
    if max(column.lengths, default=0) > MAX_ENTRIES:
        crowded = {number for number, length in enumerate(column.lengths) if length > MAX_ENTRIES}
        findings.reject_all(column.rows_of(crowded), Why.TOO_MANY_ENTRIES, name)


def _lowered(column: MapColumn, findings: Findings) -> FlatMaps:
    given = pa.array(column.keys, pa.string()).dictionary_encode()
    lowered = list(map(str.lower, given.dictionary.to_pylist()))
    if len(set(lowered)) < len(lowered):
        return _without_repeated(column, findings)
    findings.note(column.rows_of(column.repeated), Note.KEY_REPEATED)
    keys = pa.DictionaryArray.from_arrays(given.indices, pa.array(lowered, pa.string()))
    return _without_nulls(keys, pa.array(column.values, pa.string()), _starts(column.lengths))


def _starts(lengths: list[int]) -> pa.Int32Array:
    return pa.array(accumulate(lengths, initial=0), pa.int32())


def _without_nulls(keys: pa.DictionaryArray, values: pa.StringArray, starts: pa.Int32Array) -> FlatMaps:
    if not values.null_count:
        return FlatMaps(keys, values, starts)
    valid = values.is_valid()
    before = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(valid.cast(pa.int32()))])
    return FlatMaps(keys.filter(valid), values.filter(valid), before.take(starts))


def _without_repeated(column: MapColumn, findings: Findings) -> FlatMaps:
    """The long way, map by map, for a chunk in which some keys differ by case only."""
    keys: list[str] = []
    values: list[str | None] = []
    lengths: list[int] = []
    repeated, at = set(column.repeated), 0
    for number, length in enumerate(column.lengths):
        here = zip(column.keys[at : at + length], column.values[at : at + length], strict=True)
        entries = {key.lower(): value for key, value in here}
        if len(entries) < length:
            repeated.add(number)
        keys += entries
        values += entries.values()
        lengths.append(len(entries))
        at += length
    findings.note(column.rows_of(repeated), Note.KEY_REPEATED)
    encoded = pa.array(keys, pa.string()).dictionary_encode()
    return _without_nulls(encoded, pa.array(values, pa.string()), _starts(lengths))


def _require(flat: FlatMaps, place: tuple[str, str], column: MapColumn, findings: Findings) -> None:
    name, key = place
    filled = pc.and_(pc.equal(flat.keys, key), pc.greater(pc.binary_length(flat.values), 0))
    if filled.true_count < len(flat):
        lacking = set(range(len(flat))).difference(flat.map_numbers().filter(filled).to_pylist())
        findings.reject_all(column.rows_of(lacking), Why.REQUIRED_KEY_MISSING, f"{name}.{key}")
