"""What must have come before a day is closed: `days.toml` in the staging place lists patterns of drops (`expected`), in
which `{day}` is the day and * and ? are as in a shell, and the hour of the next day, on the clocks that days are cut
by, until which a day waits for them (`until`)."""

import re
import tomllib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from msgspec import Struct

from hackle_import.drop import INCOMING, Drop
from hackle_import.errors import Misconfigured, NewerLedger, NotFound
from hackle_import.identity.place import place_id_of
from hackle_import.ingest import ledger
from hackle_import.stores.protocol import Store

KEY, KEYS = "days.toml", {"until", "expected"}
NO_WAIT = "00:00"
_UNTIL = 'give an hour of the next day such as "06:00", as text and without an offset'
_EXPECTED = f"give a list of keys below {INCOMING}, with {{day}} for the day"
_WILDCARD = re.compile(r"[*?[]")


class Expected(Struct, frozen=True):
    """`until` is an hour and minute of the next day."""

    expected: Sequence[str] = ()
    until: str = NO_WAIT

    def waits_until(self, day: str, zone: ZoneInfo) -> datetime:
        """From then on the day is closed whatever lacks."""
        return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time.fromisoformat(self.until), zone)


def read(staging: Store) -> Expected:
    """Nothing is expected where there is no such file. Raises Misconfigured with what is wrong with it."""
    try:
        body = staging.get(KEY)[0]
    except NotFound:
        return Expected()
    return parsed(body)


def parsed(body: bytes) -> Expected:
    """Raises Misconfigured with every problem."""
    try:
        found = tomllib.loads(body.decode())
    except UnicodeDecodeError:
        raise Misconfigured(f"{KEY} is no UTF-8 text") from None
    except tomllib.TOMLDecodeError as wrong:
        raise Misconfigured(f"{KEY} is no TOML: {wrong}") from None
    problems = [f"{name} is no key of it: it may have `until` and `expected`" for name in sorted(found.keys() - KEYS)]
    wanted, until = found.get("expected", []), found.get("until", NO_WAIT)
    problems += [f"until={_shown(until)}: {_UNTIL}"] if not _is_time(until) else []
    problems += [f"expected={_shown(wanted)}: {_EXPECTED}"] if not isinstance(wanted, list) else []
    patterns = wanted if isinstance(wanted, list) else []
    problems += [f"expected: {_shown(one)}: {_EXPECTED}" for one in patterns if not _is_pattern(one)]
    if problems:
        raise Misconfigured("; ".join(f"{KEY}: {problem}" for problem in problems))
    return Expected(patterns, until)


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


def _is_pattern(found: object) -> bool:
    return isinstance(found, str) and found.startswith(INCOMING) and found.count("{") == found.count("{day}")


def _is_time(found: object) -> bool:
    try:
        return isinstance(found, str) and time.fromisoformat(found).tzinfo is None
    except ValueError:
        return False


def _shown(found: object) -> str:
    return repr(found) if isinstance(found, (str, list, dict)) else str(found)
