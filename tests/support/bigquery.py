"""A double of BigQuery: an emulator, from a package, runs the very statements; a proxy in front of it is as strict as the
service where the emulator is not. A job's id is taken once, jobs run until they are released, a dry run tells bytes, tables
and partitions tell of themselves, and what is exported lies in Cloud Storage, encoded as the documentation says:
https://cloud.google.com/bigquery/docs/exporting-data

Of records the emulator takes fewer statements than the service: their values must be named (`STRUCT(1 AS n)`), a literal array
of them has no offsets, and their fields' names are not quoted (`at` and `inner` are none).
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, unquote, urlsplit

from support.emulators import free_port, wait_for
from support.entrypoints import ROOT

PROJECT, LOCATION = "my-project", "asia-northeast3"
HOME = ROOT / ".venv" / "bqemulator"
SHARD_BYTES = 2000
JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,1024}")
JOB_KEYS = {"jobReference", "configuration"}
CONFIGURATION_KEYS = {"query", "labels", "dryRun"}
QUERY_KEYS = {"query", "useLegacySql", "maximumBytesBilled"}
LABEL = re.compile(r"[a-z0-9_-]{1,63}")


@contextmanager
def emulator():
    """Yields (its address, the folder that it takes for Cloud Storage)."""
    with TemporaryDirectory(prefix="bq-") as name:
        folder = Path(name)
        (found,) = HOME.glob("lib/python*/site-packages/duckdb_extension_spatial/extensions/*/*.duckdb_extension")
        (machine,) = subprocess.run(
            [HOME / "bin/python", "-c", "import duckdb; print(duckdb.sql('PRAGMA platform').fetchone()[0])"],
            check=True, capture_output=True, text=True,
        ).stdout.split()  # fmt: skip
        extensions = folder / ".duckdb" / "extensions" / found.parent.name / machine
        extensions.mkdir(parents=True)
        shutil.copy(found, extensions)
        (folder / "gcs").mkdir()
        port, grpc = free_port(), free_port()
        env = {
            "HOME": name, "PATH": os.environ["PATH"], "BQEMU_ENABLE_FORMAT_EXTENSIONS": "false", "TZ": "UTC",
            "BQEMU_GCS_LOCAL_ROOT": str(folder / "gcs"), "BQEMU_EXPORT_SHARD_THRESHOLD_BYTES": str(SHARD_BYTES),
        }  # fmt: skip
        command = [HOME / "bin/bqemulator", "start", "--ephemeral", "--log-level", "error", "--rest-port", str(port)]
        with subprocess.Popen(
            [*command, "--grpc-port", str(grpc)], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server:
            try:
                wait_for(f"http://127.0.0.1:{port}/healthz", 120)
                yield f"http://127.0.0.1:{port}/bigquery/v2/projects", folder / "gcs"
            finally:
                server.terminate()


class BigQuery:
    """`held`: exports do not end by themselves; `scans` is what a statement would be billed by; `refusals` are what is
    answered to a job whose statement holds a text: (status, reason, message)."""

    def __init__(self, at, folder):
        self._at, self._folder, self._numbers = at, folder, count()
        self.jobs, self.exports, self.calls, self.modified = {}, [], [], {}
        self._lock = threading.RLock()
        self.reset()

    def reset(self):
        """To what it is by itself; tables stay."""
        self.held, self.scans, self.refusals = False, 10_485_760, {}
        self.created = 4_000_000_000_000  # of each job, in milliseconds: always new

    # What a test does as the table's owner.

    def sql(self, statement, table=None):
        told = self._send("POST", f"{PROJECT}/queries", {"query": statement, "useLegacySql": False, "timeoutMs": 60000})
        if table:
            self.modified[table] = self.modified.get(table, 0) + 1
        return [[cell["v"] for cell in row["f"]] for row in told.get("rows", [])]

    def create(self, dataset, table, fields, partitioned_by=None):
        if not self._is_there(f"datasets/{dataset}"):
            reference = {"projectId": PROJECT, "datasetId": dataset}
            self._send("POST", f"{PROJECT}/datasets", {"datasetReference": reference, "location": LOCATION})
        partitioning = {"timePartitioning": {"type": "DAY", "field": partitioned_by}} if partitioned_by else {}
        reference = {"projectId": PROJECT, "datasetId": dataset, "tableId": table}
        body = {"tableReference": reference, "schema": {"fields": list(_schema(fields))}, **partitioning}
        self._send("POST", f"{PROJECT}/datasets/{dataset}/tables", body)
        self.modified[f"{dataset}.{table}"] = 0

    def release(self):
        """Exports that were held run."""
        for one in self.jobs.values():
            if one["status"]["state"] == "RUNNING":
                self._run(one)

    # What the service answers.

    def answer(self, method, path, query, body):
        with self._lock:
            self.calls.append((method, path))
            project, *rest = path.split("/")
            match [method, *rest]:
                case ["POST", "jobs"]:
                    return self._insert(project, body)
                case ["GET", "jobs", job]:
                    return self._found(job, query)
                case ["POST", "jobs", job, "cancel"]:
                    self._found(job, query)["status"] = {
                        "state": "DONE",
                        "errorResult": _error("stopped", "Job was cancelled"),
                    }
                    return {"kind": "bigquery#jobCancelResponse"}
                case ["GET", "queries", job]:
                    return self._results(job, query)
                case ["GET", "datasets", dataset, "tables", table]:
                    return self._table(project, dataset, table)
        raise Wrong(404, "notFound", f"Not found: {path}")

    def _insert(self, project, body):
        assert body.keys() <= JOB_KEYS, body.keys()
        configuration, reference = body["configuration"], body["jobReference"]
        assert configuration.keys() <= CONFIGURATION_KEYS, configuration.keys()
        asked = configuration["query"]
        assert asked.keys() <= QUERY_KEYS, asked.keys()
        assert asked["useLegacySql"] is False
        assert all(LABEL.fullmatch(one) for pair in configuration.get("labels", {}).items() for one in pair)
        if reference["location"] != LOCATION:
            raise Wrong(404, "notFound", f"Not found: Dataset was not found in location {reference['location']}")
        dry = configuration.get("dryRun", False)
        job = reference.get("jobId") or f"own-{next(self._numbers)}"
        assert JOB_ID.fullmatch(job), job
        if job in self.jobs:
            raise Wrong(409, "duplicate", f"Already Exists: Job {project}:{LOCATION}.{job}")
        for text, refusal in self.refusals.items():
            if text in asked["query"]:
                raise Wrong(*refusal)
        one = {
            "jobReference": {"projectId": project, "jobId": job, "location": LOCATION}, "configuration": configuration,
            "status": {"state": "RUNNING"}, "statistics": {"creationTime": str(self.created), "query": {}},
        }  # fmt: skip
        if dry:
            told = self._send("POST", f"{project}/jobs", {"configuration": configuration})
            told["statistics"]["query"]["totalBytesProcessed"] = str(self.scans)
            return told
        self.jobs[job] = one
        most = asked.get("maximumBytesBilled")
        if most is not None and self.scans > int(most):
            told = f"Query exceeded limit for bytes billed: {most}. {self.scans} or higher required."
            one["status"] = {"state": "DONE", "errorResult": _error("bytesBilledLimitExceeded", told)}
        elif not (self.held and asked["query"].startswith("EXPORT")):
            self._run(one)
        return one

    def _run(self, one):
        statement = one["configuration"]["query"]["query"]
        emulated = {"jobReference": {"projectId": PROJECT, "jobId": f"run-{next(self._numbers)}"}}
        if "INFORMATION_SCHEMA.PARTITIONS" in statement:
            one["rows"] = self._partitions(statement)
            one["status"] = {"state": "DONE"}
            return
        configuration = {"query": {"query": statement, "useLegacySql": False}}
        try:
            told = self._send("POST", f"{PROJECT}/jobs", {**emulated, "configuration": configuration})
        except urllib.error.HTTPError as wrong:
            one["status"] = {"state": "DONE", "errorResult": json.loads(wrong.read())["error"]["errors"][0]}
            return
        one["status"], one["emulated"] = told["status"], emulated["jobReference"]["jobId"]
        one["statistics"]["query"] = told["statistics"]["query"]
        if statement.startswith("EXPORT") and "errorResult" not in told["status"]:
            self._upload(re.search(r"uri = 'gs://([^*]+)\*", statement)[1])

    def _upload(self, prefix):
        from google.cloud import storage

        bucket, _, name = prefix.partition("/")
        folder = self._folder / bucket / Path(name).parent
        self.exports.append(f"gs://{bucket}/{Path(name).parent}/")
        for file in sorted(folder.iterdir()):
            body = gzip.decompress(file.read_bytes()).decode()
            text = "".join(_as_documented(line) for line in body.splitlines())
            blob = storage.Client().bucket(bucket).blob(f"{Path(name).parent}/{file.name}")
            blob.upload_from_string(gzip.compress(text.encode(), 1, mtime=0), "application/octet-stream")

    def _found(self, job, query):
        if job not in self.jobs or query.get("location") != [LOCATION]:
            raise Wrong(404, "notFound", f"Not found: Job {PROJECT}:{job}")
        return self.jobs[job]

    def _results(self, job, query):
        one = self._found(job, query)
        if error := one["status"].get("errorResult"):
            raise Wrong(400, error["reason"], error["message"])
        if "rows" in one:
            rows = [{"f": [{"v": str(value)} for value in row]} for row in one["rows"]]
            return {"jobComplete": True, "rows": rows, "totalRows": str(len(rows))}
        page = "".join(f"&{name}={query[name][0]}" for name in ("pageToken",) if name in query)
        return self._send("GET", f"{PROJECT}/queries/{one['emulated']}?maxResults={query['maxResults'][0]}{page}")

    def _table(self, project, dataset, table):
        if not self._is_there(f"datasets/{dataset}"):
            raise Wrong(404, "notFound", f"Not found: Dataset {project}:{dataset}")
        if not self._is_there(f"datasets/{dataset}/tables/{table}"):
            raise Wrong(404, "notFound", f"Not found: Table {project}:{dataset}.{table}")
        told = self._send("GET", f"{project}/datasets/{dataset}/tables/{table}")
        rows = int(self.sql(f"SELECT COUNT(*) FROM `{project}`.`{dataset}`.`{table}`")[0][0])
        changed = 1_736_000_000_000 + self.modified.get(f"{dataset}.{table}", 0)
        return told | {
            "numRows": str(rows),
            "numBytes": str(100 * rows),
            "lastModifiedTime": str(changed),
            "location": LOCATION,
        }

    def _partitions(self, statement):
        project, dataset = re.search(r"FROM `([^`]+)`\.`([^`]+)`\.INFORMATION_SCHEMA", statement).groups()
        table = re.search(r"table_name = '([^']+)'", statement)[1]
        field = self._table(project, dataset, table)["timePartitioning"]["field"]
        days = f"FORMAT_TIMESTAMP('%Y%m%d', `{field}`)"
        told = self.sql(f"SELECT {days} AS id, COUNT(*) AS n FROM `{project}`.`{dataset}`.`{table}` GROUP BY 1")
        asked = re.findall(r"'([0-9]{8})'", statement)
        changed = self.modified[f"{dataset}.{table}"]
        return [(day, rows, 100 * int(rows), changed) for day, rows in told if day in asked]

    def _is_there(self, path):
        try:
            self._send("GET", f"{PROJECT}/{path}")
        except urllib.error.HTTPError as missing:
            missing.close()
            return False
        return True

    def _send(self, method, path, body=None):
        asked = urllib.request.Request(f"{self._at}/{path}", method=method)
        asked.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(asked, None if body is None else json.dumps(body).encode(), timeout=60) as answer:
            return json.load(answer)


def _schema(fields):
    """Of {name: type}: a repeated one has brackets at its end, or is a list of one; a record is of the same form."""
    for name, kind in fields.items():
        many = isinstance(kind, list) or (isinstance(kind, str) and kind.endswith("[]"))
        (one,) = kind if isinstance(kind, list) else [kind]
        told = {"name": name, "mode": "REPEATED" if many else "NULLABLE"}
        if isinstance(one, dict):
            yield {**told, "type": "RECORD", "fields": list(_schema(one))}
        else:
            yield {**told, "type": one.removesuffix("[]")}


class Wrong(Exception):  # noqa: N818 - as what it stands for
    """What the service refuses with."""

    def __init__(self, status, reason, message):
        super().__init__(message)
        self.status, self.reason = status, reason


def _error(reason, message):
    return {"reason": reason, "message": message}


def _as_documented(line):
    """Whole numbers are texts, what is null is left out, and `<`, `>` and `&` are escaped."""
    row = {name: value for name, value in json.loads(line).items() if value is not None}
    text = json.dumps(_texts(row), ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026") + "\n"


def _texts(value):
    if isinstance(value, dict):
        return {name: _texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_texts(one) for one in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


@contextmanager
def rest_api(double):
    """Yields the address that stands for the service's."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self):
            given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, told = self._service(urlsplit(self.path), json.loads(given) if given else None)
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _any  # noqa: N815 - as http.server calls them

        def _service(self, parts, body):
            if not self.headers.get("Authorization", "").startswith("Bearer ey"):
                return 401, _told(401, "authError", "Invalid Credentials")
            try:
                return 200, double.answer(self.command, unquote(parts.path).strip("/"), parse_qs(parts.query), body)
            except Wrong as wrong:
                return wrong.status, _told(wrong.status, wrong.reason, str(wrong))
            except AssertionError as wrong:
                return 400, _told(400, "invalid", f"Unknown: {wrong}")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _told(status, reason, message):
    return {"error": {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}}


def service_account():
    """A key file's content. Its domain is none of Google's, so that tokens are signed here and nobody is asked for them."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return json.dumps(
        {
            "type": "service_account", "project_id": PROJECT, "private_key_id": "1", "private_key": text,
            "client_email": f"test@{PROJECT}.iam.gserviceaccount.com", "token_uri": "http://127.0.0.1:9/", "universe_domain": "example.test",
        }
    )  # fmt: skip
