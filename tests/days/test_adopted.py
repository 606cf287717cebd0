"""Rows of adopted files stay in them: whoever meets some of them written anew and others not finds what he must."""

from collections import Counter
from itertools import product

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.days.adopted import apart, stayed
from hackle_import.days.rows import PLACE, PLACED

ROW = st.sampled_from([name + content for name in "xyz" for content in "123"])  # the id, and what else it holds
FILES = st.lists(st.lists(ROW, max_size=5), min_size=2, max_size=3)
OTHERS = 4  # files of other groups before these


def batch(rows, places):
    values = {name: [b"" if pa.types.is_binary(PLACED.field(name).type) else None] * len(rows) for name in PLACED.names}
    values |= {"insert_id": [row[0] for row in rows], "event_key": [row[1] for row in rows], PLACE: places}
    columns = [pa.array(values[field.name], field.type) for field in PLACED]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema([field.with_nullable(True) for field in PLACED]))


def parts_of(rows, files):
    """Part by row; an id that lies in no file goes to one by its letter."""
    places = [-1 - OTHERS - number for number, lying in enumerate(files) for _ in lying]
    other = [-1] * len(rows)  # the same rows, in a file of another group
    everything = batch([*rows, *(row for lying in files for row in lying), *rows], [*range(len(rows)), *places, *other])
    written, now = apart(everything)
    partitioned = pa.array([ord(row[0]) % len(files) for row in rows], pa.int64())
    return stayed(written, now, range(OTHERS, OTHERS + len(files)), partitioned).to_pylist()


def written(rows, files):
    found = [[] for _ in files]
    for row, part in zip(rows, parts_of(rows, files), strict=True):
        found[part].append(row)
    return found


@given(st.lists(ROW, min_size=1, max_size=8), FILES)
def test_files_some_of_which_are_written_anew_show_no_row_twice_and_miss_none(rows, files):
    new = written(rows, files)
    for name in (lambda row: row, lambda row: row[0]):
        before, after = (Counter(name(row) for lying in some for row in lying) for some in (files, new))
        for meets in product(*zip(files, new, strict=True)):
            seen = Counter(name(row) for lying in meets for row in lying)
            assert before & after <= seen <= before | after


@given(st.lists(ROW, min_size=1, max_size=8), FILES)
def test_who_goes_on_where_another_one_was_broken_off_finds_the_same(rows, files):
    new, parts = written(rows, files), parts_of(rows, files)
    for done in range(len(files)):
        assert parts_of(rows, [*new[:done], *files[done:]]) == parts
