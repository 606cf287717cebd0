"""What is done beside the conversion: one job at a time, in the order in which they were begun."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Background:
    """A thread. What a job raises is raised where it is waited for: by `settle`, and before the next one begins."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._job: Future[None] | None = None

    def begin(self, job: Callable[[], None]) -> None:
        self.settle()
        self._job = self._pool.submit(job)

    def settle(self) -> None:
        """Waits for the job under way."""
        job, self._job = self._job, None
        if job is not None:
            job.result()

    def close(self) -> None:
        """Waits for the job under way, whatever comes of it; none can be begun any more."""
        self._pool.shutdown()
