"""Which part of all drops is a task's own, where a platform starts N tasks and tells each its number.

In: what `--shard` was given, and the environment. Out: a Shard, which says of a drop's digest whether it is of it.
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from hackle_import.errors import Misconfigured

# By platform: the task's number from 0 on, and how many there are, where the platform tells.
# https://cloud.google.com/run/docs/container-contract#jobs-env-vars
# https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html
# https://kubernetes.io/docs/tasks/job/indexed-parallel-processing-static/
PLATFORMS = {
    "CLOUD_RUN_TASK_INDEX": "CLOUD_RUN_TASK_COUNT",
    "AWS_BATCH_JOB_ARRAY_INDEX": "AWS_BATCH_JOB_ARRAY_SIZE",
    "JOB_COMPLETION_INDEX": "",
}
_GIVEN = re.compile(r"(auto|[0-9]{1,9})(?:/([0-9]{1,9}))?")


class Shard(Struct, frozen=True):
    """One of `count` parts of all drops; `index` counts from 0."""

    index: int = 0
    count: int = 1

    def holds(self, source: str) -> bool:
        """Whether a drop is of this part, by its digest (`Drop.source`): it is of exactly one, whoever lists it."""
        return int(source, 16) % self.count == self.index


def read_shard(text: str, env: Mapping[str, str]) -> Shard:
    """Of `I/N`, of `auto` (both numbers are the platform's) or `auto/N` (where it tells no count). Raises Misconfigured
    with a remedy."""
    given = _GIVEN.fullmatch(text)
    if given is None or (given[1] != "auto" and given[2] is None):
        raise Misconfigured(f"--shard {text or repr(text)}: give I/N, such as 0/7, the first of seven; auto; or auto/N")
    index, count = _told(env, given[2]) if given[1] == "auto" else (given[1], given[2])
    shard = Shard(_whole(index, text), _whole(count, text))
    if not shard.index < shard.count:
        last = f": of {shard.count} they are 0/{shard.count} to {shard.count - 1}/{shard.count}" if shard.count else ""
        raise Misconfigured(f"--shard {shard.index}/{shard.count}: parts are counted from 0{last}")
    return shard


def _told(env: Mapping[str, str], given: str | None) -> tuple[str, str]:
    for name, counted in PLATFORMS.items():
        if name not in env:
            continue
        count = given or env.get(counted, "")
        if not count:
            raise Misconfigured(f"--shard auto: {name} is there, but not how many tasks there are: give auto/N")
        return env[name], count
    raise Misconfigured(f"--shard auto: none of {', '.join(PLATFORMS)} is in the environment: give I/N")


def _whole(number: str, text: str) -> int:
    if not (number.isascii() and number.isdecimal()):
        raise Misconfigured(f"--shard {text}: the platform's {number!r} is no whole number")
    return int(number)
