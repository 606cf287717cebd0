"""Where a conversion reads and writes."""

from msgspec import Struct

from hackle_import.settings import Settings
from hackle_import.stores import open_store
from hackle_import.stores.protocol import Catalogue, Source, Store


class Places(Struct, frozen=True):
    """`drops` is read; `staging` takes ledger and rejects and holds users' mappings; `lake` is the import place,
    Hackle's prefix included. In a deployment, drops and staging are one store. `exports` holds the parts that manifests
    name, where they do not lie beside the drops."""

    drops: Source
    staging: Catalogue
    lake: Store
    exports: Source | None = None

    @property
    def parts(self) -> Source:
        """Where exported parts lie, below `exports/`."""
        return self.drops if self.exports is None else self.exports


def places_of(settings: Settings) -> Places:
    """Those of a deployment."""
    written = settings.days.written_to(settings.staging, settings.lake)
    staging, lake = (open_store(place, settings.bucket_owners) for place in (settings.staging, written))
    return Places(staging, staging, lake, parts_of(settings))


def parts_of(settings: Settings) -> Source | None:
    """Where exported parts lie, if that is not beside the drops."""
    if settings.exports in ("", settings.staging):
        return None
    return open_store(settings.exports, settings.bucket_owners)
