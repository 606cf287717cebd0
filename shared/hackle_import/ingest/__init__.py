"""A drop, which an event hinted at, becomes its receipt. The story, in steps: look, decide, convert, announce the
uploads, upload, commit, clean up.

Events may come twice, late or out of order: the object as it is now decides. What is the drop's own fault is recorded;
everything else raises and is delivered again.
"""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from hackle_import.convert import repeats_by
from hackle_import.drop import Drop
from hackle_import.errors import BadDrop, Changed, NotFound, TryAgain, forget_frames
from hackle_import.exports import is_manifest_name
from hackle_import.ingest.attempt import Attempt
from hackle_import.ingest.folders import LastDrop
from hackle_import.ingest.rounds import Rounds
from hackle_import.ingest.steps import Steps
from hackle_import.ingest.tally import Tally, superseded
from hackle_import.ingest.timing import Timing, until
from hackle_import.ingest.version import taken_back, version_of
from hackle_import.mapping import Mapping, find_mapping, is_preset
from hackle_import.places import Places
from hackle_import.receipt import Outcome, Receipt
from hackle_import.settings import Rules
from hackle_import.stores.protocol import Store
from hackle_import.writing.rejects import RejectsFile, rejects_room

# Before the platform does: a drop that takes too long ends with a reason. One step without a look at the time, such as
# the last row group of a file, takes a second or two.
STOP_BEFORE = timedelta(seconds=10)
T = TypeVar("T")
ROUNDS = 5  # of looking again because another worker was quicker; then the platform may deliver the event again


def ingest(
    drop: Drop,
    places: Places,
    rules: Rules,
    clock: Callable[[], datetime],
    *,
    mapping: Mapping | None = None,
    price_per_second: float | None = None,
    again: bool = False,
    deadline: datetime | None = None,
    counted: Callable[[int], None] | None = None,
) -> Receipt:
    """Handles a drop as it is now. `mapping` overrides the drop's own; `price_per_second` is in US dollars; `again`
    also handles a version that has been handled; at `deadline` the work is given up, between two steps or while a store
    is waited for; `counted` is told of rows as they are converted.

    Raises TryAgain when other workers kept changing the drop's ledger, and when the deadline is over; whatever a store
    raises propagates.
    """
    timing = Timing(f"{drop.place}/{drop.key}", clock, clock(), deadline, price_per_second, counted)
    with until(deadline, clock, places) as in_time:
        receipt, rounds = _settled(lambda: _handled(drop, in_time, rules, mapping, again, timing), timing)
    yielded = rounds > 1 and receipt.outcome is Outcome.SKIPPED
    return superseded(receipt) if yielded else receipt


def forget(drop: Drop, places: Places, clock: Callable[[], datetime]) -> Receipt | None:
    """Takes a drop back: its rows, and its rejected rows, are nowhere from then on, and events do not make what was
    dropped up to then again. To drop it once more, also as it was, is a new wish. Also of a drop that is gone; None for
    one that the ledger knows nothing of and that is not there. Raises as `ingest` does."""
    timing = Timing(f"{drop.place}/{drop.key}", clock, clock())
    return _settled(lambda: _forgotten(drop, places, timing), timing)[0]


def _settled(look: Callable[[], T], timing: Timing) -> tuple[T, int]:
    """What comes of looking, again while other workers are quicker; and how often it took. Raises TryAgain."""
    for number in range(1, ROUNDS + 1):
        try:
            return look(), number
        except Changed as changed:
            forget_frames(changed)
    raise TryAgain(f"{timing.source}: other workers changed it {ROUNDS} times meanwhile")


def _forgotten(drop: Drop, places: Places, timing: Timing) -> Receipt | None:
    steps = Steps(drop, places, timing.began)
    found = steps.look()
    if found is None and not steps.is_known():
        return None
    version = taken_back(found)
    return steps.forget(found, version, Tally(drop, timing, version, found.size if found else 0).forgotten())


