"""Settings from an environment that is handed in, validated once, every problem named at once."""

import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from hackle_import.drop import FOLDERS, OPEN
from hackle_import.errors import Misconfigured

MIB = 1 << 20
RATIO_FROM_BYTES = 16 * MIB  # decompressed: small files of one repeated row compress beyond any sensible ratio
COMPRESSIONS = ("snappy", "zstd")
DECODERS = ("native", "python")  # the native one is taken where it is built; both give the same
MOST_DAYS = 36_500  # that are looked back at: a century
HASH_KEY_CHARACTERS = 32  # at least; in hexadecimal digits, 128 bits
_IRREGULAR_BYTES = 24  # of a key that is compressed; of 32 random hexadecimal digits 27 and more are left
_ACCOUNT = re.compile("[0-9]{12}")
T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class Publish(StrEnum):
    """What appears in the import place, and when."""

    DROPS = "drops"  # a drop's files, as it is handled
    CLOSED_DAYS = "closed-days"  # a day's, once it is closed


class Late(StrEnum):
    """What becomes of drops that come for a day that is closed; a drop that the day has in another version is always
    held by the first two."""

    APPEND = "append"
    HOLD = "hold"
    REWRITE = "rewrite"


class Repeats(StrEnum):
    """What becomes of rows of a day that have an `insert_id` of a row before them."""

    REPORT = "report"
    REMOVE_EQUAL = "remove-equal"
    REMOVE = "remove"


class DayOrder(StrEnum):
    """In which order a day's rows lie."""

    USER = "user"  # by `identifiers.id`, then `ts`
    TS = "ts"


class HashKey(bytes):
    """A secret: whoever prints what holds it sees nothing of it."""

    def __repr__(self) -> str:
        return "HashKey(…)"

    __str__ = __repr__


class Limits(Struct, frozen=True):
    """Bounds on what a drop may cost. Sizes are in bytes; `max_ratio` is decompressed to stored size."""

    max_line_bytes: int = 8 * MIB
    max_ratio: int = 250
    max_bytes: int = 64 * 1024 * MIB
    spool_bytes: int = 320 * MIB
    max_days: int = 4000
    max_depth: int = 64


class Rules(Struct, frozen=True):
    """What the conversion needs to know beside the drop and its mapping. `osnames` None allows any;
    `hash_key` is empty where there is none."""

    day_folder: str = "{day}"
    day_timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    osnames: tuple[str, ...] | None = ("Android", "iOS")
    earliest: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    limits: Limits = field(default_factory=Limits)
    compression: str = COMPRESSIONS[0]
    decoder: str = DECODERS[0]
    hash_key: HashKey = HashKey()


class DayRules(Struct, frozen=True):
    """How days are published. A day is due at `close_hour` of the next one, in the zone that days are cut in; of closed
    ones the last `look_back` are looked at for changes."""

    publish: Publish = Publish.DROPS
    late: Late = Late.APPEND
    repeats: Repeats = Repeats.REPORT
    order: DayOrder = DayOrder.USER
    close_hour: int = 2
    look_back: int = 35

    @property
    def are_closed(self) -> bool:
        return self.publish is Publish.CLOSED_DAYS

    def written_to(self, staging: str, lake: str) -> str:
        """The place that drops' files go to."""
        return f"{staging}/{OPEN.rstrip('/')}" if self.are_closed else lake


class Settings(Struct, frozen=True):
    """`staging` and `lake` are places for `stores.open_store`; `lake` is `HACKLE_IMPORT`, Hackle's prefix included;
    `bucket_owners` are the AWS accounts that buckets must be of, by bucket; `timeout` is how long the platform lets a
    function run, where it does not tell the function itself; `exports` is where the parts of exports lie."""

    staging: str
    lake: str
    rules: Rules
    timeout: timedelta | None = None
    bucket_owners: Mapping[str, str] = field(default_factory=dict)
    days: DayRules = field(default_factory=DayRules)
    exports: str = ""

    @classmethod
    def read(cls, env: Mapping[str, str]) -> "Settings":
        """Raises Misconfigured with every problem, so that one redeploy fixes them all."""
        problems: list[str] = []
        staging, lake = (_place(env, name, problems) for name in ("HACKLE_STAGING", "HACKLE_IMPORT"))
        problems += overlap(staging, lake) if staging and lake else []
        rules = read_rules(env, problems)
        timeout = _taken(env, problems, "HACKLE_TIMEOUT_SECONDS", None, lambda text: timedelta(seconds=_positive(text)))
        owners, days = read_owners(env, problems), read_day_rules(env, problems)
        exports = env.get("HACKLE_EXPORTS", "").rstrip("/") or staging
        if problems:
            raise Misconfigured("; ".join(problems))
        return cls(staging, lake, rules, timeout, owners, days, exports)


def read_rules(env: Mapping[str, str], problems: list[str]) -> Rules:
    """The optional settings; what is wrong with them is appended to `problems`."""

    def taken(name: str, default: T, parse: Callable[[str], T]) -> T:
        return _taken(env, problems, name, default, parse)

    default = Limits()
    limits = Limits(
        max_line_bytes=taken("HACKLE_MAX_LINE_BYTES", default.max_line_bytes, _positive),
        max_ratio=taken("HACKLE_MAX_RATIO", default.max_ratio, _positive),
        max_bytes=taken("HACKLE_MAX_BYTES", default.max_bytes, _positive),
        spool_bytes=taken("HACKLE_SPOOL_BYTES", default.spool_bytes, _positive),
    )
    return Rules(
        day_folder=taken("HACKLE_DAY_FOLDER", "{day}", _folder),
        day_timezone=taken("HACKLE_DAY_TIMEZONE", ZoneInfo("UTC"), zone),
        osnames=taken("HACKLE_OSNAMES", Rules().osnames, _osnames),
        limits=limits,
        compression=taken("HACKLE_COMPRESSION", COMPRESSIONS[0], _one_of(COMPRESSIONS)),
        decoder=taken("HACKLE_DECODER", DECODERS[0], _one_of(DECODERS)),
        hash_key=_hash_key(env, problems),
    )


