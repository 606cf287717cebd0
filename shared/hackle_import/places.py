"""Where a conversion reads and writes."""

from dataclasses import dataclass

from hackle_import.stores.protocol import Source, Store


@dataclass(frozen=True, slots=True)
class Places:
    """`drops` is read; `staging` takes ledger and rejects and holds users' mappings; `lake` is the import place,
    Hackle's prefix included. In a deployment, drops and staging are one store."""

    drops: Source
    staging: Store
    lake: Store
