"""What is said of a handled drop, once: logged as one JSON line and kept in the ledger. Never holds row content."""

from datetime import datetime
from enum import StrEnum

import msgspec

from hackle_import.errors import shown


class Outcome(StrEnum):
    """How a drop ended."""

    WRITTEN = "written"  # its rows are in the import place
    REJECTED = "rejected"  # it has rows, and none of them is good: what its former version wrote is gone all the same
    EMPTY = (
        "empty"  # it has no rows, or the mapping leaves all of them out; of an object of no bytes nothing is changed
    )
    SKIPPED = "skipped"  # this version had been handled before
    SUPERSEDED = "superseded"  # a newer version took its place while it was handled
    WITHHELD = "withheld"  # more rows rejected than the mapping allows: nothing of it was written
    FAILED = "failed"  # the drop cannot be read: nothing of it was written
    GONE = "gone"  # deleted before it could be handled
    FORGOTTEN = "forgotten"  # taken back: its rows left the import place


_TROUBLE = (Outcome.FAILED, Outcome.WITHHELD, Outcome.REJECTED)


class Failure(msgspec.Struct, frozen=True):
    """Why a drop failed: a code of `codes.Fault`, words for a person, and where in the drop."""

    code: str
    message: str
    position: str

    def __str__(self) -> str:
        """In one line, as every command shows it."""
        return f"{self.code}: {self.message}" + (f" ({self.position})" if self.position else "")


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """`source` is the drop's place and key; `changed` names what is no longer as it was when the drop was handled last,
    as `ingest.version` does, such as a setting; `hash_key_id` tells which hash key was used, if any.

    `rejects_truncated` counts rejected rows that the rejects file has no room for; a drop that is withheld with some
    was not read to its end. `bytes_in` counts bytes as stored, `bytes_out` bytes of Parquet; `seconds` is wall time;
    `decoder` is the one of `settings.DECODERS` that read the rows, empty where none was read; `estimated_cost_usd` is
    Lambda's list price for those seconds, None where the memory is not known.

    `uploaded` is when the object came, `handled` when the work on it began; `earliest` and `latest` are times of
    written rows. `rows_by_event` has the most frequent of `event_keys` keys, which are counted up to a limit.

    `present` and `absent` are the mapping's sources that some row had, and that none had; `missed` the absent ones that
    are noted. `unused` has the most frequent fields that nothing uses, with how many of `unused_rows` rows that were
    looked at have them: of JSON those are a sample, namely the first 500 records and one of 32 after them;
    `unused_cut`: there were too many to count, as when values become keys. `new` are those of them
    that the last drop of the folder lacked. `repeated_lines` are those of the first two rows with one `insert_id`;
    `repeats_estimated`: there were too many ids to remember each.

    `former` is how a version that is skipped had ended, and `fault` is that outcome's."""

    source: str
    version: str
    mapping: str
    outcome: Outcome
    changed: list[str] = []
    hash_key_id: str = ""
    rows_in: int = 0
    rows_written: int = 0
    rows_rejected: int = 0
    rows_filtered: int = 0
    notes: dict[str, int] = {}
    rejects: dict[str, int] = {}
    files: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    days: list[str] = []
    rejects_key: str | None = None
    rejects_truncated: int = 0
    fault: Failure | None = None
    seconds: float = 0.0
    decoder: str = ""
    estimated_cost_usd: float | None = None
    uploaded: datetime | None = None
    handled: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    rows_by_day: dict[str, int] = {}
    rows_by_event: dict[str, int] = {}
    event_keys: int = 0
    present: list[str] = []
    absent: list[str] = []
    missed: list[str] = []
    unused: dict[str, int] = {}
    unused_rows: int = 0
    unused_cut: bool = False
    new: list[str] = []
    repeated_lines: list[int] = []
    repeats_estimated: bool = False
    former: Outcome | None = None

    @property
    def conserves(self) -> bool:
        """No row is unaccounted for."""
        return self.rows_in == self.rows_written + self.rows_rejected + self.rows_filtered

    @property
    def needs_attention(self) -> bool:
        """Whether a person should look at the drop."""
        return self.outcome in _TROUBLE

    @property
    def is_unmended(self) -> bool:
        """Whether something is wrong with the drop, now or still."""
        return self.outcome in _TROUBLE or self.former in _TROUBLE

    def line(self) -> str:
        """The receipt as one line of JSON."""
        return shown(msgspec.json.encode(self).decode())
