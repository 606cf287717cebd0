"""What is said of a handled drop, once: logged as one JSON line and kept in the ledger. Never holds row content."""

from enum import StrEnum

import msgspec

from hackle_import.errors import shown


class Outcome(StrEnum):
    """How a drop ended."""

    WRITTEN = "written"  # its rows are in the import place
    SKIPPED = "skipped"  # this version had been handled before, or the object is empty
    SUPERSEDED = "superseded"  # a newer version took its place while it was handled
    WITHHELD = "withheld"  # more rows rejected than the mapping allows: nothing of it was written
    FAILED = "failed"  # the drop cannot be read: nothing of it was written
    GONE = "gone"  # deleted before it could be handled
    FORGOTTEN = "forgotten"  # taken back: its rows left the import place


_TROUBLE = (Outcome.FAILED, Outcome.WITHHELD)


class Failure(msgspec.Struct, frozen=True):
    """Why a drop failed: a code of `codes.Fault`, words for a person, and where in the drop."""

    code: str
    message: str
    position: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """`source` is the drop's place and key; `bytes_in` counts bytes as stored, `bytes_out` bytes of Parquet;
    `seconds` is wall time; `decoder` is the one of `settings.DECODERS` that read the rows, empty where none was read;
    `estimated_cost_usd` is Lambda's list price for those seconds, None where the memory is not known; `former` is how a
    version that is skipped had ended, and `fault` is that outcome's."""

    source: str
    version: str
    mapping: str
    outcome: Outcome
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
    fault: Failure | None = None
    seconds: float = 0.0
    decoder: str = ""
    estimated_cost_usd: float | None = None
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
