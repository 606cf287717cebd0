"""What is counted of a drop while it is handled, and the one place where that becomes a receipt."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from msgspec.structs import replace

from hackle_import.codes import Fault, Note
from hackle_import.drop import Drop
from hackle_import.engine import Converted
from hackle_import.errors import BadDrop, Unaccounted
from hackle_import.ingest.ledger import Output
from hackle_import.ingest.timing import Timing
from hackle_import.ingest.version import Version
from hackle_import.mapping import Mapping
from hackle_import.receipt import Failure, Outcome, Receipt
from hackle_import.seen.changes import Names, missed, needed, new_fields
from hackle_import.seen.events import Events
from hackle_import.seen.repeats import Counter as IdCounter
from hackle_import.seen.sources import MOST_TOLD, Sources, absent
from hackle_import.writing.layout import day_name

_WHY = attrgetter("why")


class Tally:
    """`version` is the drop's, None while it is not known; `bytes_in` is its size as stored, `uploaded` when it came;
    `changed` is why a drop that was handled is handled again. `outputs` are the files that were uploaded."""

    def __init__(
        self,
        drop: Drop,
        timing: Timing,
        version: Version | None = None,
        bytes_in: int = 0,
        *,
        uploaded: datetime | None = None,
        changed: Sequence[str] = (),
    ) -> None:
        self._drop, self._timing, self._version, self._bytes_in = drop, timing, version, bytes_in
        self._changed, self._uploaded, self._events = list(changed), uploaded, Events()
        self._remarks: Counter[str] = Counter()
        self._told: dict[str, Any] = {}
        self.seen = Sources()
        self._repeats: IdCounter | None = None
        self._rows_in = self._rows_filtered = 0
        self._notes: Counter[str] = Counter()
        self._rejects: Counter[str] = Counter()
        self._days: Counter[int] = Counter()
        self._fault: Failure | None = None
        self._decoder = ""
        self.rejects_left_out = 0
        self.outputs: list[Output] = []

    def add(self, converted: Converted) -> None:
        """Counts what a chunk became."""
        self._rows_in += converted.rows_in
        self._bytes_in += converted.bytes_in
        self._rows_filtered += converted.rows_filtered
        self._notes += converted.notes
        for why, count in Counter(map(_WHY, converted.rejects)).items():
            self._rejects[why.value] += count
        self._decoder = converted.decoder
        self._events.add(converted.batch)
        self.seen.add(converted.sources)
        if self._repeats is not None and converted.lines is not None:
            self._repeats.add(converted.batch["insert_id"], converted.lines)

    def count_repeats(self, counter: IdCounter) -> None:
        """From now on, by this."""
        self._repeats = counter

    def add_output(self, day: int, output: Output) -> None:
        """Counts a file that was uploaded; `day` counts from 1970-01-01."""
        self._days[day] += output.rows
        self.outputs.append(output)

    def add_fault(self, broken: BadDrop) -> None:
        """The rows before it are written: what the mapping asks for."""
        self._fault = _told(broken)

    @property
    def rows_rejected(self) -> int:
        return self._rejects.total()

    def has_rejects_above(self, ratio: float) -> bool:
        return self.rows_rejected > self._rows_in * ratio

    @property
    def knows_sources(self) -> bool:
        """Whether rows were read whole, and all of them."""
        return self._rows_in > self._rows_filtered and self._fault is None

    def require(self, mapping: Mapping) -> None:
        """Raises BadDrop where the mapping asks for sources that no row had. It hangs on the drop alone: a retry must
        judge alike."""
        if mapping.on_absent == "note" or not self.knows_sources:
            return
        lacked = [" or ".join(group) for group in needed(mapping) if not self.seen.present.intersection(group)]
        if lacked:
            raise BadDrop(Fault.SOURCE_ABSENT, f"no row has {', '.join(lacked)}", "the whole drop")

    def compare(self, mapping: Mapping, former: Receipt | None, before: Names | None, *, optional: bool) -> None:
        """Remarks on sources and fields, beside those of the drop's former version and its folder's last drop. Nothing
        is noted of what is `optional`."""
        if self._fault or not self._rows_in:
            return
        lacked = absent(mapping, self.seen.present, has_kept=self.knows_sources)
        had = {*(former.present if former else ()), *(before.present if before else ())}
        noted = [] if optional else missed(lacked, self.seen, had)
        new = new_fields(self.seen, before)
        self._remarks = Counter({Note.SOURCE_ABSENT.value: len(noted), Note.FIELD_NEW.value: len(new)})
        self._told = {"absent": lacked, "missed": noted, "new": new[:MOST_TOLD]}

    def accounted(self) -> Receipt:
        """What is to be committed, where every row is accounted for. Raises Unaccounted."""
        receipt = self.written()
        if not receipt.conserves:
            raise Unaccounted(f"{receipt.source}: {receipt.rows_in} rows in, {receipt.rows_written} written")
        return receipt

    def gone(self) -> Receipt:
        return self._receipt(Outcome.GONE)

    def skipped(self) -> Receipt:
        return self._receipt(Outcome.SKIPPED)

    def empty(self) -> Receipt:
        """Of an object of no bytes."""
        return self._receipt(Outcome.EMPTY)

    def forgotten(self) -> Receipt:
        return self._receipt(Outcome.FORGOTTEN)

    def failed(self, broken: BadDrop) -> Receipt:
        """How far the drop was read: nothing of it is written, whatever was uploaded on the way."""
        return self._receipt(Outcome.FAILED, fault=_told(broken))

    def withheld(self) -> Receipt:
        """As read to its end: nothing of it is written, whatever was uploaded on the way."""
        return self._receipt(Outcome.WITHHELD, fault=self._fault, **self._noted)

    def written(self) -> Receipt:
        """What is to be committed, also of a drop without a good row, which replaces what its former version wrote; and
        of one that is broken, when its rows before the fault are kept: that one failed all the same."""
        by_day = {day_name(day): rows for day, rows in sorted(self._days.items())}
        return self._receipt(
            self._outcome,
            fault=self._fault,
            rows_written=sum(output.rows for output in self.outputs),
            files=len(self.outputs),
            bytes_out=sum(output.bytes for output in self.outputs),
            days=list(by_day),
            rows_by_day=by_day,
            rows_by_event=self._events.most_frequent(),
            event_keys=self._events.keys,
            earliest=self._events.earliest,
            latest=self._events.latest,
            **self._noted,
        )

    @property
    def _outcome(self) -> Outcome:
        if self._fault:
            return Outcome.FAILED
        if self.outputs:
            return Outcome.WRITTEN
        return Outcome.REJECTED if self.rows_rejected else Outcome.EMPTY

    @property
    def _noted(self) -> dict[str, Any]:
        rejects_key = self._drop.rejected_key if self._rejects else None
        rows, exact, lines = self._repeats.told() if self._repeats else (0, True, [])
        notes = self._notes + self._remarks + Counter({Note.INSERT_ID_REPEATED.value: rows})
        told = {"notes": dict(sorted(notes.items())), "rejects_key": rejects_key, **self._told}
        told |= {"rejects_truncated": self.rejects_left_out}
        return told | self._sources | {"repeated_lines": lines, "repeats_estimated": not exact}

    @property
    def _sources(self) -> dict[str, Any]:
        seen = self.seen
        return {
            "present": sorted(seen.present),
            "unused": seen.most_frequent(),
            "unused_rows": seen.rows,
            "unused_cut": seen.has_more,
        }

    def _receipt(self, outcome: Outcome, **more: Any) -> Receipt:
        seconds, price = self._timing.seconds, self._timing.price_per_second
        return Receipt(
            source=f"{self._drop.place}/{self._drop.key}",
            version=self._version.digest if self._version else "",
            changed=self._changed,
            hash_key_id=self._version.key_id if self._version else "",
            mapping=self._drop.mapping,
            outcome=outcome,
            rows_in=self._rows_in,
            rows_rejected=self.rows_rejected,
            rows_filtered=self._rows_filtered,
            rejects=dict(self._rejects),
            bytes_in=self._bytes_in,
            decoder=self._decoder,
            seconds=round(seconds, 3),
            estimated_cost_usd=round(seconds * price, 9) if price else None,
            uploaded=self._uploaded,
            handled=self._timing.began,
            **more,
        )


def superseded(receipt: Receipt) -> Receipt:
    """Of a worker that looked again, and found nothing left to do."""
    return replace(receipt, outcome=Outcome.SUPERSEDED)


def _told(broken: BadDrop) -> Failure:
    return Failure(broken.fault.value, broken.message, broken.position)
