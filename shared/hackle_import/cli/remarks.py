"""What is remarked on a drop whose rows were written: names and counts, never a value."""

from hackle_import.cli.names import listed
from hackle_import.codes import Note
from hackle_import.mapping import PRESETS, Mapping
from hackle_import.receipt import Receipt
from hackle_import.seen.sources import MOST_NAMES
from hackle_import.seen.used import named_groups


def remarks_of(receipt: Receipt) -> list[str]:
    """What a person should look at though nothing failed; none where there is nothing."""
    told = []
    if receipt.missed:
        told.append(f"{Note.SOURCE_ABSENT}: {listed(receipt.missed, len(receipt.missed))} in no row")
    if never := _never(receipt):
        told.append(f"{listed(never, len(never))} in no row, nor in the drop before")
    if receipt.new:
        told.append(f"{Note.FIELD_NEW}: {listed(receipt.new, receipt.notes.get(Note.FIELD_NEW, 0))}")
    if repeated := receipt.notes.get(Note.INSERT_ID_REPEATED):
        told.append(f"{Note.INSERT_ID_REPEATED}: {_repeats(repeated, receipt)}")
    if receipt.unused_cut:
        told.append(f"more than {MOST_NAMES} fields are used by nothing, or a row has too many: not all are counted")
    return told


def _never(receipt: Receipt) -> list[str]:
    """Absent sources that nothing is noted of, since they never were there: a typing error of the mapping's, or rare.
    Presets and Hackle's own shape take much that may always be missing."""
    if receipt.mapping in PRESETS:
        return []
    own = {source for group in named_groups(Mapping()) for source in group}
    return [source for source in receipt.absent if source not in receipt.missed and source not in own]


def _repeats(rows: int, receipt: Receipt) -> str:
    about = "about " if receipt.repeats_estimated else ""
    lines = " and ".join(f"{line:,}" for line in receipt.repeated_lines)
    return f"{about}{rows:,} row{'s' if rows > 1 else ''}" + (f", such as lines {lines}" if lines else "")
