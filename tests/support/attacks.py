"""What attacks need: a bound on the work of one, so that what would take for ever fails instead."""

import signal
from contextlib import contextmanager


class TooMuchWork(BaseException):
    """Nothing that is caught on the way."""


@contextmanager
def limited(*, seconds):
    """Raises TooMuchWork after so many seconds of the processor: many times what the work may take, on any machine."""

    def stop(*_):
        raise TooMuchWork

    former = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)
