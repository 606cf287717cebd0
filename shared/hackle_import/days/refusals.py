"""When a day is left as it is, because what it is made of cannot be known: what was wrong, and what to do. Pure.

What requires something raises TryAgain, before anything is announced."""

from collections.abc import Collection, Sequence

from hackle_import.days.deciding import is_of_a_close
from hackle_import.days.document import Generation
from hackle_import.errors import TryAgain
from hackle_import.writing.layout import source_of


def require_ledgers(day: str, generation: Generation, names: Collection[str]) -> None:
    """A drop without a ledger was not taken back. `names` are the drops that have one; adopted files need none."""
    for one in (one for group in generation.groups for one in group.inputs):
        source = source_of(one.key)
        if source and source not in names and not one.adopted:
            told = f"state/{source}.json, the ledger of a drop that the day shows, is not there"
            raise TryAgain(f"{day}: {told}: bring it back, or `replay` the drop")


def require_none_of_others(day: str, published: Sequence[str]) -> None:
    """Of a day that was never closed: where a close wrote files that this ledger does not know."""
    if others := [key for key in published if is_of_a_close(key)]:
        told = f"{day}: the import place has {others[0]}, which days/{day}/ledger.json does not know"
        why = "is it published from another staging place, or was days/ deleted?"
        raise TryAgain(f"{told}: {why} Bring the ledger back, or delete that file")


def require_folder(day: str, generation: Generation, folder: str) -> None:
    """Drops' files and the day's own lie in one folder: with another one the drops would seem to have lost their
    rows."""
    if elsewhere := lies_elsewhere(generation, folder):
        told = f"{day}: it was closed as {elsewhere}, and HACKLE_DAY_FOLDER says {folder}/ now"
        raise TryAgain(f"{told}: set it back, for a closed day stays in its folder")


def lies_elsewhere(generation: Generation, folder: str) -> str:
    """A file of the day that is not in its folder; empty for none."""
    keys = (key for group in generation.groups for key in group.keys)
    return next((key for key in keys if not key.startswith(f"{folder}/")), "")


def not_open(day: str, key: str) -> TryAgain:
    """Of a drop's file that a generation needs."""
    return TryAgain(f"{day}: {key} is in its drop's ledger, and not below open/: `replay` the drop")
