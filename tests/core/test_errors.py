"""What a platform is told of a failure, and what stays in memory of it: no row."""

import gc
import weakref

import pytest

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop, BrokenOff, Failed, Misconfigured, TryAgain, Unavailable, forget_frames

ROW = "4111-1111-2222-3333"


class Held:
    """What a function holds while it works."""


def caught(error, cause=None):
    """The error as it comes from a function that holds something, and a reference to that."""
    held = []

    def work():
        rows = Held()
        held.append(weakref.ref(rows))
        raise error from cause

    try:
        work()
    except type(error) as failure:
        return failure, held[0]


@pytest.mark.parametrize(
    ("position", "told"),
    [("", "truncated: it ends early"), ("byte 812", "truncated: it ends early (byte 812)")],
)
def test_a_bad_drop_tells_what_and_where(position, told):
    error = BadDrop(Fault.TRUNCATED, "it ends early", position)
    assert str(error) == told
    assert (error.fault, error.message, error.position) == (Fault.TRUNCATED, "it ends early", position)


def test_an_answer_that_broke_off_is_unavailable_and_brings_what_came():
    error = BrokenOff("a/b", b"some")
    assert isinstance(error, Unavailable)
    assert (str(error), error.received) == ("a/b: broke off after 4 bytes", b"some")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Misconfigured("HACKLE_IMPORT is not set"), "HACKLE_IMPORT is not set"),
        (TryAgain("no time is left"), "no time is left"),
        (Unavailable("no answer"), "no answer"),
        (BrokenOff("a", b"x"), "a: broke off after 1 bytes"),
        (ValueError(ROW), "ValueError"),
        (KeyError(ROW), "KeyError"),
        (UnicodeDecodeError("utf-8", ROW.encode(), 0, 1, ROW), "UnicodeDecodeError"),
    ],
)
def test_a_platform_is_told_our_words_and_of_others_the_kind_alone(error, reason):
    failed = Failed(caught(error, ValueError(ROW))[0])
    assert failed.reason == reason
    assert str(failed).startswith(reason)
    assert "in work" in str(failed)
    assert "in caught" in failed.frames[0]
    assert ROW not in str(failed)


def test_what_a_failure_came_through_holds_nothing_any_more():
    gc.disable()
    try:
        failure, held = caught(ValueError("x"))
        assert held() is not None
        forget_frames(failure)
        assert held() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("explicit", [True, False])
def test_nor_does_what_it_came_of(explicit):
    gc.disable()
    try:
        cause, held = caught(ValueError("x"))
        try:
            try:
                raise cause
            except ValueError as first:
                raise TryAgain("later") from (first if explicit else None)
        except TryAgain as failure:
            Failed(failure)
        assert held() is None
    finally:
        gc.enable()
