"""JSON's beginning for `mappings new`: its records, wherever a document or a record holds them, and their fields."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from hackle_import.cli.guesses import roles
from hackle_import.cli.sample import Name, Sample, decoded

_RECORDS, _MOST_DEPTH = 200, 16
_MANY = 5  # events in one document, though it has a name and a time itself
_NO_STEP = re.compile(r'["\\\[]')  # of a name that no path has
_BETWEEN = re.compile(r"[\s,]*")
_COLON = re.compile(r"\s*:\s*")
_raw_decode = json.JSONDecoder().raw_decode


def sample_of_json(name: str, text: str) -> Sample:
    """`text` may end anywhere."""
    records = list(islice((one for one in _values(text) if isinstance(one, dict)), _RECORDS))
    plain = _sample(name, records)
    for path, listed in _lists((), records[0]) if len(records) == 1 else ():
        is_event, most = _is_event(_sample(name, listed[:_RECORDS])), len(listed) >= _MANY
        if (is_event and (most or not _is_event(plain))) or (len(listed) > 1 and not _is_event(plain)):
            return _sample(name, listed[:_RECORDS], wrapped=path)
    if records and not _is_event(plain):
        for path, _ in _lists((), records[0]):
            elements = [one for record in records for one in _elements(record, path)]
            if elements and _is_event(each := _sample(name, elements[:_RECORDS], each=path)):
                return each
    return plain


def _sample(name: str, records: list[Any], wrapped: Name = (), each: Name = ()) -> Sample:
    fields: dict[Name, list[str]] = {}
    for record in records:
        for steps, value in _leaves((), record):
            fields.setdefault(steps, []).append(value)
    return Sample(name, len(records), fields, records=wrapped, each=each)


def _is_event(sample: Sample) -> bool:
    """Whether its fields have a name and a time."""
    return {"event_key", "ts"} <= roles(sample).keys()


def _lists(path: Name, value: Any) -> Iterator[tuple[Name, list[Any]]]:
    """Lists of objects, the outermost and longest first."""
    if len(path) > _MOST_DEPTH or not isinstance(value, dict):
        return
    inner = {name: _unfolded(one) for name, one in value.items() if name.isprintable() and not _NO_STEP.search(name)}
    found = [
        (name, one) for name, one in inner.items() if isinstance(one, list) and any(isinstance(x, dict) for x in one)
    ]
    yield from (((*path, name), one) for name, one in sorted(found, key=lambda pair: -len(pair[1])))
    for name, one in inner.items():
        yield from _lists((*path, name), one)


def _unfolded(value: Any) -> Any:
    """What a text says that is a list or an object."""
    told = decoded(value) if isinstance(value, str) and value.lstrip()[:1] in ("[", "{") else None
    return value if told is None else told


def _elements(record: Any, path: Name) -> Iterator[dict[str, Any]]:
    """With what is beside the list, as `each` has it."""
    listed: Any = record
    for step in path:
        listed = _unfolded(listed.get(step)) if isinstance(listed, dict) else None
    for one in listed if isinstance(listed, list) else ():
        if isinstance(element := _unfolded(one), dict):
            yield {**element, "record": _without(record, path)}


def _without(record: Any, path: Name) -> Any:
    inner = _unfolded(record)
    if len(path) == 1:
        return {name: one for name, one in inner.items() if name != path[0]}
    return {name: _without(one, path[1:]) if name == path[0] else one for name, one in inner.items()}


def _values(text: str) -> Iterator[Any]:
    """Of an array its elements; otherwise value after value. What cannot be read ends an array, and a line; of a
    document that is cut off there is what can be read of it."""
    at, is_array = 0, text.lstrip()[:1] == "["
    at = text.index("[") + 1 if is_array else 0
    first = True
    while (at := _end(text, at)) < len(text):
        try:
            value, at = _raw_decode(text, at)
        except (ValueError, RecursionError):
            if first and not is_array and (part := _part(text, at)):
                yield part
                return
            at = text.find("\n", at) + 1
            if is_array or not at:
                return
            continue
        first = False
        yield value


def _part(text: str, at: int) -> dict[str, Any]:
    """Of a document that is cut off; nothing where it holds no list of objects."""
    found, _ = _begun(text, at, 0)
    return found if isinstance(found, dict) and any(_lists((), found)) else {}


def _begun(text: str, at: int, depth: int) -> tuple[Any, int]:
    """A value, as far as it can be read, and where it ends: -1 where the text does."""
    try:
        return _raw_decode(text, at)
    except (ValueError, RecursionError):
        pass
    if text[at : at + 1] not in ("{", "[") or depth > _MOST_DEPTH:
        return None, -1
    members: dict[str, Any] = {}
    listed: list[Any] = []
    is_object, at = text[at] == "{", _end(text, at + 1)
    while 0 <= at < len(text):
        name = ""
        if is_object:
            try:
                name, at = _raw_decode(text, at)
            except ValueError:
                break
            at = found.end() if (found := _COLON.match(text, at)) else len(text)
        value, at = _begun(text, at, depth + 1)
        if value is not None:
            members[str(name)] = value
            listed.append(value)
        at = _end(text, at) if at >= 0 else at
    return (members if is_object else listed), -1


def _end(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _leaves(path: Name, value: Any) -> Iterator[tuple[Name, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name.isprintable():
                yield from _leaves((*path, name), one)
    elif path and value is not None and value != "":
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
