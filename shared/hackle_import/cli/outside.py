"""What the commands take from outside: places, settings, the clock.

What a user wrote wrongly raises click.UsageError or Misconfigured: exit status 2, never a failure.
"""

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from hackle_import.cli.config import NAMES, WRITTEN, meant
from hackle_import.drop import DAYS, INCOMING, STATE
from hackle_import.errors import Misconfigured
from hackle_import.settings import MIB, DayRules, Rules, read_day_rules, read_owners, read_rules

if TYPE_CHECKING:
    from hackle_import.stores import Catalogue, Store

_KNOWN = (
    "HACKLE_STAGING", "HACKLE_IMPORT", "HACKLE_DAY_FOLDER", "HACKLE_DAY_TIMEZONE", "HACKLE_OSNAMES", "HACKLE_HASH_KEY",
    "HACKLE_BUCKET_OWNERS", "HACKLE_MAX_LINE_BYTES", "HACKLE_MAX_RATIO", "HACKLE_MAX_BYTES", "HACKLE_SPOOL_BYTES",
    "HACKLE_COMPRESSION",
    "HACKLE_DECODER", "HACKLE_TIMEOUT_SECONDS", "HACKLE_PUBLISH", "HACKLE_LATE", "HACKLE_REPEATS", "HACKLE_DAY_ORDER",
    "HACKLE_CLOSE_HOUR", "HACKLE_LOOK_BACK_DAYS", "HACKLE_EXPORTS",
)  # fmt: skip
_UNITS = {"h": "hours", "d": "days", "m": "minutes", "w": "weeks"}
_handed_on: dict[str, str] = {}  # to a process that a command started: what its flags and its file say


def environment() -> Mapping[str, str]:
    """The settings: of flags, of the environment, of the file, in this order."""
    context = click.get_current_context(silent=True)
    return {**os.environ, **given(context)}  # noqa: TID251 - the command is where the environment is read


def given(context: click.Context | None = None) -> dict[str, str]:
    """What flags and file say, by the settings' names."""
    context = context or click.get_current_context(silent=True)
    return dict(context.meta.get(NAMES, {})) if context else _handed_on


def take_over(settings: Mapping[str, str]) -> None:
    """In a process that a command started."""
    _handed_on.update(settings)


def opened(place: str) -> "Catalogue":
    """The store of a place that may still be empty or, if local, not made yet."""
    from hackle_import.stores import open_store

    problems: list[str] = []
    owners = read_owners(environment(), problems)
    if problems:
        raise _misconfigured(problems)
    try:
        return open_store(place, owners)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None


def opened_to_read(place: str) -> "Catalogue":
    """The store of a place that must be there: a mistyped folder is not an empty one."""
    if "://" not in place and not Path(place).is_dir():
        raise click.UsageError(f"no such folder: {place}")
    return opened(place)


def exports_of(staging: "Catalogue") -> "Catalogue":
    """The store of the place that exported parts lie in: the staging place, unless they have one of their own."""
    place = environment().get("HACKLE_EXPORTS", "").rstrip("/")
    return opened(place) if place else staging


def local_identity(staging: "Store") -> str:
    """What a local folder is known by, wherever it lies. Raises Misconfigured for a copy."""
    from hackle_import.identity.place import id_of, identity_of

    def is_another(path: str, identity: str) -> bool:
        other = Path(path)
        if not (other / STATE).is_dir() or other.samefile(staging.place):
            return False
        return id_of(opened(path)) in (None, identity)  # an earlier release wrote no id

    return identity_of(staging, secrets.token_hex(16), is_another)


def opened_ledger(place: str) -> "Catalogue":
    """The store of a place that has handled drops, or is there to: a folder that is neither is told."""
    store = opened_to_read(place)
    if not any(next(store.keys(folder), None) for folder in (STATE, INCOMING)):
        made = f"{place.rstrip('/')}-ledger"
        if "://" not in place and Path(made).is_dir():
            raise click.UsageError(f"{place} holds no ledger: that of `convert --out {place}` is {made}")
        if "://" not in place and not Path(place, INCOMING).is_dir():
            raise click.UsageError(f"{place} is no staging place: it holds neither {STATE} nor {INCOMING}")
    return store


