"""Spark on this machine, in the tests' own process; and what ends one of its workers meanwhile."""

import os
import shutil
import signal
import sys
import threading
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from support.entrypoints import ROOT

needs_java = pytest.mark.skipif(
    not shutil.which("java"),
    reason="Spark needs Java: install it, such as Debian's default-jre-headless, and `make test-spark`",
)
_CONFIG = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.speculation": "true",
    "spark.speculation.interval": "50ms",
    "spark.speculation.minTaskRuntime": "10ms",
    "spark.speculation.multiplier": "1.1",
    "spark.speculation.quantile": "0.3",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
}


@contextmanager
def local_spark(env):
    """A session of two workers that speculates; `env` is what executors find in their environment."""
    sql = pytest.importorskip("pyspark.sql", reason="`make test-spark` installs Spark and runs this")
    os.environ |= env | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    os.environ["PYTHONPATH"] = str(ROOT / "shared")
    builder = sql.SparkSession.builder.master("local[2,4]")
    for name, value in _CONFIG.items():
        builder = builder.config(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Spark's own
        session = builder.getOrCreate()
        try:
            yield session
        finally:
            session.stop()


@contextmanager
def killing(count, *many):
    """Ends all workers each time that `count()` has come to one of `many`. Gives the list of those ended."""
    killed, is_over = [], threading.Event()

    def kill():
        for wanted in many:
            while count() < wanted:
                if is_over.wait(0.02):
                    return
            for worker in _workers():  # some of them may be idle
                os.kill(worker, signal.SIGKILL)
                killed.append(worker)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        is_over.set()
        thread.join()


def _workers():
    ours, above = {os.getpid()}, _parents()
    for _ in range(8):
        ours |= {pid for pid, parent in above.items() if parent in ours}
    daemons = {pid for pid in ours if _is_worker(pid)}
    return sorted(pid for pid in daemons if above[pid] in daemons)


def _parents():
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            found[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    return found


def _is_worker(pid):
    try:
        return b"pyspark.daemon" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
