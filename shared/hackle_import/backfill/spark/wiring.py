"""What an executor works with: clients cannot be sent to one, so the settings are, and each worker makes its own."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from hackle_import.errors import Misconfigured
from hackle_import.places import Places, parts_of
from hackle_import.settings import Settings
from hackle_import.stores import open_store
from hackle_import.stores.protocol import Catalogue


class Wiring(NamedTuple):
    """`written` is where drops' files go: the import place, or below `open/` where days are closed."""

    staging: Catalogue
    written: Catalogue
    lake: Catalogue
    settings: Settings

    @property
    def of_drops(self) -> Places:
        return Places(self.staging, self.staging, self.written, parts_of(self.settings))

    @property
    def of_days(self) -> Places:
        """Raises Misconfigured where drops are published as they are handled."""
        if not self.settings.days.are_closed:
            raise Misconfigured("days are not closed here: HACKLE_PUBLISH=closed-days says so")
        return Places(self.written, self.staging, self.lake)


def wired(env: Mapping[str, str]) -> Wiring:
    """Once a worker. Raises Misconfigured with every problem of the settings."""
    return _wired(tuple(sorted(env.items())))


def now() -> datetime:
    """An executor has no caller that could hand it a clock."""
    return datetime.now(UTC)  # noqa: TID251 - see above


@cache
def _wired(env: tuple[tuple[str, str], ...]) -> Wiring:
    from hackle_import.writing import arrow_pool

    arrow_pool.prepare()
    settings = Settings.read(dict(env))
    written = settings.days.written_to(settings.staging, settings.lake)
    staging, files, lake = (
        open_store(place, settings.bucket_owners) for place in (settings.staging, written, settings.lake)
    )
    return Wiring(staging, files, lake, settings)
