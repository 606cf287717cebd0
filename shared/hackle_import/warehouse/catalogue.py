"""The sources of a staging place: a file each."""

from hackle_import.stores.protocol import Store
from hackle_import.warehouse.format import SOURCES, load_source
from hackle_import.warehouse.source import Source

_ENDING = ".toml"


def source_names(store: Store) -> list[str]:
    """Sorted, whether or not they are valid."""
    keys = (key.removeprefix(SOURCES) for key in store.keys(SOURCES) if key.endswith(_ENDING))
    return sorted(key.removesuffix(_ENDING) for key in keys)


def find_source(store: Store, name: str) -> Source:
    """Raises NotFound, and BadSource for one that is not valid."""
    return load_source(store.get(f"{SOURCES}{name}{_ENDING}")[0], name)
