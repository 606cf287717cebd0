"""A drop's rows into the lake, up to the commit: convert into a spool of Parquet files; at its end, or when it is full,
say which files will be uploaded, then upload them one by one, while the next spool is filled. Rejects go to their own
file on the way."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection
from functools import partial
from itertools import count
from pathlib import Path

from msgspec.structs import replace

from hackle_import import codes
from hackle_import.convert import convert, target_of
from hackle_import.drop import Drop
from hackle_import.engine import Converted
from hackle_import.errors import BadDrop, Unaccounted, Withheld
from hackle_import.ingest.ledger import IN_STAGING, Output, Rejects
from hackle_import.mapping import Mapping
from hackle_import.places import Places
from hackle_import.reading.pinned import PinnedReader
from hackle_import.receipt import Fault, Outcome, Receipt
from hackle_import.settings import Rules
from hackle_import.stores.protocol import StoredObject
from hackle_import.writing.background import Background
from hackle_import.writing.layout import FORMAT_VERSION, day_name, output_key
from hackle_import.writing.rejects import RejectsFile
from hackle_import.writing.spool import BUFFER_BYTES, DayFile, Spool

_SPOOLS = 2  # that share the temporary disk: one is filled while the other is uploaded


class Transfer:
    """`uploaded` are the keys that were written so far, `rejects` the rejects file that was put, if one was; `intend`
    is called with keys before any of them is uploaded; `taken` are keys that others may still delete; `checkpoint`
    raises what the work is to end with."""

    def __init__(
        self,
        drop: Drop,
        places: Places,
        rules: Rules,
        version: str,
        mapping: Mapping,
        folder: Path,
        intend: Callable[[list[str]], None],
        taken: Collection[str],
        checkpoint: Callable[[], None],
    ) -> None:
        self._drop, self._places, self._rules = drop, places, rules
        self._version, self._mapping, self._folder, self._intend = version, mapping, folder, intend
        self._taken, self._checkpoint = taken, checkpoint
        self._rejects = RejectsFile(folder / "rejects", drop.key)
        self._uploads, self._rounds, self._given_up = Background(), count(), False
        self._outputs: list[Output] = []
        self._parts: Counter[int] = Counter()
        self._rows_in = self._rows_filtered = 0
        self._notes: Counter[str] = Counter()
        self._decoder = "python"
        self.uploaded: list[str] = []
        self.rejects: Rejects | None = None

    def run(self, found: StoredObject, blank: Receipt) -> tuple[list[Output], Receipt]:
        """Everything up to the commit. Raises BadDrop, Withheld, and whatever the stores raise."""
        self._spool = self._new_spool(found)
        try:
            fault = self._converted(found)
            self._uploads.settle()
            self._rejects.close()
            receipt = self._receipt(blank, fault)
            if receipt.rows_rejected > receipt.rows_in * self._mapping.max_reject_ratio:
                raise Withheld(self._with_rejects(unwritten(replace(receipt, outcome=Outcome.WITHHELD))))
            self._flush()
        except BaseException:
            self._given_up = True
            raise
        finally:
            self._end()
        return self._outputs, self._with_rejects(self._accounted(self._receipt(blank, fault)))

    def counted(self, blank: Receipt) -> Receipt:
        """How far a drop was read that then turned out to be broken."""
        return replace(
            blank,
            rows_in=self._rows_in,
            rows_rejected=self._rejects.counts.total(),
            rows_filtered=self._rows_filtered,
            rejects=dict(self._rejects.counts),
        )

    def _converted(self, found: StoredObject) -> Fault | None:
        limits = self._rules.limits
        with PinnedReader(self._places.drops, found) as source:
            try:
                target = target_of(self._mapping, self._rules, found)
                for converted in convert(found.key, source, target, limits, decoder=self._rules.decoder):
                    self._checkpoint()
                    self._take(converted)
                    if self._spool.disk_bytes > limits.spool_bytes // _SPOOLS:
                        self._flush()
                        self._spool = self._new_spool(found)
            except BadDrop as broken:
                if self._mapping.on_broken_drop == "discard":
                    raise
                return Fault(broken.fault.value, broken.message, broken.position)
        return None

    def _take(self, converted: Converted) -> None:
        self._rows_in += converted.rows_in
        self._rows_filtered += converted.rows_filtered
        self._notes += converted.notes
        self._decoder = converted.decoder
        self._rejects.add(converted.rejects)
        self._spool.add(converted.batch)
        if self._spool.days > self._rules.limits.max_days:
            raise _too_many_days(self._rules.limits.max_days)

    def _flush(self) -> None:
        """What is spooled is on its way into the lake then: the keys of its files are in the ledger before the first of
        them is, and no other round is under way."""
        self._uploads.settle()
        files = self._spool.seal(self._checkpoint)
        if len(self._parts.keys() | {file.day for file in files}) > self._rules.limits.max_days:
            raise _too_many_days(self._rules.limits.max_days)
        keys = [self._key(file.day) for file in files]
        if keys:
            self._intend(keys)
        self._uploads.begin(partial(self._upload_all, self._spool, dict(zip(keys, files, strict=True))))

    def _upload_all(self, spool: Spool, files: dict[str, DayFile]) -> None:
        try:
            for key, file in files.items():
                if self._given_up:
                    return
                self._upload(key, file)
        finally:
            spool.close()

    def _end(self) -> None:
        """A round that failed counts more than what ended the conversion: its last file may be there or not, and the
        drop is to be handled again."""
        try:
            self._uploads.settle()
        finally:
            self._uploads.close()
            self._spool.close()
            self._rejects.close()

    def _new_spool(self, found: StoredObject) -> Spool:
        buffer_bytes = min(BUFFER_BYTES, self._rules.limits.spool_bytes)
        return Spool(
            self._folder / f"spool-{next(self._rounds)}", self._rules.day_timezone, buffer_bytes, self._footer(found)
        )

    def _key(self, day: int) -> str:
        while True:
            number = self._parts[day]
            self._parts[day] += 1
            key = output_key(self._drop, self._version, self._rules.day_folder, day_name(day), number)
            if key not in self._taken:
                return key

    def _copy_key(self) -> str:
        keys = (self._drop.rejects_copy_key(self._version, number) for number in count())
        return next(key for key in keys if IN_STAGING + key not in self._taken)

    def _upload(self, key: str, file: DayFile) -> None:
        with file.path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        self.uploaded.append(key)
        self._places.lake.put(key, file.path)
        self._outputs.append(Output(key, file.rows, file.path.stat().st_size, digest))

    def _footer(self, found: StoredObject) -> dict[str, str]:
        return {
            "source": self._drop.key,
            "content_version": found.version,
            "mapping": self._drop.mapping,
            "mapping_digest": self._mapping.digest,
            "format_version": FORMAT_VERSION,
        }

    def _receipt(self, blank: Receipt, fault: Fault | None) -> Receipt:
        return replace(
            self.counted(blank),
            outcome=Outcome.FAILED if fault else Outcome.WRITTEN,
            fault=fault,
            decoder=self._decoder,
            rows_written=sum(output.rows for output in self._outputs),
            notes=dict(sorted(self._notes.items())),
            files=len(self._outputs),
            bytes_out=sum(output.bytes for output in self._outputs),
            days=[day_name(day) for day in sorted(self._parts)],
        )

    def _with_rejects(self, receipt: Receipt) -> Receipt:
        if not receipt.rows_rejected:
            return receipt
        copy = self._copy_key()
        self._intend([IN_STAGING + copy])
        self.uploaded.append(IN_STAGING + copy)
        self._places.staging.put(copy, self._rejects.path)
        put = self._places.staging.put(self._drop.rejected_key, self._rejects.path)
        self.rejects = Rejects(put.key, put.version, IN_STAGING + copy)
        return replace(receipt, rejects_key=self._drop.rejected_key)

    def _accounted(self, receipt: Receipt) -> Receipt:
        if not receipt.conserves:
            raise Unaccounted(f"{receipt.source}: {receipt.rows_in} rows in, {receipt.rows_written} written")
        return receipt


def unwritten(receipt: Receipt) -> Receipt:
    """Of a drop that does not come to a commit, whatever was uploaded on the way."""
    return replace(receipt, rows_written=0, files=0, bytes_out=0, days=[])


def _too_many_days(most: int) -> BadDrop:
    return BadDrop(codes.Fault.TOO_MANY_DAYS, f"events on more than {most} days")
