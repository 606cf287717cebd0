"""Which field is most likely what: by its name in English or Korean, and of times by how they are written."""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from itertools import product

from hackle_import.cli.sample import Name, Sample
from hackle_import.conform.maps import spelling

_NAMES = {
    "insert_id": "insert_id event_id message_id uuid order_id order_no transaction_id order id"
    " 주문번호 이벤트id 이벤트아이디",
    "event_key": "event_key event_name event_type event action name type 이벤트 이벤트명 이벤트이름 행동",
    "ts": "ts timestamp event_timestamp event_time time created_at occurred_at datetime date when"
    " 일시 발생일시 발생시각 시각 시간 주문일시 결제일시 등록일시 날짜",
    "metric_value": "metric_value revenue amount paid payment price total value 금액 결제금액 주문금액 매출 가격",
    "user_id": "user_id userid customer_id member_id member_no user customer"
    " 회원번호 회원id 고객번호 고객id 사용자id 회원",
    "device_id": "device_id deviceid anonymous_id client_id visitor_id device 기기id 디바이스id 기기번호",
    "osname": "osname os_name os platform 운영체제 플랫폼",
    "appversion": "appversion app_version version_name app_ver version app 앱버전 버전",
    "osversion": "osversion os_version 운영체제버전 os버전",
    "devicemodel": "devicemodel device_model model 기종 모델",
    "language": "language locale lang 언어",
}
_DAYS = {
    "day first": ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"),
    "month first": ("%m/%d/%Y", "%m.%d.%Y", "%m-%d-%Y"),
    "year first": ("%Y/%m/%d", "%Y.%m.%d", "%Y. %m. %d"),
}
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_EARLIEST = datetime(1970, 1, 1)  # noqa: DTZ001 - %Y takes the year 25, too
_SYSTEMS = ("Android", "iOS")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})*(\.\d+)?")
_COMMA = re.compile(r"[-+]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ZONE = re.compile(r"(?<=[\d]) ?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_UNITS = {10: "s", 13: "ms", 16: "us", 19: "ns"}  # by the digits of a moment of our days


def roles(sample: Sample) -> dict[str, Name]:
    """The field of each role that one has: by its name, or by what it holds. An id is a field without repeats."""
    plain: dict[str, Name] = {}
    for name in sample.fields:
        plain.setdefault(_plain(name[-1]), name)
        plain.setdefault(_plain("_".join(name)), name)
    found: dict[str, Name] = {}
    for role, names in _NAMES.items():
        fitting = (plain[name] for name in names.split() if name in plain and plain[name] not in found.values())
        if (first := next((one for one in fitting if role != "insert_id" or sample.is_unique(one)), None)) is not None:
            found[role] = first
    return found | {role: name for role, name in _by_content(sample, found) if role not in found}


def no_id(sample: Sample) -> Name | None:
    """A field that is called as an id is, and has repeats or gaps."""
    called = _NAMES["insert_id"].split()
    return next((name for name in sample.fields if _plain(name[-1]) in called and not sample.is_unique(name)), None)


def _by_content(sample: Sample, found: dict[str, Name]) -> Iterable[tuple[str, Name]]:
    usual = spelling(_SYSTEMS)
    for name, texts in sample.fields.items():
        if name in found.values() or not texts:
            continue
        if all(usual(text) in _SYSTEMS for text in texts):
            yield "osname", name
        if all(_is_iso(text) and ":" in text for text in texts):
            yield "ts", name
        if all(map(_UUID.fullmatch, texts)) and sample.is_unique(name):
            yield "insert_id", name


def systems_to_translate(texts: list[str]) -> list[str]:
    """Those that do not become Android or iOS by themselves."""
    usual = spelling(_SYSTEMS)
    return [text for text in dict.fromkeys(texts) if usual(text) not in _SYSTEMS]


def amount_options(texts: list[str]) -> dict[str, str] | None:
    """How amounts are written: options of `[csv]`, none for plain numbers; None for what no option reads."""
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
    if texts and all(re.fullmatch(r"-?\d+(\.\d+)?", text) for text in texts) and not _formats(texts, ("%Y%m%d%H%M%S",)):
        unit = _UNITS.get(len(texts[0].lstrip("-").partition(".")[0]))
        return [f'unit = "{unit}"  # GUESS by its digits'] if unit else ["# TODO: these numbers are no epoch"]
    naive = [] if texts and all(map(_has_offset, texts)) else [_zone(names)]
    if not texts or all(map(_is_iso, texts)):
        return naive
    fitting = _formats(texts, ("%Y%m%d%H%M%S", *_shapes()))
    if not fitting:
        return [*naive, f"# TODO: format = ..., for times such as {texts[0]!r}"]
    others = f", or {fitting[1]}: the sample reads both ways" if fitting[1:] else ""
    return [*naive, f'format = "{fitting[0]}"  # GUESS{others}']


def _zone(names: Iterable[Name]) -> str:
    if any(_HANGUL.search(step) for name in names for step in name):
        return 'timezone = "Asia/Seoul"  # GUESS, TODO: the times carry no offset, and the names are Korean'
    return 'timezone = "UTC"  # GUESS, TODO: the times carry no offset'


def _shapes() -> Iterable[str]:
    return (day + clock for days in _DAYS.values() for day, clock in product(days, _CLOCKS))


def _formats(texts: list[str], shapes: Iterable[str]) -> list[str]:
    return [shape for shape in shapes if all(_fits(text, shape) for text in texts)]


def _fits(text: str, shape: str) -> bool:
    with suppress(ValueError):
        return datetime.strptime(text, shape) >= _EARLIEST  # noqa: DTZ007 - only whether it can be read
    return False


def _is_iso(text: str) -> bool:
    with suppress(ValueError):
        return bool(datetime.fromisoformat(_ZONE.sub("", text)))
    return False


def _has_offset(text: str) -> bool:
    return _is_iso(text) and _ZONE.search(text.partition(":")[2]) is not None