def _handled(drop: Drop, places: Places, rules: Rules, mapping: Mapping | None, again: bool, timing: Timing) -> Receipt:
    """Raises Changed when another worker, or whoever drops, was quicker: then all is to be looked at anew."""
    steps = Steps(drop, places, timing.clock())
    found = steps.look()
    if found is None:
        return steps.let_be(Tally(drop, timing).gone())
    described = mapping or _mapping_or_fault(drop, places.staging)
    version = version_of(found, described, rules)
    tally = Tally(drop, timing, version, found.size, uploaded=found.modified, changed=steps.changes(version))
    if found.size == 0 and not is_manifest_name(drop.key):
        return steps.let_be(tally.empty())
    if not again and steps.is_forgotten(found):
        return steps.leave_forgotten(found, taken_back(found), tally.forgotten(), tally.skipped())
    if not again and steps.is_done(version):
        return steps.leave(tally.skipped())
    if isinstance(described, BadDrop):
        return steps.give_up(version, tally.failed(described))
    try:
        return _carried_out(Attempt(drop, places, rules, described, found, version), steps, tally, timing)
    except (Changed, NotFound):
        steps.undo()
        raise Changed(drop.key) from None


def _mapping_or_fault(drop: Drop, staging: Store) -> Mapping | BadDrop:
    """A mapping that is missing or wrong is the drop's fault, and a version of its own: correcting it heals it."""
    try:
        return find_mapping(drop.mapping, staging)
    except BadDrop as fault:
        return fault


def _carried_out(attempt: Attempt, steps: Steps, tally: Tally, timing: Timing) -> Receipt:
    """From the first byte to the commit, or to what is recorded in its place."""
    with TemporaryDirectory(prefix="hackle-import-") as name:
        folder, room = Path(name), rejects_room(attempt.rules.limits.spool_bytes)
        rejects = RejectsFile(folder / "rejects", attempt.drop.key, room)
        try:
            with closing(rejects), Rounds(attempt, steps, tally, folder, timing.checkpoint) as rounds:
                _convert(attempt, tally, rejects, rounds, timing)
                rounds.settle()
                rejects.close()
                tally.require(attempt.mapping)
                tally.rejects_left_out = rejects.left_out
                withheld = tally.has_rejects_above(attempt.mapping.max_reject_ratio)
                # Before the uploads: between the first of those and the commit's deletes a reader sees two versions.
                kept = steps.put_rejects(attempt, rejects.path if tally.rows_rejected else None)
                if not withheld:
                    _compare(attempt, steps, tally)
                    rounds.finish()
        except BadDrop as broken:
            return steps.give_up(attempt.version, tally.failed(broken))
        if withheld:
            return steps.give_up(attempt.version, tally.withheld(), kept)
        return steps.commit(attempt.version, tally.outputs, tally.accounted(), kept)


def _compare(attempt: Attempt, steps: Steps, tally: Tally) -> None:
    """What went and what came since the drops before, as far as that is kept."""
    last = LastDrop(attempt.places.staging, attempt.drop, attempt.version.digest)
    optional = is_preset(attempt.mapping, attempt.drop.mapping)
    tally.compare(attempt.mapping, steps.former, last.names, optional=optional)
    if tally.knows_sources:
        last.put(tally.seen)


def _convert(attempt: Attempt, tally: Tally, rejects: RejectsFile, rounds: Rounds, timing: Timing) -> None:
    """Every row is counted, and is then in the rejects or on its way into the lake. A drop with more rejects than there
    is room for is not read on where so many are more than its mapping allows."""
    tally.count_repeats(repeats_by(attempt.rules.decoder))
    try:
        with attempt.converted() as chunks:
            for converted in chunks:
                timing.checkpoint()
                tally.add(converted)
                timing.count(converted.rows_in)
                rejects.add(converted.rejects, converted.part)
                rounds.add(converted.batch)
                if rejects.left_out and tally.has_rejects_above(attempt.mapping.max_reject_ratio):
                    return
    except BadDrop as broken:
        if not attempt.keeps_rows_before_a_fault:
            raise
        tally.add_fault(broken)
