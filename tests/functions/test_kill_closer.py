"""A closer that is killed leaves nothing that the next one does not heal; `make kill-closer` does it more often."""

import pytest

from functions.kill_closer import killed


@pytest.mark.slow
def test_a_day_is_closed_as_it_would_have_been_however_often_the_closer_is_killed():
    assert killed(2, drops=6, rows=50) > 0
