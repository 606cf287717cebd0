"""Mappings by name: those of the user, in the staging place, before the presets that come with the package."""

from functools import cache
from importlib.resources import files

from hackle_import.codes import Fault
from hackle_import.drop import MAPPINGS
from hackle_import.errors import BadDrop
from hackle_import.mapping.plan import Mapping
from hackle_import.mapping.reading import load_mapping
from hackle_import.stores.protocol import NotFound, Store

_FOLDER = files("hackle_import") / "presets"
PRESETS = tuple(sorted(file.name.removesuffix(".toml") for file in _FOLDER.iterdir()))


@cache
def preset_text(name: str) -> bytes:
    """A preset's TOML, comments included."""
    return (_FOLDER / f"{name}.toml").read_bytes()


@cache
def preset(name: str) -> Mapping:
    return load_mapping(preset_text(name), name)


def find_mapping(name: str, staging: Store) -> Mapping:
    """The user's mapping of that name, or the preset. Raises BadDrop with the names there are."""
    try:
        text, _ = staging.get(f"{MAPPINGS}{name}.toml")
    except NotFound:
        if name in PRESETS:
            return preset(name)
        raise BadDrop(Fault.UNKNOWN_MAPPING, f"no mapping {name!r}; there are: {', '.join(known(staging))}") from None
    return load_mapping(text, name)


def known(staging: Store) -> list[str]:
    """Names of presets and of the user's mappings."""
    users = (
        key.removeprefix(MAPPINGS).removesuffix(".toml") for key in staging.keys(MAPPINGS) if key.endswith(".toml")
    )
    return sorted({*PRESETS, *users})
