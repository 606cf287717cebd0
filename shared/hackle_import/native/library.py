"""The decoder in C, bound by ctypes: lines of NDJSON or elements of JSON in, Arrow columns of the plain records out.

`library()` is None where it has not been built (`make native`), does not load, or is of other sources; Python decodes
everything then.
"""

import ctypes
import platform
import sys
from array import array
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from secrets import randbits
from typing import Any

import pyarrow as pa
from msgspec import Struct, field

from hackle_import.codes import Note
from hackle_import.conform.copies import Copies
from hackle_import.native.answers import FUNCTION, Answers, Ask, Learn
from hackle_import.native.interface import INTERFACE
from hackle_import.reading.lines import Text
from hackle_import.schema import ROWS
from hackle_import.seen.sources import Sources

# In the order of decoder.h.
_NOTES = (
    Note.INSERT_ID_HASHED, Note.INSERT_ID_MADE, Note.METRIC_ROUNDED, Note.FILLER, Note.KEY_TOO_LONG,
    Note.VALUE_TOO_LONG, Note.TOO_MANY_KEYS, Note.EVENT_KEY_RESERVED,
)  # fmt: skip
_TYPES = [*ROWS.types, *[pa.int32()] * 6]
# In the order of plan.h's PlanFault, from its second on.
_FAULTS = (
    "memory", "sections", "policy", "maps", "nodes", "values", "pivots", "named entries", "translations",
    "numbers", "guards", "tests", "formats", "offsets", "asks", "each", "table",
)  # fmt: skip
_UNFIT = -2  # a table of another plan
_REMEDY = "Build it anew with `make native`, or install hackle-import again."


