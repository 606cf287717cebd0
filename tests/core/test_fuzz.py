"""Drops with damaged bytes, whole through `ingest`: each ends in an outcome, and every row of it is accounted for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.damaged import SYNTAX, accounted, whole_drops

WHOLE = whole_drops(6)
EDIT = st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 12), st.sampled_from(SYNTAX) | st.binary(max_size=4))


@pytest.mark.parametrize("policy", ["discard", "keep"])
@pytest.mark.parametrize("name", WHOLE)
@given(edits=st.lists(EDIT, min_size=1, max_size=4))
def test_a_damaged_drop_ends_in_an_outcome_and_loses_no_row(name, policy, edits):
    body = WHOLE[name]
    for where, cut, put in edits:
        place = int(where * len(body))
        body = body[:place] + put + body[place + cut :]
    accounted(name, body, policy)
