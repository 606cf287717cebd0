"""What is new about a drop's sources, beside the drop before it: sources that went, fields that came.

Of a folder's last drop a small document is kept. It is a hint: it decides what is noted, never what is written, and two
workers that overwrite each other's do no harm.
"""

from typing import Self

import msgspec

from hackle_import.mapping import Mapping
from hackle_import.seen.sources import MOST_NAMES, Sources
from hackle_import.seen.used import Group, named_groups


class Names(msgspec.Struct, frozen=True):
    """Sources that some row of the last drop had; fields that nothing used, of all drops as far as MOST_NAMES go."""

    present: list[str]
    unused: list[str]


class Folder(msgspec.Struct, frozen=True):
    """What is kept of a folder: the version that it was written for, and the names before that version and after it: a
    worker that is started anew must note the same."""

    version: str
    names: Names
    before: Names | None = None

    def before_version(self, version: str) -> Names | None:
        """What a drop's version is to be compared with."""
        return self.before if version == self.version else self.names

    @classmethod
    def after(cls, before: Names | None, version: str, seen: Sources) -> Self:
        """Once a version was seen whose folder had these names before."""
        known = dict.fromkeys([*(before.unused if before else ()), *sorted(seen.unused)])
        unused = list(known) if len(known) <= MOST_NAMES else sorted(seen.unused)
        return cls(version, Names(sorted(seen.present), unused), before)


def missed(absent: list[str], seen: Sources, had: set[str]) -> list[str]:
    """The absent sources that are to be noted: those that a header lacks, and those that were there before."""
    return [source for source in absent if source in had or (seen.by_header and source not in seen.asked)]


def new_fields(seen: Sources, before: Names | None) -> list[str]:
    """Unused fields that the folder did not have; none of a first drop, nor where names are values."""
    if before is None or seen.has_more:
        return []
    return sorted(seen.unused.keys() - {*before.unused, *before.present})


def needed(mapping: Mapping) -> list[Group]:
    """Sources that `on_absent = "fail"` asks for: all but those of a value with a default."""
    fields = mapping.sources
    values = [*fields.scalars.values(), *(one for entries in fields.maps.values() for one in entries.named.values())]
    optional = {value.sources for value in values if value.default is not None}
    return [group for group in named_groups(mapping) if group and group not in optional]
