"""Every exception of the core, split by what the caller does next. A bad row is none of them, see `codes.Why`, nor is a
drop with too many of them, see `receipt.Outcome`.

Handled by `ingest`, which ends the drop with an outcome; the event is acknowledged:
  BadDrop        the drop's own fault: recorded as failed.

Raised to the platform, which delivers the event again:
  TryAgain       nothing is wrong with the drop; the same event will succeed later.
  Unavailable    the storage did not answer; BrokenOff is one whose answer ended too early.
  Unaccounted    rows in are not rows out: a bug; nothing is committed.

Raised to a person, who has to change a setting or to install something; nothing was touched:
  Misconfigured

  NewerLedger    what is known of the drop was written by a newer release.
  BrokenDocument a document of the staging place is not what was written: a person has to bring it back.

Answered by looking again, within the core:
  NotFound       no object has this key.
  Changed        the object is not, or is no longer, what the caller expected.

Failed is what a platform is told in the place of any of them. Messages write the names that others chose by `shown`.
"""

import re
import traceback

from hackle_import.codes import Fault

_HIDDEN = re.compile(r"[^ -~\u00a1-\u00ac\u00ae-\u02ff\uac00-\ud7a3]")  # what may be not printable


class BadDrop(Exception):  # noqa: N818 - named, as all here, by what the caller does next
    """The drop cannot be read on. `position` says where, in words: `byte 812 of the decompressed text`."""

    def __init__(self, fault: Fault, message: str, position: str = "") -> None:
        super().__init__(f"{fault}: {message}" + (f" ({position})" if position else ""))
        self.fault = fault
        self.message = message
        self.position = position


class TryAgain(Exception):  # noqa: N818
    """Nothing is wrong with the drop; the same event will succeed later."""


class Unavailable(Exception):  # noqa: N818
    """The storage did not answer, or answered that it cannot now: the same call may succeed later."""


class BrokenOff(Unavailable):
    """The answer to a read ended too early. `received` is what came of it, from the range's first byte on: not
    nothing."""

    def __init__(self, key: str, received: bytes) -> None:
        super().__init__(f"{key}: broke off after {len(received)} bytes")
        self.received = received


class Unaccounted(Exception):  # noqa: N818
    """Rows in are not rows written, rejected and filtered: a bug; nothing may be committed."""


class Misconfigured(Exception):  # noqa: N818
    """Settings are missing or wrong, or a place's library is not installed; the message names all of them."""


class NewerLedger(Exception):  # noqa: N818
    """A drop's ledger document is of a newer release: the drop is left alone. `key` is the document's, `source` the
    drop's where that can be read."""

    def __init__(self, key: str, source: str) -> None:
        super().__init__(f"{source}: a newer release handled it, and this one leaves it alone: update hackle-import")
        self.key, self.source = key, source


class BrokenDocument(Exception):  # noqa: N818
    """A document of the staging place is not what was written there. `key` is its own, `wrong` and `remedy` are
    words."""

    def __init__(self, key: str, wrong: str, remedy: str) -> None:
        super().__init__(f"{key} cannot be read ({wrong}): {remedy}")
        self.key = key


class NotFound(Exception):  # noqa: N818
    """No object has this key."""


class Changed(Exception):  # noqa: N818
    """The object is not, or is no longer, what the caller expected: look at it again."""


# Their words are ours, and hold no row.
_OURS = (Misconfigured, NewerLedger, BrokenDocument, TryAgain, Unavailable, Unaccounted)


def reason_of(failure: Exception) -> str:
    """What went wrong, in words that never hold a row, which a library's message may quote."""
    if isinstance(failure, _OURS):
        return str(failure)
    told = failure.strerror if isinstance(failure, OSError) else None
    return f"{type(failure).__name__}: {told}" if told else type(failure).__name__


class Failed(Exception):  # noqa: N818
    """Raised to a platform in the place of what went wrong: its reason, and the places in the code it came through,
    never a row, which a library's message may quote."""

    def __init__(self, failure: Exception) -> None:
        self.reason = reason_of(failure)
        self.frames = traceback.format_tb(failure.__traceback__)
        super().__init__("\n".join((self.reason, *self.frames)))
        forget_frames(failure)


def forget_frames(failure: BaseException) -> None:
    """Frees what the functions that a failure came through still hold, such as rows on their way. They and the failure
    hold each other, and Python looks for such cycles by the number of objects, however large those are."""
    came_of: BaseException | None = failure
    while came_of is not None:
        traceback.clear_frames(came_of.__traceback__)
        came_of = came_of.__cause__ or came_of.__context__


def shown(text: str) -> str:
    """The same text, each character that shows nothing by itself (control, escape, direction, half of a pair) written
    as JSON escapes it: so a line of JSON stays one, and a person can find the file."""
    return _HIDDEN.sub(lambda found: found[0] if found[0].isprintable() else _escaped(found[0]), text)


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
