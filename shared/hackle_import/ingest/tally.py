"""What is counted of a drop while it is handled, and the one place where that becomes a receipt."""

from collections import Counter
from typing import Any

from msgspec.structs import replace

from hackle_import.drop import Drop
from hackle_import.engine import Converted
from hackle_import.errors import BadDrop, Unaccounted
from hackle_import.ingest.ledger import Output
from hackle_import.ingest.timing import Timing
from hackle_import.receipt import Failure, Outcome, Receipt
from hackle_import.writing.layout import day_name


class Tally:
    """`version` is the drop's, empty while it is not known; `bytes_in` is its size as stored. `outputs` are the files
    that were uploaded."""

    def __init__(self, drop: Drop, timing: Timing, version: str = "", bytes_in: int = 0) -> None:
        self._drop, self._timing, self._version, self._bytes_in = drop, timing, version, bytes_in
        self._rows_in = self._rows_filtered = 0
        self._notes: Counter[str] = Counter()
        self._rejects: Counter[str] = Counter()
        self._days: set[int] = set()
        self._fault: Failure | None = None
        self._decoder = ""
        self.outputs: list[Output] = []

    def add(self, converted: Converted) -> None:
        """Counts what a chunk became."""
        self._rows_in += converted.rows_in
        self._rows_filtered += converted.rows_filtered
        self._notes += converted.notes
        self._rejects.update(reject.why.value for reject in converted.rejects)
        self._decoder = converted.decoder

    def add_output(self, day: int, output: Output) -> None:
        """Counts a file that was uploaded; `day` counts from 1970-01-01."""
        self._days.add(day)
        self.outputs.append(output)

    def add_fault(self, broken: BadDrop) -> None:
        """The rows before it are written: what the mapping asks for."""
        self._fault = _told(broken)

    @property
    def rows_rejected(self) -> int:
        return self._rejects.total()

    def has_rejects_above(self, ratio: float) -> bool:
        return self.rows_rejected > self._rows_in * ratio

    def account(self) -> None:
        """Conservation, to be checked before a commit. Raises Unaccounted."""
        receipt = self.written()
        if not receipt.conserves:
            raise Unaccounted(f"{receipt.source}: {receipt.rows_in} rows in, {receipt.rows_written} written")

    def gone(self) -> Receipt:
        return self._receipt(Outcome.GONE)

    def skipped(self) -> Receipt:
        return self._receipt(Outcome.SKIPPED)

    def forgotten(self) -> Receipt:
        return self._receipt(Outcome.FORGOTTEN)

    def failed(self, broken: BadDrop) -> Receipt:
        """How far the drop was read: nothing of it is written, whatever was uploaded on the way."""
        return self._receipt(Outcome.FAILED, fault=_told(broken))

    def withheld(self) -> Receipt:
        """As read to its end: nothing of it is written, whatever was uploaded on the way."""
        return self._receipt(Outcome.WITHHELD, fault=self._fault, **self._noted)

    def written(self) -> Receipt:
        """Also of a drop that is broken, when its rows before the fault are kept: that one failed all the same."""
        return self._receipt(
            Outcome.FAILED if self._fault else Outcome.WRITTEN,
            fault=self._fault,
            rows_written=sum(output.rows for output in self.outputs),
            files=len(self.outputs),
            bytes_out=sum(output.bytes for output in self.outputs),
            days=[day_name(day) for day in sorted(self._days)],
            **self._noted,
        )

    @property
    def _noted(self) -> dict[str, Any]:
        rejects_key = self._drop.rejected_key if self._rejects else None
        return {"notes": dict(sorted(self._notes.items())), "rejects_key": rejects_key}

    def _receipt(self, outcome: Outcome, **more: Any) -> Receipt:
        seconds, price = self._timing.seconds, self._timing.price_per_second
        return Receipt(
            source=f"{self._drop.place}/{self._drop.key}",
            version=self._version,
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
            **more,
        )


def superseded(receipt: Receipt) -> Receipt:
    """Of a worker that looked again, and found nothing left to do."""
    return replace(receipt, outcome=Outcome.SUPERSEDED)


def _told(broken: BadDrop) -> Failure:
    return Failure(broken.fault.value, broken.message, broken.position)
