"""What comes next for a day, as pure functions: document in, document out. Nothing here asks a warehouse or a store."""

import hashlib
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from hackle_import.warehouse.source import Source
from hackle_import.warehouse.state import OPEN, Phase, Seen, State

TOKEN_LASTS = timedelta(hours=7)  # the Data API remembers a token for eight
LONGEST = timedelta(hours=24)  # of a statement; https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
_BACKOFF = [timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=12)]
_ONCE_A_DAY = timedelta(hours=20)
_MOST_TOLD = 10


def job_name(source: Source, day: date, attempt: int) -> str:
    """What an attempt's statement is found by: letters, digits and dashes, as a job id of BigQuery may have."""
    return f"hackle-import-{source.name}-{day:%Y%m%d}-{source.digest[:8]}-{attempt:04d}"


def token(source: Source, day: date, attempt: int) -> str:
    """By which the Data API knows a call that is made again: 64 characters, as many as it takes."""
    return hashlib.sha256(f"{job_name(source, day, attempt)}\0{source.digest}".encode()).hexdigest()


def is_wanted(state: State, source: Source, seen: Seen, now: datetime, *, looked: datetime, asked: bool) -> bool:
    """Whether a day that nothing is under way for is to be exported now. `looked` is how old `seen` may be; `asked`: a
    person asked for it."""
    if state.phase in OPEN:
        return False
    same_source = state.digest == source.digest
    if state.phase is Phase.FAILED and same_source:
        return asked or (not state.final and (state.next_try is None or state.next_try <= now))
    if not same_source or (asked and state.phase is not Phase.WITHHELD):
        return True
    if state.asked is not None and state.asked >= looked:  # the look may be older than the export, and tells nothing
        return False
    return state.seen != seen if state.phase is Phase.WITHHELD else _has_changed(state, source, seen, now)


def _has_changed(state: State, source: Source, seen: Seen, now: datetime) -> bool:
    if state.phase is not Phase.OFFERED:
        return True
    if source.changed_by == "always":
        return state.since is None or now - state.since >= _ONCE_A_DAY
    return state.offered is None or state.offered.fingerprint != seen.fingerprint


def began_after(state: State, at: datetime) -> bool:
    """Whether the newest attempt began after a person asked for one."""
    return state.asked is not None and state.asked >= at


def is_answered(state: State, wanted: datetime) -> bool:
    """Whether what a person asked for then was done, or only a person can go on."""
    if not began_after(state, wanted):
        return state.phase is Phase.LATE
    return state.phase in (Phase.OFFERED, Phase.WITHHELD, Phase.LATE) or (state.phase is Phase.FAILED and state.final)


def leave(state: State, source: Source, now: datetime) -> State:
    """The source's file was changed while a statement ran: the day begins anew."""
    after = fail(state, "the source's file was changed meanwhile", now, final=False)
    return replace(after, digest=source.digest, next_try=None, tries=0)


def ask(state: State, source: Source, seen: Seen, now: datetime) -> State:
    """The next attempt, in a folder of its own: what a former one may still write, nobody looks at."""
    tries = state.tries if state.digest == source.digest and state.phase is Phase.FAILED else 0
    return replace(
        state, phase=Phase.ASKED, digest=source.digest, attempt=state.attempt + 1, job="", since=now, asked=now,
        seen=seen, accepted=False, error="", final=False, is_refused=False, tries=tries,
        next_try=None, exported_rows=None, files=None,
    )  # fmt: skip


def run(state: State, job: str, now: datetime) -> State:
    """The warehouse has taken the statement."""
    return replace(state, phase=Phase.RUNNING, job=job, since=now)


def end(state: State, seen: Seen | None) -> State:
    """A statement ended. `seen` is what the warehouse told of the rows that it read: a table may have been another when
    it was looked at before, and be so again."""
    return state if seen is None else replace(state, seen=seen)


def is_overdue(state: State, now: datetime) -> bool:
    """Whether a statement runs longer than any may."""
    return state.since is not None and now - state.since > LONGEST


def may_ask_again(state: State, now: datetime) -> bool:
    """Whether a call that got no answer may be made again with its token, and starts nothing anew."""
    return state.since is not None and now - state.since < TOKEN_LASTS


def fail(state: State, error: str, now: datetime, *, final: bool) -> State:
    """`error` is the warehouse's own words, which hold no row."""
    wait = _BACKOFF[min(state.tries, len(_BACKOFF) - 1)]
    return replace(
        state, phase=Phase.FAILED, error=error, final=final, tries=state.tries + 1, since=now,
        next_try=None if final else now + wait, history=_told(state, now, f"failed: {error}"),
    )  # fmt: skip


def be_late(state: State, source: Source, now: datetime) -> State:
    """Its table is not there."""
    if state.phase is Phase.LATE:
        return state
    return replace(state, phase=Phase.LATE, digest=source.digest, since=now, error="its table is not there")


def is_too_late(state: State, source: Source, now: datetime) -> bool:
    """Whether a person is to be told."""
    return state.phase is Phase.LATE and state.since is not None and now - state.since > source.give_up_after


def has_shrunk(state: State, source: Source, rows: int) -> bool:
    """Whether so many rows are gone that a table may be in the making, or a grant be wrong."""
    return not state.accepted and bool(state.rows) and rows < source.max_shrink * (state.rows or 0)


def withhold(state: State, rows: int, files: int | None, now: datetime) -> State:
    """A person is to look."""
    told = f"{rows:,} rows; {state.rows or 0:,} before"
    return replace(
        state, phase=Phase.WITHHELD, exported_rows=rows, files=files, since=now, error=told,
        history=_told(state, now, f"withheld: {told}"),
    )  # fmt: skip


def accept(state: State, now: datetime) -> State:
    """A person has looked: what is withheld goes on."""
    return replace(state, phase=Phase.EXPORTED, accepted=True, since=now, error="")


def offer(state: State, source: Source, rows: int, now: datetime) -> State:
    """The manifest is there."""
    told = _told(state, now, f"offered: attempt {state.attempt}, {rows:,} rows")
    return replace(
        state, phase=Phase.OFFERED, offered=_published(state, source, rows), rows=rows, since=now, error="", tries=0,
        next_try=None, accepted=False, history=told,
    )  # fmt: skip


def _published(state: State, source: Source, rows: int) -> Seen | None:
    """What was told of the rows that were written; None where the table was another by then, so that no later look is
    taken for the same. Metadata never come back to what they were, and count no rows that are buffered."""
    told = state.seen
    if told is None or told.rows in (None, rows) or source.is_sharded or source.changed_by == "metadata":
        return told
    return None


def _told(state: State, now: datetime, what: str) -> list[str]:
    return [*state.history, f"{now:%Y-%m-%dT%H:%M:%SZ} {what}"][-_MOST_TOLD:]
