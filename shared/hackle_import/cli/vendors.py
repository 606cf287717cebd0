"""Which preset knows fields such as a sample has: a vendor's export needs no mapping of one's own."""

from hackle_import.cli.sample import Name, Sample
from hackle_import.mapping import PRESETS, Value, preset
from hackle_import.mapping.expressions import path_of, roots

_OWN = "hackle"


def presets_for(sample: Sample) -> list[str]:
    """The preset with a source in the sample for each column that Hackle needs, and with most of its sources there;
    several, where none has more than another."""
    if sample.records or sample.each:
        return []
    found = {name: _known(name, sample) for name in PRESETS if name != _OWN}
    return [name for name, known in found.items() if known and known == max(found.values())]


def _known(name: str, sample: Sample) -> int:
    """How many of a preset's sources the sample has; 0 where a needed column has none."""
    fields = preset(name).sources
    platform = fields.platform_properties.named
    needed = (fields.event_key, fields.ts, fields.identifiers.named["id"], platform["osname"], platform["appversion"])
    counts = [_present(value, sample) for value in needed]
    return sum(counts) if all(counts) else 0


def _present(value: Value, sample: Sample) -> int:
    return sum(_is_there(source, sample) for source in value.sources)


def _is_there(source: str, sample: Sample) -> bool:
    path = path_of(source)
    if path is None:
        return any(name[0] in roots(source) for name in sample.fields)
    places = [place for place, step in enumerate(path) if isinstance(step, int)]
    steps: Name = tuple(map(str, path[: places[0]] if places else path))
    return any(name[: len(steps)] == steps for name in sample.fields)
