"""Maps held to Hackle's limits: which are above them, and maps cut to them."""

from collections.abc import Callable
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.codes import Note
from hackle_import.schema import MapLimits


def over_limits(
    keys: pa.DictionaryArray,
    values: pa.StringArray,
    starts: pa.Int32Array,
    map_numbers: Callable[[], pa.Int64Array],
    limits: MapLimits,
) -> dict[Note, set[int]]:
    """The maps above each limit, by number; a limit that none exceeds is absent."""
    over = {
        Note.KEY_TOO_LONG: _maps_of(_longer(keys.dictionary, limits.key_characters), map_numbers, keys.indices),
        Note.VALUE_TOO_LONG: _maps_of(_longer(values, limits.value_characters), map_numbers),
        Note.TOO_MANY_KEYS: _more(starts, limits.keys),
    }
    return {note: maps for note, maps in over.items() if maps}


def truncated(
    keys: pa.DictionaryArray, values: pa.StringArray, starts: pa.Int32Array, limits: MapLimits
) -> tuple[pa.StringArray, pa.StringArray, list[int]]:
    """Texts cut to their limits and entries beyond the number left out; of keys that are equal once cut, the later
    wins."""
    places, texts, contents = starts.to_pylist(), keys.to_pylist(), values.to_pylist()
    maps = []
    for start, end in pairwise(places):
        entries = {
            key[: limits.key_characters]: value[: limits.value_characters]
            for key, value in zip(texts[start:end], contents[start:end], strict=True)
        }
        maps.append(list(entries.items())[: limits.keys])
    flat = [entry for entries in maps for entry in entries]
    return (
        pa.array([key for key, _ in flat], pa.string()),
        pa.array([value for _, value in flat], pa.string()),
        [len(entries) for entries in maps],
    )


def _longer(texts: pa.StringArray, characters: int) -> pa.BooleanArray | None:
    """Which texts are; None where none is."""
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    if longest <= characters:  # characters are never more than bytes
        return None
    return pc.greater(pc.utf8_length(texts), characters)


def _maps_of(
    texts: pa.BooleanArray | None, map_numbers: Callable[[], pa.Int64Array], indices: pa.Int32Array | None = None
) -> set[int]:
    """The maps of the entries that have such texts; `indices` say which text an entry has."""
    if texts is None:
        return set()
    return set(map_numbers().filter(texts if indices is None else texts.take(indices)).to_pylist())


def _more(starts: pa.Int32Array, most: int | None) -> set[int]:
    if most is None:
        return set()
    counts = pc.subtract(starts[1:], starts[:-1])
    return set(pc.indices_nonzero(pc.greater(counts, most)).to_pylist())