def read_day_rules(env: Mapping[str, str], problems: list[str]) -> DayRules:
    """How days are published; what is wrong with it is appended to `problems`."""
    default = DayRules()
    return DayRules(
        publish=_taken(env, problems, "HACKLE_PUBLISH", default.publish, _member_of(Publish)),
        late=_taken(env, problems, "HACKLE_LATE", default.late, _member_of(Late)),
        repeats=_taken(env, problems, "HACKLE_REPEATS", default.repeats, _member_of(Repeats)),
        order=_taken(env, problems, "HACKLE_DAY_ORDER", default.order, _member_of(DayOrder)),
        close_hour=_taken(env, problems, "HACKLE_CLOSE_HOUR", default.close_hour, _hour),
        look_back=_taken(env, problems, "HACKLE_LOOK_BACK_DAYS", default.look_back, _days),
    )


def read_owners(env: Mapping[str, str], problems: list[str]) -> Mapping[str, str]:
    """Accounts by bucket; what is wrong with them is appended to `problems`."""
    return _taken(env, problems, "HACKLE_BUCKET_OWNERS", {}, _owners)


def overlap(staging: str, lake: str) -> list[str]:
    """What is wrong with places of which one lies in the other, where that does harm: Hackle may delete whatever is
    below the import place, and what lies in `incoming/` is a drop."""
    inside, folders = f"{lake}/", [f"{staging}/{name}" for name in FOLDERS]
    if not any(folder.startswith(inside) or inside.startswith(folder) for folder in folders):
        return []
    return [f"HACKLE_IMPORT={lake!r} must hold none of the folders of HACKLE_STAGING={staging!r}, and lie in none"]


def zone(name: str) -> ZoneInfo:
    """An IANA zone. Raises ValueError with a remedy."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("not an IANA time zone, such as Asia/Seoul") from None


def _taken(env: Mapping[str, str], problems: list[str], name: str, default: T, parse: Callable[[str], T]) -> T:
    text = env.get(name, "")
    try:
        return parse(text) if text else default
    except ValueError as wrong:
        problems.append(f"{name}={text!r}: {wrong}")
        return default


def _hash_key(env: Mapping[str, str], problems: list[str]) -> HashKey:
    """White space around it does not count: secrets are often stored with a line's end. No message holds it."""
    key = env.get("HACKLE_HASH_KEY", "").strip()
    remedy = "whoever guesses it can undo the hashes; make one with `openssl rand -hex 32`"
    if key and len(key) < HASH_KEY_CHARACTERS:
        problems.append(f"HACKLE_HASH_KEY has {len(key)} characters, and must have {HASH_KEY_CHARACTERS}: {remedy}")
    elif key and _is_regular(key.encode()):
        problems.append(f"HACKLE_HASH_KEY repeats itself or counts: {remedy}")
    return HashKey(key.encode())


def _is_regular(key: bytes) -> bool:
    """Whether a compressor makes little of it, or of the steps from each character to the next, which counting makes
    equal. Random hexadecimal digits stay as long as they are."""
    steps = bytes((after - before) % 256 for before, after in pairwise(key))
    return any(len(zlib.compress(text, 9, -zlib.MAX_WBITS)) < _IRREGULAR_BYTES for text in (key, steps))


def _place(env: Mapping[str, str], name: str, problems: list[str]) -> str:
    place = env.get(name, "").rstrip("/")
    if not place:
        problems.append(f"{name} is not set: give s3://bucket/prefix, gs://bucket/prefix or a folder")
    return place


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise ValueError("must be a whole number above 0")
    return int(text)


def _one_of(names: Sequence[str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return text

    return parse


def _member_of(kind: type[E]) -> Callable[[str], E]:
    def parse(text: str) -> E:
        if text not in set(kind):
            raise ValueError(f"must be one of {', '.join(kind)}")
        return kind(text)

    return parse


def _hour(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) < 24):  # noqa: PLR2004 - hours of a day
        raise ValueError("must be an hour, 0 to 23")
    return int(text)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= MOST_DAYS):
        raise ValueError(f"must be a whole number of days, 1 to {MOST_DAYS}")
    return int(text)


def _folder(text: str) -> str:
    if (
        text.count("{day}") != 1
        or text.startswith("/")
        or text.endswith("/")
        or ".." in text
        or "{" in text.replace("{day}", "")
    ):
        raise ValueError("must be a relative folder that holds {day} once, such as dt={day}")
    return text


def _owners(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in text.split(","):
        bucket, _, account = pair.strip().partition("=")
        if not bucket or not _ACCOUNT.fullmatch(account) or found.setdefault(bucket, account) != account:
            raise ValueError("must be bucket=account, divided by commas: a bucket once, an account of 12 digits")
    return found


def _osnames(text: str) -> tuple[str, ...] | None:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise ValueError("must be names divided by commas, or *")
    return None if "*" in names else names
