"""Every code that a user may see, in words. docs/repair.md and the clouds' pages say the same; tests compare them."""

from typing import NamedTuple

from hackle_import.codes import Fault, Note, Why
from hackle_import.preview.ambiguities import CLASSES
from hackle_import.receipt import Outcome


class Meaning(NamedTuple):
    """What a code of this kind says, and what to do about it."""

    code: str
    kind: str
    meaning: str
    remedy: str


_NOTHING = "Nothing."
OUTCOMES = {
    Outcome.WRITTEN: ("Its rows are in the import place; `rejected` counts those that are not.", _NOTHING),
    Outcome.REJECTED: (
        "It has rows, and every one of them was rejected. What its former version wrote is gone; the rejects file is "
        "there to read.",
        "Look at `hackle-import rejects`; correct the source or the mapping, drop it again.",
    ),
    Outcome.EMPTY: (
        "It has no rows, or the mapping leaves out all of them; what its former version wrote is gone. An object of no "
        "bytes changes nothing.",
        "Look whether that is meant.",
    ),
    Outcome.SKIPPED: ("That version was handled before.", _NOTHING),
    Outcome.SUPERSEDED: ("Another worker handled it meanwhile.", _NOTHING),
    Outcome.WITHHELD: (
        "More rows were rejected than the mapping allows: nothing of it was written. The rejects file is there to "
        "read.",
        "Look at `hackle-import rejects`; correct the source or the mapping, drop it again.",
    ),
    Outcome.FAILED: (
        "The drop cannot be read: nothing of it was written. See the faults.",
        "Drop a corrected file under the same name.",
    ),
    Outcome.GONE: ("It was deleted before it was read.", _NOTHING),
    Outcome.FORGOTTEN: (
        "It was taken back: its rows left the import place, its rejected rows are deleted.",
        "Nothing; `replay` makes it again, and so does a newer file of that name.",
    ),
}
FINDINGS = {
    "newer_ledger": (
        "A newer release handled the drop: this one leaves it alone.",
        "Update hackle-import, then verify again.",
    ),
    "broken_ledger": (
        "A closed day's ledger cannot be read: somebody changed it, or cut it off.",
        "Bring back what was there. See `docs/repair.md` where that is lost.",
    ),
    "missing": (
        "The ledger lists a file that is not there. Hackle may delete below its prefix.",
        "If Hackle did not: `replay` the drop; of a closed day `day rewrite`.",
    ),
    "orphaned": (
        "No commit lists the file.",
        "If a worker is at it, verify again later; what a crashed one left goes at its drop's next event. What nobody "
        "here wrote: delete it.",
    ),
    "altered": ("Its bytes are not those that were committed.", "`replay` its drop; of a closed day `day rewrite`."),
    "rows_differ": ("It has other rows than the ledger says.", "`replay` its drop; of a closed day `day rewrite`."),
    "receipt_differs": ("A commit's files have other rows than its receipt.", "It is a bug: report it."),
    "rejects_differ": ("The rejects file is not the one that the ledger holds.", "`replay` the drop."),
    "rejects_missing": ("The rejects file is gone before its time.", "`replay` the drop."),
    "changed": ("It was replaced while it was read.", "Verify again."),
    "unexpected": (
        "It is no Parquet file of a day's folder.",
        "Look who put it there; or the setting of the folder changed.",
    ),
    "unreadable": ("It is damaged.", "`replay` its drop; of a closed day `day rewrite`."),
    "schema": ("Not Hackle's columns, types, order or nullability.", "It was not written here, or altered."),
    "insert_id_repeated": (
        "Rows have an `insert_id` that another row has.",
        "Hackle keeps one of them: take the id from a column whose values are unique.",
    ),
    "insert_id_not_uuid": ("An `insert_id` is no UUID.", "It was not written here, or altered: `replay` its drop."),
    "event_key_length": ("An `event_key` is empty or too long.", "It was not written here, or altered."),
    "null": ("A column holds null.", "It was not written here, or altered."),
    "wrong_day": ("An event is in another day's folder.", "After a change of zone: `replay`; else it was moved."),
}
ALARMS = {
    "dead-letters": ("A drop was tried as often as it may be, and given up.", "Mend the cause, then redrive."),
    "errors": (
        "The function broke off: time, memory, or a bug. It is tried again.",
        "Look at the log; raise time, memory or disk, or split the drop.",
    ),
    "oldest-message": ("A drop waits for too long.", "Look at the log; if nothing fails, allow more at once."),
    "backfill-stalled": (
        "Drops of a backfill wait, and none was done for an hour.",
        "Look at the log, and whether the queue's event source is switched on.",
    ),
    "drops-failed": ("A drop cannot be read; nothing of it was written.", "Drop a corrected file under its name."),
    "drops-withheld": (
        "More rows of a drop were rejected than its mapping allows.",
        "Read the rejects file, correct the source, drop it again.",
    ),
    "drops-rejected": (
        "Every row of a drop was rejected.",
        "`hackle-import rejects` shows them; correct the source or the mapping, drop it again.",
    ),
    "source-absent": (
        "A field that the mapping names was in no row of a drop, and was there before.",
        "Look whether it was renamed at the source; correct the mapping, then `hackle-import replay`.",
    ),
    "field-new": ("A drop has fields that the last one of its folder lacked.", "Map them, if they are wanted."),
    "reject-ratio": ("Too many rows of an hour were rejected.", "`hackle-import rejects` shows them."),
    "day-late": (
        "A day that is due is not closed, or nobody looked for hours.",
        "Look at the log; `hackle-import day close` closes it.",
    ),
    "day-changed": (
        "A day changed after it was closed, or holds drops back.",
        "`hackle-import day status` tells which; ask Hackle to import it once more.",
    ),
    "day-incomplete": ("A day was closed without what `days.toml` expects.", "Its report tells what lacks."),
    "export-failed": (
        "A day of a warehouse cannot be exported.",
        "`hackle-import status` has the warehouse's words; `hackle-import sources check` tells the grant that lacks.",
    ),
    "export-late": ("A day's table is not there for longer than its source waits.", "Ask who fills it."),
    "export-withheld": (
        "A day of a warehouse has far fewer rows than before; its former rows stay.",
        "Look at the table; `hackle-import export --accept` lets it through.",
    ),
    "export-no-tick": (
        "The exporter did not come to an end for an hour.",
        "Look at its log, and whether its schedule is switched on.",
    ),
    "no-drop": ("No drop came for long.", "Look at the source, then at the bucket's notifications."),
}
MEANINGS = [
    *(Meaning(code.value, "fault", code.meaning, code.remedy) for code in Fault),
    *(Meaning(code.value, "reject", code.meaning, code.remedy) for code in Why),
    *(Meaning(code.value, "note", code.meaning, code.remedy) for code in Note),
    *(Meaning(code, "guess", meaning, "Look at the lines that `preview` names.") for code, meaning in CLASSES.items()),
    *(Meaning(code.value, "outcome", *words) for code, words in OUTCOMES.items()),
    *(Meaning(code, "finding", *words) for code, words in FINDINGS.items()),
    *(Meaning(code, "alarm", *words) for code, words in ALARMS.items()),
]
