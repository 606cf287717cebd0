"""One job at a time beside the work, none of whose failures is lost."""

from threading import Event, get_ident

import pytest

from hackle_import.writing.background import Background


@pytest.fixture
def background():
    background = Background()
    yield background
    background.close()


def failing():
    raise OSError("the disk is full")


def test_a_job_is_done_beside_who_began_it(background):
    go_on, done = Event(), []
    background.begin(lambda: done.append(go_on.wait(60) and get_ident()))
    assert done == []
    go_on.set()
    background.settle()
    assert done
    assert done != [get_ident()]


def test_the_next_job_begins_when_the_last_one_is_done(background):
    done = []
    for number in range(20):
        background.begin(lambda number=number: done.append(number))
        assert done[:number] == list(range(number))
    background.settle()
    assert done == list(range(20))


def test_what_a_job_raises_is_raised_where_it_is_waited_for(background):
    background.begin(failing)
    with pytest.raises(OSError, match="full"):
        background.settle()
    background.settle()  # once


def test_what_a_job_raises_is_raised_before_the_next_one_begins(background):
    done = []
    background.begin(failing)
    with pytest.raises(OSError, match="full"):
        background.begin(lambda: done.append(1))
    background.settle()
    assert done == []


def test_to_close_waits_for_the_job_whatever_comes_of_it():
    background, done = Background(), []
    background.begin(lambda: done.append(1))
    background.close()
    assert done == [1]
    with pytest.raises(RuntimeError):
        background.begin(failing)
    other = Background()
    other.begin(failing)
    other.close()
