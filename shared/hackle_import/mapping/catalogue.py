"""Mappings by name: those of the user, in the staging place, before the presets that come with the package.

A preset whose ids or values changed has versions: `segment@1` is the first and stays as it was; `segment`, which is
also `segment@2`, is the newest.
"""

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
_FILES = sorted(file.name.removesuffix(".toml") for file in _FOLDER.iterdir())
PRESETS = tuple(name for name in _FILES if "@" not in name)
_NEWEST = {name: 1 + sum(file.startswith(f"{name}@") for file in _FILES) for name in PRESETS}
_VERSIONS = {name: name for name in _FILES} | {f"{name}@{newest}": name for name, newest in _NEWEST.items()}


@cache
def preset_text(name: str) -> bytes:
    """A preset's TOML, comments included; `name` may pin a version."""
    return (_FOLDER / f"{_VERSIONS[name]}.toml").read_bytes()


@cache
def preset(name: str) -> Mapping:
    """The preset of that name, read once; `name` may pin a version."""
    return load_mapping(preset_text(name), name)


def is_preset(mapping: Mapping, name: str) -> bool:
    """Whether a mapping is the preset of that name, or Hackle's own shape: what those take may always be missing."""
    return mapping.is_hackle or (names_a_preset(name) and preset(name).digest == mapping.digest)


def names_a_preset(name: str) -> bool:
    """Whether a preset has that name, be it of its newest version or of a pinned one."""
    return name in _VERSIONS


def pins_of(name: str) -> list[str]:
    """The names that pin a preset to each of its versions, the oldest first."""
    return [f"{name}@{version}" for version in range(1, _NEWEST[name] + 1)]


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
        if names_a_preset(name):
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
