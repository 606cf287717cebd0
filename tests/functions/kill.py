"""The Lambda handler, killed at random moments of a drop, run again until it is done: what is there then must be what an
undisturbed run leaves, byte for byte.

`make kill` runs it on a drop of 200 MB fifty times; the tests run it on a smaller one.
"""

import hashlib
import json
import logging
import os
import subprocess
import sys
import time
from random import Random

from support.entrypoints import COLD_LAMBDA, ROOT, lambda_env

KEY = "incoming/hackle/events.ndjson"


class Killing:
    """One drop in a bucket of moto's; `runs` and `kills` count processes."""

    def __init__(self, client, bucket, path, spool_bytes, seed=1):
        self._client, self._bucket, self._random = client, bucket, Random(seed)
        self._env = lambda_env() | {
            "HACKLE_STAGING": f"s3://{bucket}", "HACKLE_IMPORT": f"s3://{bucket}/lake",
            "HACKLE_SPOOL_BYTES": str(spool_bytes),
        }  # fmt: skip
        self.runs = self.kills = 0
        client.upload_file(str(path), bucket, KEY)
        self._finish(self._start())
        self.expected = self._files()

    def disturbed(self):
        """The files that a drop leaves whose handler was killed once to three times."""
        kills, wanted = 0, self._random.randint(1, 3)
        self._forget()
        while kills < wanted:
            if self._killed(self._start()):
                kills += 1
            else:
                kills = 0
                self._forget()
        self.kills += kills
        self._finish(self._start())
        return self._files()

    def _killed(self, process):
        """Whether it was: it may have been done before."""
        began = time.monotonic()
        try:
            process.wait(self._random.random() * self._seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return True
        self._seconds = time.monotonic() - began
        return False

    def _start(self):
        self.runs += 1
        record = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": self._bucket}, "object": {"key": KEY}}}
        process = subprocess.Popen(COLD_LAMBDA, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=self._env)
        process.stdin.write(json.dumps({"Records": [record]}).encode())
        process.stdin.close()
        return process

    def _finish(self, process):
        began = time.monotonic()
        if process.wait():
            raise AssertionError(f"the handler ended with {process.returncode}")
        self._seconds = time.monotonic() - began  # by which the next ones are killed: other work makes a machine slow

    def _listed(self, prefix):
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", ())]

    def _files(self):
        read = {
            key: self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read() for key in self._listed("lake/")
        }
        return {key: hashlib.sha256(body).hexdigest() for key, body in read.items()}

    def _forget(self):
        for key in [*self._listed("lake/"), *self._listed("state/")]:
            self._client.delete_object(Bucket=self._bucket, Key=key)


def main():
    times, rows = int(sys.argv[1]), int(sys.argv[2])
    import boto3
    from events import write_events

    from support.emulators import moto_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # moto's: a line for every request
    path = ROOT / "build" / f"kill-{rows}.ndjson"
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        write_events(path, rows)
    with moto_server() as url:
        os.environ |= {
            "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }  # fmt: skip
        client = boto3.client("s3")
        client.create_bucket(Bucket="kill")
        killing = Killing(client, "kill", path, 64 << 20)
        wrong = 0
        for number in range(times):
            wrong += killing.disturbed() != killing.expected
            print(f"{number + 1}: {killing.kills} processes killed so far, {wrong} final states wrong", flush=True)
    size = path.stat().st_size / 1e6
    print(f"{times} times {size:.0f} MB, {killing.runs} processes, {killing.kills} killed, {wrong} final states wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
