"""Which drops a backfill is of. Pure.

In: what a listing, a list or an inventory tells of objects. Out: those that are drops of the place and were asked for,
each with the mark from which to go on behind it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import msgspec

from hackle_import.drop import INCOMING, Drop
from hackle_import.errors import Misconfigured
from hackle_import.stores.protocol import Listed


class Selection(msgspec.Struct, frozen=True):
    """Drops below `prefix`, last changed at `newer` or later, and before `older`; at most `limit`. `inventory` is the
    place of a manifest that tells them, `listed` the digest of a list of keys; with neither, the place is listed."""

    prefix: str = INCOMING
    newer: datetime | None = None
    older: datetime | None = None
    limit: int | None = None
    inventory: str = ""
    listed: str = ""


class Item(NamedTuple):
    """An object, and the mark from which its source goes on behind it."""

    found: Listed
    mark: str


def chosen(items: Iterable[Item], selection: Selection, place: str, taken: int = 0) -> Iterator[Item]:
    """Of `items`, in their order; `taken` were chosen before, of those that `limit` allows."""
    right = (item for item in items if _is_chosen(item.found, selection, place))
    left = None if selection.limit is None else max(0, selection.limit - taken)
    return islice(right, left)


def _is_chosen(found: Listed, selection: Selection, place: str) -> bool:
    """Raises Misconfigured where a time is asked for that is not told."""
    if not found.key.startswith(selection.prefix) or Drop.at(place, found.key) is None:
        return False
    if selection.newer is None and selection.older is None:
        return True
    if found.modified is None:
        raise Misconfigured(f"--newer and --older ask when a drop was last changed, which is not told of {found.key}")
    is_new = selection.newer is None or found.modified >= selection.newer
    return is_new and (selection.older is None or found.modified < selection.older)
