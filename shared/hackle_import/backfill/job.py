"""A backfill under way: which drops were told, up to where. Its document lies in the staging place, so that one that
was broken off goes on where it was, from any machine; what was sent since it was last written is sent twice, which is
harmless.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice

import msgspec

from hackle_import.backfill.queues import Queue
from hackle_import.backfill.selection import Item, Selection
from hackle_import.drop import BACKFILLS, INCOMING, digest_of
from hackle_import.errors import BrokenDocument, Changed, NotFound
from hackle_import.stores.protocol import Store
from hackle_import.stores.stored import decoded

AT_ONCE = 1000  # hints between two writes of the document: what may be sent twice after a crash
ALL = INCOMING.replace("/", "0")  # the mark of a listing that was told whole: behind every key below incoming/


class Job(msgspec.Struct, frozen=True):
    """`to` is the queue, or what else takes the drops; `mark` is where the source goes on, empty at its beginning;
    `drops` were told, of `bytes` as stored, as far as the source tells; `finished` when the last one was; `done` when
    all of them were handled, as far as somebody looked: closed days wait for that."""

    identity: str
    to: str
    selection: Selection
    began: datetime
    mark: str = ""
    drops: int = 0
    bytes: int = 0
    finished: datetime | None = None
    done: datetime | None = None

    @property
    def key(self) -> str:
        return key_of(self.identity)


def identity_of(place: str, to: str, asked: Iterable[str]) -> str:
    """The same place, queue and wishes, as they were written, are the same backfill."""
    return digest_of(place, to, *asked)


def key_of(identity: str) -> str:
    """Of its document."""
    return f"{BACKFILLS}{identity}.json"


def list_key_of(identity: str) -> str:
    """Of the list of keys that it was given, if it was given one."""
    return f"{BACKFILLS}{identity}.list"


def load(staging: Store, identity: str) -> tuple[Job | None, str | None]:
    """And the version to replace it by. Raises BrokenDocument."""
    try:
        body, found = staging.get(key_of(identity))
    except NotFound:
        return None, None
    return _decoded(key_of(identity), body), found.version


def jobs(staging: Store) -> Iterator[Job | BrokenDocument]:
    """Every backfill of the place; in place of one that cannot be read, why."""
    for key in (key for key in staging.keys(BACKFILLS) if key.endswith(".json")):
        try:
            yield _decoded(key, staging.get(key)[0])
        except NotFound:
            continue  # given up since it was listed
        except BrokenDocument as broken:
            yield broken


def _decoded(key: str, body: bytes) -> Job:
    return decoded(key, body, Job, "bring back what was there, or delete it")


def end(staging: Store, job: Job, now: datetime) -> None:
    """All of its drops were handled. Another process may say so first, or send it again."""
    known, version = load(staging, job.identity)
    if known == job:
        with suppress(Changed):
            save(staging, msgspec.structs.replace(job, done=now), version)


def save(staging: Store, job: Job, replacing: str | None) -> str:
    """The version of the document. Raises Changed where another process sends the same."""
    body = msgspec.json.encode(job)
    put = (
        staging.put_if_absent(job.key, body) if replacing is None else staging.put_if_version(job.key, body, replacing)
    )
    return put.version


def begin(staging: Store, job: Job) -> None:
    """Of drops that no queue is told of: days wait for them by the same document. What is known of a former run with
    the same wishes is replaced; another process may say the same at once."""
    with suppress(Changed):
        save(staging, job, load(staging, job.identity)[1])


def told(job: Job, items: Iterable[Item]) -> Iterator[Item]:
    """Of `items`, from their source's beginning, those up to the job's mark."""
    is_listing = not job.selection.inventory and not job.selection.listed
    for item in items:
        if item.mark.encode() > job.mark.encode() if is_listing else int(item.mark) > int(job.mark or 0):
            return
        yield item


def sent(
    staging: Store, job: Job, version: str, items: Iterable[Item], queue: Queue, clock: Callable[[], datetime]
) -> Iterator[Job]:
    """The job after each step, and last of all as finished. `items` begin behind the job's mark. Raises what the queue
    and the store raise; Changed where another process sends the same."""
    left = iter(items)
    while some := list(islice(left, AT_ONCE)):
        queue.send([item.found for item in some])
        size = sum(item.found.size or 0 for item in some)
        job = msgspec.structs.replace(job, mark=some[-1].mark, drops=job.drops + len(some), bytes=job.bytes + size)
        version = save(staging, job, version)
        yield job
    job = msgspec.structs.replace(job, finished=clock())
    save(staging, job, version)
    yield job
