"""A backfill that is broken off goes on, tells every drop, and few of them twice; and needs no more memory for more."""

import os
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest

from hackle_import.backfill import job as jobs
from hackle_import.backfill.job import AT_ONCE, Job, identity_of, load, save, sent, told
from hackle_import.backfill.selection import Selection, chosen
from hackle_import.backfill.sources import checked, items
from hackle_import.errors import Changed, Misconfigured
from hackle_import.stores.memory import MemoryStore
from support.entrypoints import ROOT
from support.http_double import served
from support.samples import NOW

DROPS = 2 * AT_ONCE + 500


@pytest.fixture
def staging():
    store = MemoryStore(lambda: NOW, "s3://drops")
    for number in range(DROPS):
        store.put(f"incoming/hackle/{number:05d}.json", b"{}")
    return store


class Queue:
    """Breaks off where the drop `breaks_at` is to be sent."""

    def __init__(self, breaks_at=None):
        self.sent, self.breaks_at = [], breaks_at

    def send(self, drops):
        keys = [found.key for found in drops]
        if self.breaks_at in keys:
            self.sent += keys[: keys.index(self.breaks_at)]
            raise ConnectionError
        self.sent += keys


def left_of(staging, job):
    return chosen(items(job.selection, job.identity, staging, None, job.mark), job.selection, staging.place, job.drops)


def begin(staging, body=b"", **wishes):
    identity = identity_of(staging.place, "queue", map(str, wishes.values()))
    if body:
        staging.put(jobs.list_key_of(identity), checked(body, staging.place))
    job = Job(identity, "queue", Selection(**wishes), NOW)
    return job, save(staging, job, None)


def broken_off_and_begun_again(staging, job, version, breaks_at):
    queue = Queue(breaks_at)
    with pytest.raises(ConnectionError):
        list(sent(staging, job, version, left_of(staging, job), queue, lambda: NOW))
    queue.breaks_at = None
    job, version = load(staging, job.identity)
    assert job.finished is None
    *_, last = sent(staging, job, version, left_of(staging, job), queue, lambda: NOW)
    return queue, last


def test_what_was_broken_off_goes_on_behind_what_was_told(staging):
    queue, last = broken_off_and_begun_again(staging, *begin(staging), f"incoming/hackle/{AT_ONCE + 300:05d}.json")
    assert (last.drops, last.finished, len(set(queue.sent))) == (DROPS, NOW, DROPS)
    assert len(queue.sent) == DROPS + 300  # of the part in hand, those that had been sent
    assert (last.bytes, load(staging, last.identity)[0]) == (2 * DROPS, last)


def test_a_list_goes_on_too_and_a_limit_holds_over_both(staging):
    keys = [f"incoming/hackle/{number:05d}.json" for number in reversed(range(DROPS))]
    job, version = begin(staging, "\n".join(keys).encode(), listed="digest", limit=DROPS - 100)
    queue, last = broken_off_and_begun_again(staging, job, version, keys[AT_ONCE])
    assert (last.drops, last.bytes) == (DROPS - 100, 0)
    assert queue.sent == keys[: DROPS - 100]


def test_drops_that_came_before_it_went_on_are_told_too(staging):
    job, version = begin(staging)
    step = next(sent(staging, job, version, left_of(staging, job), Queue(), lambda: NOW))
    staging.put("incoming/hackle/99999.json", b"{}")
    queue, version = Queue(), load(staging, job.identity)[1]
    *_, last = sent(staging, step, version, left_of(staging, step), queue, lambda: NOW)
    assert (last.drops, queue.sent[-1]) == (DROPS + 1, "incoming/hackle/99999.json")


def test_of_two_that_send_the_same_one_ends(staging):
    job, version = begin(staging)
    first = sent(staging, job, version, left_of(staging, job), Queue(), lambda: NOW)
    second = sent(staging, job, version, left_of(staging, job), Queue(), lambda: NOW)
    next(first)
    with pytest.raises(Changed):
        next(second)


def test_what_was_told_can_be_told_again_from_the_document(staging):
    job, version = begin(staging)
    step = next(sent(staging, job, version, left_of(staging, job), Queue(), lambda: NOW))
    again = items(step.selection, step.identity, staging, None)
    assert len(list(told(step, again))) == AT_ONCE
    assert list(told(job, items(job.selection, job.identity, staging, None))) == []


