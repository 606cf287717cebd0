"""Exceptions, split by what the caller does next. A bad row is no exception: see `rejects`.

BadDrop       the drop's own fault: `ingest` records it as failed, the event is acknowledged.
TryAgain      the event is raised back to the platform, which delivers it again.
Misconfigured nothing was touched; a person has to change a setting.
"""

from hackle_import.codes import Fault


class BadDrop(Exception):  # noqa: N818 - named by what the caller does next
    """The drop cannot be read on. `position` says where, in words: `byte 812 of the decompressed text`."""

    def __init__(self, fault: Fault, message: str, position: str = "") -> None:
        super().__init__(f"{fault}: {message}" + (f" ({position})" if position else ""))
        self.fault = fault
        self.message = message
        self.position = position


class TryAgain(Exception):  # noqa: N818
    """Nothing is wrong with the drop; the same event will succeed later."""


class Misconfigured(Exception):  # noqa: N818
    """Settings are missing or wrong; the message names all of them."""
