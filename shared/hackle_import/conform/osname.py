"""`osname`: one of the names that the settings allow, in its usual spelling."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.codes import Why
from hackle_import.decode import Findings, MapColumn

_MAX_OSNAME = 40  # characters that are told of one that is not allowed
_SPELLINGS = {
    **dict.fromkeys(("android", "android os", "androidos", "aos"), "Android"),
    **dict.fromkeys(("ios", "iphone os", "iphoneos", "iphone", "ipad", "ipados", "ipad os"), "iOS"),
}


def spelling(osnames: tuple[str, ...]) -> Callable[[str], str]:
    """From any spelling of an operating system's name to the usual one; a name that is none of them stays."""
    spellings = {name.casefold(): name for name in osnames} | _SPELLINGS
    return lambda text: spellings.get(text.strip().casefold(), text)


def spelled(values: pa.StringArray, mask: pa.BooleanArray, osnames: tuple[str, ...] | None) -> pa.StringArray:
    """The values as they are, but those of `mask`, which are names of operating systems, in their usual spelling."""
    encoded = values.filter(mask).dictionary_encode()
    usual = spelling(osnames or ())
    names = pa.array([usual(text) for text in encoded.dictionary.to_pylist()], pa.string())
    if names.equals(encoded.dictionary):
        return values
    return pc.replace_with_mask(values, mask, names.take(encoded.indices))


def require_allowed(
    given: pa.StringArray, maps: pa.Int64Array, osnames: tuple[str, ...], column: MapColumn, findings: Findings
) -> None:
    """Rejects the rows of maps whose `osname` is another. `given` are those that there are, `maps` of which map each
    is."""
    refused = pc.invert(pc.is_in(given, pa.array(osnames, pa.string())))
    names, numbers = given.filter(refused).to_pylist(), maps.filter(refused).to_pylist()
    told = {number: _not_allowed(name, osnames) for number, name in zip(numbers, names, strict=True)}
    for row in column.rows_of(set(told)):
        message = told[row if column.row_maps is None else column.row_maps[row]]
        findings.reject(row, Why.OSNAME_NOT_ALLOWED, "platform_properties.osname", message)


def _not_allowed(name: str, osnames: tuple[str, ...]) -> str:
    """The name of a system is no person's: it is told."""
    text = name if len(name) <= _MAX_OSNAME else f"{name[:_MAX_OSNAME]}…"
    return f"`osname` is {text!r}, not one of {', '.join(osnames)}."