def test_the_same_wishes_are_the_same_backfill_and_others_are_another():
    one = identity_of("s3://drops", "queue", ["incoming/", "7d"])
    assert one == identity_of("s3://drops", "queue", ["incoming/", "7d"])
    assert (
        len(
            {
                one,
                identity_of("s3://drops", "other", ["incoming/", "7d"]),
                identity_of("s3://drops", "queue", ["incoming/", ""]),
            }
        )
        == 3
    )


def test_a_list_may_name_the_place_and_is_refused_by_its_line():
    assert (
        checked(b"\xef\xbb\xbfs3://drops/incoming/hackle/a\r\n\nincoming/hackle/b\n", "s3://drops")
        == b"incoming/hackle/a\nincoming/hackle/b\n"
    )
    with pytest.raises(Misconfigured, match="--list, line 2: no key below s3://drops/incoming/"):
        checked(b"incoming/hackle/a\ns3://other/incoming/hackle/a\n", "s3://drops")
    with pytest.raises(Misconfigured, match="must be a text in UTF-8"):
        checked("incoming/hackle/가".encode("cp949"), "s3://drops")


_MEASURED = """
import sys
from pathlib import Path
from hackle_import.backfill.job import Job, save, sent
from hackle_import.backfill.selection import Selection, chosen
from hackle_import.backfill.sources import items
from hackle_import.backfill.queues import sqs
from hackle_import.stores import open_store
from hackle_import.stores.memory import MemoryStore
from support.samples import NOW

class Queue(sqs.SqsQueue):
    count = 0
    def _refused(self, bodies):
        self.count += len(bodies)
        return {}

store, staging = open_store("s3://drops"), MemoryStore(lambda: NOW, "s3://drops")
queue, job = Queue("url", store.place, None), Job("id", "queue", Selection(), NOW)
found = chosen(items(job.selection, "id", store, None), job.selection, store.place)
*_, last = sent(staging, job, save(staging, job, None), found, queue, lambda: NOW)
[peak] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(last.drops, queue.count, int(peak.split()[1]) // 1024)  # of this process alone: getrusage tells its parent's, too
"""
PAGE = 1000


def listing(method, path, headers, body):
    """A page of 100,000 objects, as S3 lists them."""
    first = int(parse_qs(urlsplit(path).query).get("continuation-token", ["0"])[0])
    found = "".join(
        f"<Contents><Key>incoming/hackle/2023/{number:09d}.json.gz</Key><LastModified>2025-01-01T00:00:00.000Z"
        "</LastModified><Size>1000000</Size></Contents>"
        for number in range(first, first + PAGE)
    )
    more = first + PAGE < 100 * PAGE
    token = f"<NextContinuationToken>{first + PAGE}</NextContinuationToken>" if more else ""
    told = f"<IsTruncated>{str(more).lower()}</IsTruncated><Name>drops</Name><KeyCount>{PAGE}</KeyCount>{token}{found}"
    return 200, f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{told}</ListBucketResult>'.encode()


def test_a_hundred_thousand_drops_are_listed_and_told_below_200_mb():
    """By boto3, page by page; the queue's answers are made up: tests/backfill/test_queues.py has real ones."""
    with served(listing, "application/xml") as host:
        env = {"AWS_ENDPOINT_URL": f"http://{host}", "AWS_DEFAULT_REGION": "us-east-1"}
        env |= dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
        done = subprocess.run(
            [sys.executable, "-c", _MEASURED], capture_output=True, text=True, check=False,
            env=os.environ | env | {"PYTHONPATH": f"{ROOT / 'shared'}:{ROOT / 'tests'}"},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    drops, hints, megabytes = map(int, done.stdout.split())
    assert (drops, hints) == (100_000, 100_000)
    assert megabytes < 200


@pytest.mark.parametrize("body", [b"{", b"null", b'{"identity":"\xff"}'])
def test_a_document_that_somebody_changed_is_named_and_stops_no_other(staging, body):
    begin(staging)
    staging.put("backfills/other.json", body)
    told = {type(one).__name__: str(one) for one in jobs.jobs(staging)}
    assert set(told) == {"Job", "BrokenDocument"}
    assert "backfills/other.json" in told["BrokenDocument"]
