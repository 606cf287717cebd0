"""Where a backfill's drops are told: a listing of the staging place, a list of keys, an inventory. Each goes on behind
a mark that it gave with an item, and holds no more than a page or a file of it.
"""

from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from itertools import islice

from hackle_import.backfill.inventory import told
from hackle_import.backfill.job import list_key_of
from hackle_import.backfill.selection import Item, Selection
from hackle_import.drop import INCOMING
from hackle_import.errors import Misconfigured
from hackle_import.stores.protocol import Catalogue, Listed, Store


def items(
    selection: Selection, identity: str, staging: Catalogue, inventory: Store | None, mark: str = ""
) -> Iterator[Item]:
    """Of the backfill `identity`; `inventory` is the bucket of the manifest that the selection names."""
    if inventory is not None:
        key = selection.inventory.removeprefix(f"{inventory.place}/")
        return _counted(told(inventory, key, staging.place), mark)
    if selection.listed:
        return in_list(staging.get(list_key_of(identity))[0], mark)
    return (Item(found, found.key) for found in staging.listed(selection.prefix, mark))


def checked(lines: bytes, place: str) -> bytes:
    """A list as it is kept: a key a line, with or without the place before it. Raises Misconfigured with the number of
    the first line that names nothing below incoming/."""
    kept = []
    for number, line in enumerate(_decoded(lines).splitlines(), 1):
        key = line.strip().removeprefix(f"{place}/")
        if key and not key.startswith(INCOMING):
            raise Misconfigured(f"--list, line {number}: no key below {place}/{INCOMING}")
        if key:
            kept.append(key)
    return "".join(f"{key}\n" for key in kept).encode()


def _decoded(lines: bytes) -> str:
    try:
        return lines.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Misconfigured("--list: it must be a text in UTF-8, a key a line") from None


def in_list(kept: bytes, mark: str = "") -> Iterator[Item]:
    """Of a list as it is kept."""
    lines = TextIOWrapper(BytesIO(kept), "utf-8", newline="\n")
    return _counted((Listed(line.removesuffix("\n")) for line in lines), mark)


def _counted(found: Iterator[Listed], mark: str) -> Iterator[Item]:
    """Whose marks are how many came."""
    first = int(mark or 0)
    return (Item(one, str(number)) for number, one in enumerate(islice(found, first, None), first + 1))
