"""What is said of a day that was looked at, once: logged as one JSON line. Names and counts, never row content."""

from enum import StrEnum

import msgspec

from hackle_import.days.document import Summary
from hackle_import.errors import shown


class DayOutcome(StrEnum):
    """What became of a day."""

    CLOSED = "closed"  # its files are in the import place, for the first time
    ADOPTED = "adopted"  # it was published drop by drop: its files stay as they are
    APPENDED = "appended"  # late drops got files of their own
    REWRITTEN = "rewritten"  # its files were written anew, in place
    HELD = "held"  # drops came or changed that it does not show: `day rewrite` does that
    UNCHANGED = "unchanged"  # nothing is new
    WAITING = "waiting"  # drops are being handled, or expected ones lack
    FAILED = "failed"  # something went wrong: it is as it was, and can be closed again


class Closed(Summary, frozen=True, kw_only=True):
    """The summary is of what this generation wrote; `rows`, `files` and `bytes_out` are all that the day has; `held`
    counts drops that the day does not show as they are; `missing` are patterns of `days.toml` that nothing matched;
    `is_late`: the day should have been closed by now."""

    day: str
    outcome: DayOutcome
    generation: int = 0
    rows: int = 0
    files: int = 0
    bytes_out: int = 0
    held: int = 0
    rows_held: int = 0
    missing: list[str] = msgspec.field(default_factory=list)
    is_late: bool = False
    reason: str = ""
    seconds: float = 0.0

    @property
    def is_news(self) -> bool:
        return self.outcome is not DayOutcome.UNCHANGED

    @property
    def has_changed(self) -> bool:
        """After it was closed first."""
        return self.outcome in (DayOutcome.APPENDED, DayOutcome.REWRITTEN, DayOutcome.HELD)

    @property
    def needs_attention(self) -> bool:
        """Whether a person should look at the day."""
        return self.is_late or self.outcome is DayOutcome.FAILED or (self.is_news and bool(self.held or self.missing))

    def line(self) -> str:
        """As one line of JSON."""
        return shown(msgspec.json.encode(self).decode())
