"""Records that hold a list of events -> a record an event: the list's element, with what the record has beside the list
under the name `record`. A record without such a list is a bad row. A text that is JSON is what it says, wherever the
record, the list or an element is looked for."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence

import msgspec

from hackle_import.codes import Why
from hackle_import.reading.chunks import Chunk, Unread

RECORD = "record"
_OWN = "own_"  # before the name of an element's own field that is called so
_CALLED_SO = re.compile(rb'"record"|\\u')  # the latter may spell it
_WAS_CALLED_SO = re.compile("(?:own_)+record")
_CHUNK_BYTES = 4 << 20
_MOST_BYTES = 256 << 20  # of what one record becomes: each of its elements has all that is beside them
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_members_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_elements_of = msgspec.json.Decoder(list[msgspec.Raw]).decode
_BLANKS = " \t\r\n"
_MARK = b"\n#"
_text_of = msgspec.json.Decoder(str).decode
_encode = msgspec.json.encode


class Each:
    """`path` is that of the list."""

    def __init__(self, path: Sequence[str]) -> None:
        self._path = path

    def __call__(self, chunk: Chunk, only: Mapping[int, Container[int]] | None = None) -> Iterator[Chunk]:
        """The records' elements, each on its record's line, and `marks` that tell equal ones apart. What is no object
        is left as it is: the decoder says what is wrong with it. `only`: of a record on such a line, nothing but the
        elements at these places."""
        rows, size, unread = list[tuple[bytes, int, bytes]](), 0, [*chunk.unread]
        for record, line in zip(chunk.records, chunk.lines, strict=True):
            found = self._rows(record, line, (only or {}).get(line))
            if isinstance(found, Unread):
                unread.append(found)
                continue
            for row, mark in found:
                rows.append((row, line, mark))
                size += len(row)
                if size >= _CHUNK_BYTES:
                    yield _chunk(rows, [one for one in unread if one.line <= line], 0)
                    rows, unread, size = [], [one for one in unread if one.line > line], 0
        yield _chunk(rows, unread, len(chunk.records) + len(chunk.unread))

    def _rows(self, record: bytes, line: int, only: Container[int] | None) -> Iterator[tuple[bytes, bytes]] | Unread:
        try:
            listed, beside = _taken_out(record, self._path)
            elements = _elements_of(listed)
        except _UNREADABLE:
            if not _is_object(record):
                return iter([(record, b"")])
            return Unread(line, Why.WRONG_TYPE, f"a list is needed at {'.'.join(self._path)}", record)
        if len(elements) * len(beside) > _MOST_BYTES:
            told = f"{len(elements):,} elements with {len(beside):,} bytes beside each are too much"
            return Unread(line, Why.LINE_TOO_LONG, told, record)
        return (
            (_with(bytes(one), beside), _MARK + b"%d" % place)
            for place, one in enumerate(elements)
            if only is None or place in only
        )


def place_of(mark: bytes) -> int:
    """That of a row in its record's list; -1 of what is no such row."""
    return int(mark[len(_MARK) :]) if mark else -1


def put_back(row: bytes, path: Sequence[str]) -> bytes:
    """The record that a row was made of, with this element alone; what is no such row as it is."""
    try:
        members = _members_of(row)
        beside = bytes(members.pop(RECORD))
        own = max(filter(_WAS_CALLED_SO.fullmatch, members), key=len, default=None)
        element = {RECORD if key == own else key: value for key, value in members.items()}
        return _put_in(beside, path, b"[%s]" % _encode(element))
    except (*_UNREADABLE, KeyError):
        return row


def _put_in(raw: bytes, path: Sequence[str], listed: bytes) -> bytes:
    members = _members_of(raw)
    name, below = path[0], path[1:]
    members[name] = msgspec.Raw(_put_in(bytes(members[name]), below, listed) if below else listed)
    return _encode(members)


def _taken_out(raw: bytes, path: Sequence[str]) -> tuple[bytes, bytes]:
    """What lies at a path, and the object without it. Raises msgspec.DecodeError where there is nothing."""
    members = _members_of(raw)
    name, below = path[0], path[1:]
    own = _as_json(bytes(members.get(name, b"")))
    if below:
        found, left = _taken_out(own, below)
        members[name] = msgspec.Raw(left)
        return found, _encode(members)
    members.pop(name, None)
    return own, _encode(members)


def _as_json(raw: bytes) -> bytes:
    """What a text says, where one stands instead of an object or a list."""
    return _text_of(raw).strip(_BLANKS).encode() if raw[:1] == b'"' else raw


def _with(element: bytes, beside: bytes) -> bytes:
    element = _as_object(element)
    if element[:1] != b"{":
        return element
    if _CALLED_SO.search(element):
        element = _without_its_own(element)
    comma = b"," if element[1:-1].strip() else b""
    return b'%s%s"%s":%s}' % (element[:-1], comma, RECORD.encode(), beside)


def _as_object(element: bytes) -> bytes:
    """The object that a text says; anything else as it is."""
    if element[:1] != b'"':
        return element
    try:
        told = _as_json(element)
    except _UNREADABLE:
        return element
    return told if _is_object(told) else element


def _without_its_own(element: bytes) -> bytes:
    """An element whose own field `record`, if it has one, has another name. What cannot be read is the decoder's."""
    try:
        members = _members_of(element)
    except _UNREADABLE:
        return element
    if RECORD not in members:
        return element
    name = RECORD
    while name in members:
        name = _OWN + name
    return _encode({name if key == RECORD else key: value for key, value in members.items()})


def _is_object(record: bytes) -> bool:
    try:
        _members_of(record)
    except _UNREADABLE:
        return False
    return True


def _chunk(rows: Sequence[tuple[bytes, int, bytes]], unread: list[Unread], cut: int) -> Chunk:
    records = [row for row, _, _ in rows]
    marks = [mark for _, _, mark in rows]
    return Chunk(b"\n".join(records), records, [line for _, line, _ in rows], unread, marks, cut)
