"""Which field is most likely what: by its name in English or Korean, and of times by how they are written."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from hackle_import.cli.sample import Name, Sample
from hackle_import.conform.formatted import formatted
from hackle_import.conform.instants import instant
from hackle_import.conform.osname import spelling
from hackle_import.mapping import Ts

_NAMES = {
    "insert_id": "insert_id event_id message_id uuid order_id order_no transaction_id order id"
    " 주문번호 이벤트id 이벤트아이디",
    "event_key": "event_key event_name event_type event action name type 이벤트 이벤트명 이벤트이름 행동",
    "ts": "ts timestamp event_timestamp event_time time created_at occurred_at datetime event_at event_datetime"
    " logged_at log_time client_time sent_at received_at server_time inserted_at ordered_at paid_at order_date at"
    " timestamp_ms ts_ms time_ms date event_date when"
    " 일시 발생일시 발생시각 이벤트일시 이벤트시각 이벤트시간 로그시각 시각 시간"
    " 주문일시 결제일시 등록일시 주문일 결제일 등록일 날짜",
    "metric_value": "metric_value revenue amount paid payment price total value 금액 결제금액 주문금액 매출 가격",
    "user_id": "user_id userid uid customer_id member_id member_no user customer"
    " 회원번호 회원id 고객번호 고객id 사용자id 회원",
    "device_id": "device_id deviceid did anonymous_id client_id visitor_id device 기기id 디바이스id 기기번호",
    "osname": "osname os_name os platform 운영체제 플랫폼",
    "appversion": "appversion app_version version_name app_ver appver version ver app 앱버전 버전",
    "osversion": "osversion os_version 운영체제버전 os버전",
    "devicemodel": "devicemodel device_model model 기종 모델",
    "language": "language locale lang 언어",
}
_DAYS = (
    *("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m/%d/%Y", "%m.%d.%Y", "%m-%d-%Y"),
    *("%d/%m/%y", "%d.%m.%y", "%m/%d/%y", "%y/%m/%d", "%y.%m.%d", "%y-%m-%d", "%Y년 %m월 %d일"),
    *("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y", "%a, %d %b %Y", "%d/%b/%Y"),
)
_HOURS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%p %I:%M", "%p %I:%M:%S")
_CLOCKS = ("", *map("".join, product((" ", ", ", ":"), _HOURS, ("", " %z", " %Z"))))
_WHOLE = (
    "%Y%m%d%H%M%S",
    "%Y%m%d%H%M",
    "%Y%m%d",
    "%Y년 %m월 %d일 %H시 %M분",
    "%Y년 %m월 %d일 %H시 %M분 %S초",
    "%a %b %d %H:%M:%S %Y",
    "%a %b %d %H:%M:%S %Z %Y",
)
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)  # %Y takes the year 25, too
_ZONE, _OTHER_ZONE = "UTC", "Asia/Seoul"
_GENERIC = frozenset(
    {"id", "name", "type", "version", "model", "time", "date", "value", "total"}
)  # of what is above them
_WRAPPERS = frozenset(
    {
        "event",
        "data",
        "properties",
        "props",
        "payload",
        "record",
        "attributes",
        "body",
        "message",
        "params",
        "log",
        "_source",
    }
)
_SYSTEMS = ("Android", "iOS")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})*(\.\d+)?")
_COMMA = re.compile(r"[-+]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?")
_AROUND = re.compile(
    r"(?P<before>[^\d+\-.,]{0,5})(?P<sign>[-+]?)[^\d.,]{0,5}?(?P<digits>[\d.,]*\d(?:[eE][+-]?\d+)?)(?P<behind>[^\d+\-.,]{0,5})"
)
_MOST_SIGNS, _SIGN_LETTERS = 3, 3  # of currencies in one column: KRW, US$
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_EPOCH, _EXCEL = re.compile(r"-?\d+(?:\.\d+)?"), re.compile(r"[2-7]\d{4}(?:\.\d+)?")
_COMPACT = re.compile(r"(?:19|20)\d{6}(?:\d{4}|\d{6})?")
_YEARS = (1_262_304_000_000, 2_208_988_800_000)  # 2010 and 2040, in milliseconds
_MOST_LOOKED_AT = 50  # of different times
_UNITS = {10: "s", 13: "ms", 16: "us", 19: "ns"}  # by the digits of a moment of our days


def roles(sample: Sample) -> dict[str, Name]:
    """The field of each role that one has: by its name, or by what it holds. An id is a field without repeats."""
    plain: dict[str, Name] = {}
    for name in sample.fields:
        for called in _called(name):
            plain.setdefault(called, name)
    found: dict[str, Name] = {}
    for role, names in _NAMES.items():
        fitting = (plain[name] for name in names.split() if name in plain and plain[name] not in found.values())
        if (first := next((one for one in fitting if role != "insert_id" or sample.is_unique(one)), None)) is not None:
            found[role] = first
    for role, name in (*_by_ending(plain, found), *_by_content(sample, found)):
        if role not in found and name not in found.values():
            found[role] = name
    return found


def _by_ending(plain: dict[str, Name], found: dict[str, Name]) -> Iterable[tuple[str, Name]]:
    """Fields such as `airbridge_device_id`, of names that have several words."""
    for role, names in _NAMES.items():
        for known in names.split() if role not in found and role != "insert_id" else ():
            yield from ((role, name) for called, name in plain.items() if "_" in known and called.endswith(f"_{known}"))


def is_called(role: str, name: Name) -> bool:
    """Whether a field has one of the names that speak for a role."""
    known = _NAMES[role].split()
    endings = tuple(f"_{one}" for one in known if "_" in one)
    return any(called in known or called.endswith(endings) for called in _called(name))


def _called(name: Name) -> Iterable[str]:
    """What a field may be called: by its last steps, or by the last alone, unless that is `id` of something else."""
    yield from (_plain("_".join(name[start:])) for start in range(len(name) - 1))
    if len(name) == 1 or name[-1].lower() not in _GENERIC or name[-2].lower() in _WRAPPERS:
        yield _plain(name[-1])


def no_id(sample: Sample) -> Name | None:
    """A field that is called as an id is, and has repeats or gaps."""
    return next((name for name in sample.fields if is_called("insert_id", name) and not sample.is_unique(name)), None)


def _by_content(sample: Sample, found: dict[str, Name]) -> Iterable[tuple[str, Name]]:
    usual = spelling(_SYSTEMS)
    for name, texts in sample.fields.items():
        if name in found.values() or not texts:
            continue
        if all(usual(text) in _SYSTEMS for text in texts):
            yield "osname", name
        if _are_times(texts) or all(map(_is_epoch, texts)):
            yield "ts", name
        if all(map(_UUID.fullmatch, texts)) and sample.is_unique(name):
            yield "insert_id", name


def _are_times(texts: list[str]) -> bool:
    """With a clock: a day alone may be anybody's birthday."""
    return all(":" in text for text in texts) and bool(all(map(_is_read, texts)) or _formats(texts, _shapes()))


