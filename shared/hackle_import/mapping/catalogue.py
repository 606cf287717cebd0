"""Mappings by name: those of the user, in the staging place, before the presets that come with the package."""

from functools import cache, lru_cache
from importlib.resources import files

from hackle_import.codes import Fault
from hackle_import.drop import MAPPINGS, is_name_anywhere
from hackle_import.errors import BadDrop, NotFound, shown
from hackle_import.mapping.limits import MAX_BYTES
from hackle_import.mapping.mapping import Mapping
from hackle_import.mapping.parse import load_mapping
from hackle_import.stores.protocol import Store

_FOLDER = files("hackle_import.mapping") / "presets"
_MOST_TOLD = 50  # of the mappings that there are
PRESETS = tuple(sorted(file.name.removesuffix(".toml") for file in _FOLDER.iterdir()))


@cache
def preset_text(name: str) -> bytes:
    """A preset's TOML, comments included."""
    return (_FOLDER / f"{name}.toml").read_bytes()


@cache
def preset(name: str) -> Mapping:
    """The preset of that name, read once."""
    return load_mapping(preset_text(name), name)


def find_mapping(name: str, staging: Store) -> Mapping:
    """The user's mapping of that name, or the preset. Raises BadDrop with the names there are, and Changed when the
    mapping was replaced meanwhile."""
    key = f"{MAPPINGS}{name}.toml"
    try:
        if not is_name_anywhere(key, staging.place):
            raise NotFound(key)
        found = staging.head(key)
        return _users(staging, key, found.version, min(found.size, MAX_BYTES + 1), name)
    except NotFound:
        if name in PRESETS:
            return preset(name)
        raise BadDrop(Fault.UNKNOWN_MAPPING, f"no mapping {name!r}; there are: {_told(known(staging))}") from None


@lru_cache(64)  # a version never changes: a warm process asks for it at every drop, reads and checks it once
def _users(staging: Store, key: str, version: str, size: int, name: str) -> Mapping:
    return load_mapping(staging.read(key, version, 0, size), name)


def _told(names: list[str]) -> str:
    more = len(names) - _MOST_TOLD
    return ", ".join(map(shown, names[:_MOST_TOLD])) + (f" and {more} more" if more > 0 else "")


def known(staging: Store) -> list[str]:
    """Names of presets and of the user's mappings."""
    users = (
        key.removeprefix(MAPPINGS).removesuffix(".toml") for key in staging.keys(MAPPINGS) if key.endswith(".toml")
    )
    return sorted({*PRESETS, *users})
