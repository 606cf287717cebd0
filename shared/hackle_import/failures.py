"""What a platform may print of a failure: never a row, which a library's message may quote."""

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
