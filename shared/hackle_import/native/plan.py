"""A mapping -> the decoder's plan: paths as a tree of names, and what is made of the values found there (builder.py).

Python is asked what JMESPath says, but for what `mapping.conditions` and where.py know (asked.py).
None for what only Python can do: plans of an unusual shape.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from hackle_import.conform import Target
from hackle_import.conform.formatted import clock_names, directives
from hackle_import.conform.osname import spelling
from hackle_import.mapping import Privacy
from hackle_import.mapping.expressions import path_of
from hackle_import.native.answers import LEFT_OUT, TOO_LONG, Learn
from hackle_import.native.builder import Builder
from hackle_import.native.library import Plan
from hackle_import.native.private import Private
from hackle_import.native.unusual import Unusual
from hackle_import.native.zones import Zone, zone_offsets
from hackle_import.schema import MAP_LIMITS, MAPS
from hackle_import.seen.used import named_groups

_OSNAMES = len(MAPS)  # its table
_COPIES = 255  # ids that were made of rows, of those with "content+copy"
_WHEN_MISSING = {"content": 0, "content+line": 1, "content+copy": 2, "reject": 3}  # 3: Python takes rows without an id
_UNITS = (None, "s", "ms", "us", "ns", "serial days")
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


def native_plan(target: Target, max_depth: int) -> Plan | None:
    """`max_depth` is the deepest nesting that a record may have."""
    builder = builder_of(target)
    return None if builder is None else plan_of(builder, target, max_depth)


def builder_of(target: Target) -> Builder | None:
    """What a mapping takes its fields from, as a plan under way; None for what only Python can do."""
    try:
        return Builder(target.mapping, _zone_name(target)) if _is_plain(target) else None
    except Unusual:
        return None


def plan_of(builder: Builder, target: Target, max_depth: int) -> Plan | None:
    """The finished plan of the target's mapping, whose builder it is. None for what only Python can do."""
    zones, fields = _zones(target), target.mapping.sources
    offsets = [number for zone in zones for offset in zone for number in offset]
    try:
        numbers = builder.numbers(_policy(target, max_depth, zones), offsets, target.hash_key.decode())
    except Unusual:
        return None
    named = {one for group in named_groups(target.mapping) for one in group}
    sources = {one: number for one in named if (number := builder.number_of(one)) is not None}
    parents = {node.number: name for name, node in builder.root.names.items()}
    learn, takes_all = _learner(target, builder.private), "@" in (*fields.texts(), *fields.objects(), *fields.lists())
    return Plan(numbers, bytes(builder.texts), learn, builder.asks.answer, sources, parents, takes_all, target.copies)


def _is_plain(target: Target) -> bool:
    return all(map(path_of, target.mapping.sources.lists()))


def _zone_name(target: Target) -> str | None:
    """What formats with `%Z` take for the zone of the mapping, if it has one name and one offset, which then are all
    that a text can mean."""
    if not any("Z" in directives(shape) for shape in target.mapping.ts.format):
        return None
    offsets = _zones(target)[0]
    for name, offset in clock_names(ZoneInfo(target.mapping.ts.zone)).items():
        if offsets == ((0, offset // _MILLISECOND),):
            return name
    return None


def _policy(target: Target, max_depth: int, zones: Sequence[Zone]) -> list[int]:
    mapping = target.mapping
    bounds = ((bound - _EPOCH) // _MILLISECOND for bound in (target.earliest, target.latest))
    unit = "serial days" if mapping.ts.excel else mapping.ts.unit
    return [
        max_depth, mapping.limits == "note", _WHEN_MISSING[_when_missing(target)],
        mapping.fillers.known, _UNITS.index(unit), 0, len(zones[0]), len(zones[0]), len(zones[1]), *bounds,
    ]  # fmt: skip


def _when_missing(target: Target) -> str:
    """Where equal ids are made of what is not equal, no rows are told apart in C: it does not count in their order."""
    told, private = target.mapping.insert_id.when_missing, target.mapping.privacy != Privacy()
    is_of_parts = target.mapping.each is not None or (private and not target.hash_key)
    return "reject" if told == "content+copy" and is_of_parts else told


def _zones(target: Target) -> tuple[Zone, Zone]:
    """Of times without an offset, and of epoch numbers."""
    names = (target.mapping.ts.zone, target.mapping.ts.epoch_timezone or "UTC")
    zone, of_epochs = (zone_offsets(name, target.earliest, target.latest) for name in names)
    return zone, of_epochs


def _learner(target: Target, private: Private) -> Learn:
    usual, maps = spelling(target.osnames or ()), target.mapping.sources.maps.values()
    globs = [([one.lower() for one in each.only], [one.lower() for one in each.exclude]) for each in maps]

    def learn(table: int, text: str) -> tuple[str, int] | None:
        if table == _COPIES:
            number = target.copies.number(text)
            return f"\ncopy {number}" if number > 1 else "", 0
        if table > _OSNAMES:
            return private.learn(table - _OSNAMES - 1, text)
        if table == _OSNAMES:
            name = usual(text)
            return (name, 0) if target.osnames is None or name in target.osnames else None
        key, (only, exclude) = text.lower(), globs[table]
        left_out = (bool(only) and not _matches(key, only)) or _matches(key, exclude)
        too_long = len(key) > MAP_LIMITS[MAPS[table]].key_characters
        return key, LEFT_OUT * left_out | TOO_LONG * too_long

    return learn


def _matches(key: str, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(key, glob) for glob in globs)