def systems_to_translate(texts: list[str]) -> list[str]:
    """Those that do not become Android or iOS by themselves."""
    usual = spelling(_SYSTEMS)
    return [text for text in dict.fromkeys(texts) if usual(text) not in _SYSTEMS]


def amount_options(texts: list[str]) -> dict[str, Any] | None:
    """How amounts are written: options of a value, none for plain numbers; None for what no option reads."""
    around = [_AROUND.fullmatch(text) for text in texts]
    signs = {sign for found in around if found for sign in (found["before"].strip(), found["behind"].strip()) if sign}
    if None in around or len(signs) > _MOST_SIGNS or max(map(len, signs), default=0) > _SIGN_LETTERS:
        return None
    marks = _marks([f"{found['sign']}{found['digits']}" for found in around if found])
    return None if marks is None else marks | ({"strip": sorted(signs)} if signs else {})


def _marks(texts: list[str]) -> dict[str, Any] | None:
    if all(map(_NUMBER.fullmatch, texts)):
        return {}
    if all(map(_GROUPED.fullmatch, texts)):
        return {"thousands": ","}
    if all(map(_COMMA.fullmatch, texts)):
        return {"decimal": ","} | ({"thousands": "."} if any("." in text for text in texts) else {})
    return None


def _plain(name: str) -> str:
    """`Event Time`, `eventTime` and `event-time` are one name; so are `회원 번호` and `회원번호`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    ascii_only = re.sub(r"[\W_]+", "_", parted).strip("_").lower()
    return ascii_only if ascii_only.isascii() else ascii_only.replace("_", "")


def time_lines(texts: list[str], names: Iterable[Name]) -> list[str]:
    """What `[ts]` should say of such times; `names` are those of all fields."""
    own = _formats(texts, _WHOLE[:3])
    if texts and all(map(_EPOCH.fullmatch, texts)) and not own:
        unit = _UNITS.get(len(texts[0].lstrip("-").partition(".")[0]))
        if all(map(_EXCEL.fullmatch, texts)):
            return [_zone(names), "excel = true  # GUESS: a spreadsheet's days"]
        return [f'unit = "{unit}"  # GUESS by its digits'] if unit else ["# TODO: these numbers are no epoch"]
    naive = [] if texts and all(map(_has_offset, texts)) else [_zone(names)]
    if not texts or (all(map(_is_read, texts)) and not own):
        return naive
    fitting = own or _formats(texts, _shapes())
    if not fitting:
        odd = next(text for text in texts if not _is_read(text))
        return [*naive, f"# TODO: format = ..., for times such as {odd!r}"]
    naive = [] if all(_has_offset(text) or _has_offset(text, fitting[0]) for text in texts) else naive
    others = f", or {fitting[1]}: the sample reads both ways" if fitting[1:] else ""
    return [*naive, f'format = "{fitting[0]}"  # GUESS{others}']


def _zone(names: Iterable[Name]) -> str:
    if any(_HANGUL.search(step) for name in names for step in name):
        return 'timezone = "Asia/Seoul"  # GUESS, TODO: the times carry no offset, and the names are Korean'
    return 'timezone = "UTC"  # GUESS, TODO: the times carry no offset'


def _shapes() -> Iterable[str]:
    return (*_WHOLE, *(day + clock for day, clock in product(_DAYS, _CLOCKS)))


def _formats(texts: list[str], shapes: Iterable[str]) -> list[str]:
    """Those that all texts have which are not read by themselves."""
    different = list(dict.fromkeys(texts))[:_MOST_LOOKED_AT]
    odd = [text for text in different if not _is_read(text) or _COMPACT.fullmatch(text)]
    return [shape for shape in shapes if odd and all(_fits(text, shape) for text in odd)]


def _fits(text: str, shape: str) -> bool:
    found = formatted(text.strip(), shape, ZoneInfo(_ZONE))
    return found is not None and _EARLIEST <= found < _LATEST


def _is_read(text: str) -> bool:
    """Whether it is a time that no mapping need speak of."""
    return _is_epoch(text) or (not _EPOCH.fullmatch(text) and instant(text, Ts()) is not None)


def _is_epoch(text: str) -> bool:
    """Whether it looks like a moment of our days, by its digits."""
    is_long = _EPOCH.fullmatch(text) is not None and len(text.partition(".")[0]) in _UNITS
    since = instant(text, Ts()) if is_long else None
    return since is not None and _YEARS[0] <= since < _YEARS[1]


def _has_offset(text: str, shape: str | None = None) -> bool:
    """Whether the zone of the mapping makes no difference."""
    one, other = (Ts(timezone=zone, format=(shape,) if shape else ()) for zone in (_ZONE, _OTHER_ZONE))
    return instant(text, one) == instant(text, other) is not None
