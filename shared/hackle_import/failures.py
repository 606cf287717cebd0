"""What becomes of a failure: what a platform may print of it, never a row, which a library's message may quote; and
that nothing of the work stays in memory."""

import traceback

from hackle_import.errors import Misconfigured, TryAgain
from hackle_import.stores.protocol import Unavailable

_OURS = (Misconfigured, TryAgain, Unavailable)  # their words are ours, and hold no row


class Failed(Exception):  # noqa: N818 - it stands for what was raised
    """Raised to a platform in the place of what went wrong: its reason, and the places in the code it came through."""

    def __init__(self, failure: Exception) -> None:
        self.reason = str(failure) if isinstance(failure, _OURS) else type(failure).__name__
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
