"""What must have come before a day is closed: `days.toml` in the staging place lists patterns of drops (`expected`), in
which `{day}` is the day and * and ? are as in a shell, and the hour of the next day, on the clocks that days are cut
by, until which a day waits for them (`until`)."""

import re
import tomllib
from datetime import date, datetime, time, timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

import msgspec

from hackle_import.drop import INCOMING, Drop
from hackle_import.errors import Misconfigured, NewerLedger, NotFound
from hackle_import.identity.place import place_id_of
from hackle_import.ingest import ledger
from hackle_import.stores.protocol import Store

KEY = "days.toml"
_WILDCARD = re.compile(r"[*?[]")


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`until` is an hour and minute of the next day."""

    expected: list[str] = []
    until: str = "00:00"

    def waits_until(self, day: str, zone: ZoneInfo) -> datetime:
        """From then on the day is closed whatever lacks."""
        return datetime.combine(date.fromisoformat(day) + timedelta(days=1), _time(self.until), zone)


def read(staging: Store) -> Expected:
    """Nothing is expected where there is no such file. Raises Misconfigured with what is wrong with it."""
    try:
        body = staging.get(KEY)[0]
    except NotFound:
        return Expected()
    return parsed(body)


def parsed(body: bytes) -> Expected:
    """Raises Misconfigured."""
    try:
        found = msgspec.convert(tomllib.loads(body.decode()), Expected)
        _time(found.until)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError) as wrong:
        raise Misconfigured(f"{KEY}: {wrong}") from None
    wrong_ones = [one for one in found.expected if not one.startswith(INCOMING) or one.count("{") != one.count("{day}")]
    if wrong_ones:
        told = f"{KEY}: {', '.join(wrong_ones)}: give keys below {INCOMING}, with {{day}} for the day"
        raise Misconfigured(told)
    return found


def lacking(staging: Store, expected: Expected, day: str) -> list[str]:
    """The patterns of which no drop was handled."""
    return [one for one in expected.expected if not _came(staging, one.replace("{day}", day))]


def _came(staging: Store, pattern: str) -> bool:
    wildcard = _WILDCARD.search(pattern)
    prefix = pattern[: wildcard.start()] if wildcard else pattern
    found = (key for key in staging.keys(prefix) if fnmatchcase(key, pattern))
    place_id = place_id_of(staging)
    return any(_is_handled(staging, Drop.at(staging.place, key, place_id)) for key in found)


def _is_handled(staging: Store, drop: Drop | None) -> bool:
    try:
        return drop is not None and ledger.load(staging, drop)[0].receipt is not None
    except NewerLedger:
        return True


def _time(text: str) -> time:
    found = time.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError(f"{text}: give an hour such as 06:00, without an offset")
    return found