def rules() -> Rules:
    """The settings. Raises Misconfigured with every problem; a HACKLE_ name that is no setting is told."""
    problems: list[str] = []
    settings = environment()
    _tell_unknown(tuple(name for name in settings if name.startswith("HACKLE_") and name not in _KNOWN))
    found = read_rules(settings, problems)
    if settings.get("HACKLE_DECODER") == "native":
        _tell_if_not_built()
    if found.hash_key.startswith((b"arn:", b"projects/")):
        problems.append("HACKLE_HASH_KEY names a secret, which only a deployed function reads: give the key itself")
    if problems:
        raise _misconfigured(problems)
    return _within_disk(found)


def _within_disk(found: Rules) -> Rules:
    """Of a smaller temporary disk than the setting promises, half: a full one in the middle of a drop tells nobody why.
    A power of two, since names of files hang on it."""
    folder = tempfile.gettempdir()
    half = shutil.disk_usage(folder).free // 2
    if found.limits.spool_bytes <= half:
        return found
    taken = 1 << max(half.bit_length() - 1, 0)
    _tell_disk(folder, taken)
    return replace(found, limits=replace(found.limits, spool_bytes=taken))


@cache  # once a process
def _tell_disk(folder: str, taken: int) -> None:
    from hackle_import.cli import tell

    told = f"{folder} has less room than HACKLE_SPOOL_BYTES: {taken / MIB:.0f} MiB of it are used"
    tell(f"{told}; TMPDIR names a folder on another disk")


def day_rules() -> DayRules:
    """How days are published. Raises Misconfigured with every problem."""
    problems: list[str] = []
    found = read_day_rules(environment(), problems)
    if problems:
        raise _misconfigured(problems)
    return found


def written_to(ledger: "Store", lake: str) -> str:
    """The place of drops' files. Raises Misconfigured where days were closed and are not to be any more: rows would be
    there twice."""
    how = day_rules()
    if not how.are_closed and any(key.endswith("/ledger.json") for key in ledger.keys(DAYS)):
        raise Misconfigured(f"{ledger.place} has closed days: say --publish closed-days, or HACKLE_PUBLISH=closed-days")
    return how.written_to(ledger.place, lake)


@cache  # once a process
def _tell_unknown(names: tuple[str, ...]) -> None:
    from hackle_import.cli import tell

    for name in names:
        tell(f"{name} is no setting{meant(name, _KNOWN)}")


@cache
def _tell_if_not_built() -> None:
    """Where it was asked for by name: it is five times as fast."""
    from hackle_import.cli import tell
    from hackle_import.native.library import library

    if library() is None:
        tell("HACKLE_DECODER is native, and no decoder in C is installed for this machine: Python decodes")


def _misconfigured(problems: Sequence[str]) -> Misconfigured:
    """Settings are called as they were written: a flag, or a key of the file."""
    context = click.get_current_context(silent=True)
    written = context.meta.get(WRITTEN, {}) if context else {}
    told = re.sub(r"HACKLE_[A-Z_]+", lambda name: written.get(name[0], name[0]), "; ".join(problems))
    return Misconfigured(told)


def now() -> datetime:
    """In UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the command is where the clock is read


def moment(text: str, option: str) -> datetime:
    """`24h` or `7d` ago, or a date or time, in UTC where it says no offset."""
    number, unit = text[:-1], text[-1:]
    try:
        if number.isdecimal() and unit in _UNITS:
            return now() - timedelta(**{_UNITS[unit]: int(number)})
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise click.UsageError(f"{option} {text}: give 24h, 7d, or a date such as 2025-01-31") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