class _ArrowArray(ctypes.Structure):
    """https://arrow.apache.org/docs/format/CDataInterface.html"""

    _fields_ = (
        ("counts", ctypes.c_int64 * 5),
        ("pointers", ctypes.c_void_p * 3),
        ("release", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("private_data", ctypes.c_void_p),
    )


class Plan(Struct, frozen=True):
    """A mapping as plan.h has it. `learn` is asked, once a text, what stands for it: for a map's keys (tables 0 to 3)
    the key in lower case, with LEFT_OUT or TOO_LONG where that is so; for names of operating systems (table 4) their
    usual spelling. None: Python is to take the row. `ask` is asked what expressions say, as `Asks.answer` is.
    `sources` are the numbers of nodes by source; `parents` the names of those whose objects may have other fields;
    `takes_all`: none has. `copies` counts rows whose ids were made of their texts."""

    numbers: Sequence[int]
    texts: bytes
    learn: Learn
    ask: Ask
    sources: dict[str, int] = field(default_factory=dict)
    parents: dict[int, str] = field(default_factory=dict)
    takes_all: bool = False
    copies: Copies | None = None


class Records(Struct, frozen=True):
    """Where records lie in the text that was decoded, in bytes, and on which of its lines, counted from 0; of a row
    that is one of its record's, its place in the list, else -1."""

    start: pa.Int32Array
    length: pa.Int32Array
    line: pa.Int32Array
    place: pa.Int32Array


class Decoded(Struct, frozen=True):
    """The plain records' rows, the line that each was on (counted from 0), its place in its record's list (-1 without
    one), and their notes; the others' places; how many rows the mapping does not keep; how many records became several
    rows."""

    rows: pa.RecordBatch
    lines: pa.Int32Array
    places: pa.Int32Array
    notes: dict[str, int]
    other: Records
    left_out: int = 0
    split: int = 0


class Lines(ctypes.Structure):
    """`Lines` in lines.h. In: the number of the first line, and how long one may be, in bytes. Out: how many were
    decoded, and how much of the text that is: all of it, or MOST_RECORDS lines, or a chunk of rows.
    In and out: how many rows were made of the record there."""

    _fields_ = tuple((name, ctypes.c_int64) for name in ("first", "max_bytes", "count", "at", "done", "more"))


class Elements(ctypes.Structure):
    """`Elements` in elements.h. In: whether the values are an array's, whether no more text will come, what may come
    next. Out: that again, where the text is done with, how many elements there were, whether there may be more.
    In and out: how many rows were made of the record there."""

    _fields_ = tuple((name, ctypes.c_int64) for name in ("array", "final", "expects", "at", "count", "done", "more"))


class Rows(ctypes.Structure):
    """`Rows` in table.h. In: the longest record, in bytes, and how many records to pass over. Out: how many of those
    are left, how much of the text is whole records, on how many lines, and whether there a quote is opened that is not
    closed within the limit, and whether there may be more. In and out: how many lines of the record there are done
    with, beside those."""

    _fields_ = tuple(
        (name, ctypes.c_int64) for name in ("max_bytes", "skip", "at", "lines", "unclosed", "more", "begun")
    )


class _Field(ctypes.Structure):
    """`Field` in fields.h."""

    _fields_ = (
        ("parent", ctypes.c_int64),
        ("rows", ctypes.c_int64),
        ("length", ctypes.c_int64),
        ("name", ctypes.c_uint8 * 128),
    )


class Decoder:
    """Raises MemoryError where there is none, and for a text above 1 GiB; ValueError for a plan or a table that is
    wrong. Not to be used by two threads at once."""

    def __init__(self, library: ctypes.CDLL, plan: Plan) -> None:
        self._library, self._answers, self._plan = library, Answers(plan.learn, plan.ask), plan
        self._not_met, self._fields, self._looked_at = dict(plan.sources), list[Any](), 0
        numbers, fault = array("q", plan.numbers), ctypes.c_int64()
        place, count = numbers.buffer_info()
        self._decoder = library.hackle_new(
            self._answers.function, randbits(64), place, count, plan.texts, len(plan.texts), ctypes.byref(fault)
        )
        if not self._decoder:
            raise _refused(fault.value)
        if plan.copies is not None:
            library.hackle_count_copies(self._decoder, plan.copies.shared.buffer_info()[0])

    def decode(self, text: Text, lines: Lines) -> Decoded:
        """Decodes lines. Each ends with `\\n`; the last one may lack it."""
        return self._decoded(self._library.hackle_decode, *_given(text), ctypes.byref(lines))[1]

    def decode_elements(self, text: bytes, first: int, state: Elements) -> tuple[bool, Decoded]:
        """Decodes the elements that are whole, and whether there is trouble where `state.at` then is."""
        function = self._library.hackle_decode_elements
        trouble, decoded = self._decoded(function, text, len(text), first, ctypes.byref(state))
        return bool(trouble), decoded

    def decode_rows(self, text: Text, first: int, columns: "Columns", state: Rows) -> Decoded:
        """Decodes the records of a table that are whole; the first one begins on line `first`."""
        function = self._library.hackle_decode_table
        return self._decoded(function, *_given(text), first, columns.table, ctypes.byref(state))[1]

    def sources(self) -> Sources:
        """What the plain records of JSON had since this was asked last."""
        met = ctypes.create_string_buffer(len(self._plan.numbers))
        count, more, rows = ctypes.c_int64(), ctypes.c_int64(), ctypes.c_int64()
        self._library.hackle_met(self._decoder, met)
        told = map(ctypes.byref, (count, more, rows))
        place = self._library.hackle_fields(self._decoder, *told)
        fields = (_Field * (0 if self._plan.takes_all else count.value)).from_address(place)
        self._fields += [[self._name(one), 0] for one in fields[len(self._fields) :]]
        found = Sources(rows=rows.value - self._looked_at, has_more=bool(more.value) and not self._plan.takes_all)
        self._looked_at = rows.value
        for known, one in zip(self._fields, fields, strict=True):
            if one.rows > known[1]:
                found.unused[known[0]] += one.rows - known[1]
                known[1] = one.rows
        found.present = {source for source, node in self._not_met.items() if met.raw[node]}
        self._not_met = {source: node for source, node in self._not_met.items() if source not in found.present}
        return found

    def _name(self, one: _Field) -> str:
        name = bytes(one.name[: one.length]).decode("utf-8", "replace")
        above = self._plan.parents.get(one.parent)
        return f"{above}.{name}" if above else name

    def _decoded(self, function: Callable[..., int], *given: Any) -> tuple[int, Decoded]:
        structs, notes = (_ArrowArray * len(_TYPES))(), (ctypes.c_int64 * (len(_NOTES) + 2))()
        told = function(self._decoder, *given, structs, notes)
        if told < 0 or self._answers.raised:
            for struct in structs:
                if struct.release:
                    struct.release(ctypes.addressof(struct))
            self._answers.raise_again()
            raise _refused(_FAULTS.index("table") + 1 if told == _UNFIT else 1)
        arrays = [
            pa.Array._import_from_c(ctypes.addressof(one), kind) for one, kind in zip(structs, _TYPES, strict=True)
        ]
        rows = pa.RecordBatch.from_arrays(arrays[: len(ROWS)], schema=ROWS)
        *noted, left_out, split = notes
        counts = {note.value: count for note, count in zip(_NOTES, noted, strict=True) if count}
        lines, places, *others = arrays[len(ROWS) :]
        return told, Decoded(rows, lines, places, counts, Records(*others), left_out, split)

    def __del__(self) -> None:
        if getattr(self, "_decoder", None):
            self._library.hackle_free(self._decoder)


class Columns:
    """What a table's columns are, as table.h has it. Raises MemoryError; ValueError for what is no table."""

    def __init__(self, library: ctypes.CDLL, numbers: Sequence[int]) -> None:
        self._library, held, fault = library, array("q", numbers), ctypes.c_int64()
        self.table = library.hackle_table_new(*held.buffer_info(), ctypes.byref(fault))
        if not self.table:
            raise _refused(fault.value)

    def __del__(self) -> None:
        if getattr(self, "table", None):
            self._library.hackle_table_free(self.table)


def _given(text: Text) -> tuple[bytes, int, bytes, int, int]:
    """A text as hackle.h has it."""
    return text.head, len(text.head), text.piece, text.start, text.end - text.start


def _refused(fault: int) -> Exception:
    part = _FAULTS[fault - 1]
    return MemoryError() if part == "memory" else ValueError(f"the decoder was given a plan that is wrong: its {part}")


@cache
def library() -> ctypes.CDLL | None:
    """The shared object for this machine, loaded once. One of other sources is told of on standard error, and not
    called: what it would make of a plan is unknown."""
    kind = "dylib" if platform.system() == "Darwin" else "so"
    path = Path(__file__).with_name(f"decoder-{platform.system()}-{platform.machine()}.{kind}".lower())
    try:
        loaded = ctypes.CDLL(str(path))
    except OSError:
        return None
    if _interface_of(loaded) != INTERFACE:
        told = f"{path.name} was built for another version and is not used: Python decodes, more slowly. {_REMEDY}\n"
        sys.stderr.write(told)
        return None
    _declare(loaded)
    return loaded


def _interface_of(loaded: ctypes.CDLL) -> int | None:
    """None of a library that was built before there was such a question."""
    try:
        loaded.hackle_interface.restype = ctypes.c_uint64
        return int(loaded.hackle_interface())
    except AttributeError:
        return None


def _declare(loaded: ctypes.CDLL) -> None:
    """The functions of hackle.h."""
    i64, pointer, text = ctypes.c_int64, ctypes.c_void_p, ctypes.c_char_p
    loaded.hackle_new.argtypes = (FUNCTION, ctypes.c_uint64, pointer, i64, text, i64, ctypes.POINTER(i64))
    loaded.hackle_new.restype = pointer
    loaded.hackle_free.argtypes = (pointer,)
    loaded.hackle_free.restype = None
    loaded.hackle_count_copies.argtypes = (pointer, pointer)
    loaded.hackle_count_copies.restype = None
    part, given = (text, i64, text, i64, i64), (ctypes.POINTER(_ArrowArray), ctypes.POINTER(i64))
    loaded.hackle_decode.argtypes = (pointer, *part, ctypes.POINTER(Lines), *given)
    loaded.hackle_met.argtypes = (pointer, text)
    loaded.hackle_met.restype = None
    loaded.hackle_fields.argtypes = (pointer, *(ctypes.POINTER(i64),) * 3)
    loaded.hackle_fields.restype = pointer
    loaded.hackle_repeats_new.argtypes = (ctypes.c_uint64,)
    loaded.hackle_repeats_new.restype = pointer
    loaded.hackle_repeats_free.argtypes = (pointer,)
    loaded.hackle_repeats_free.restype = None
    loaded.hackle_repeats_add.argtypes = (pointer, pointer, pointer, i64)
    loaded.hackle_repeats_told.argtypes = (pointer, ctypes.POINTER(i64))
    loaded.hackle_repeats_told.restype = None
    loaded.hackle_table_new.argtypes = (pointer, i64, ctypes.POINTER(i64))
    loaded.hackle_table_new.restype = pointer
    loaded.hackle_table_free.argtypes = (pointer,)
    loaded.hackle_table_free.restype = None
    loaded.hackle_inside.argtypes = (text, i64, ctypes.POINTER(i64))
    loaded.hackle_inside.restype = i64
    loaded.hackle_decode_table.argtypes = (pointer, *part, i64, pointer, ctypes.POINTER(Rows), *given)
    loaded.hackle_decode_elements.argtypes = (pointer, text, i64, i64, ctypes.POINTER(Elements), *given)
