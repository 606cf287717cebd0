"""BigQuery, by its REST interface: five calls, for which Google's own client would bring gRPC, 30 MB, into a function.
Credentials, retries and errors are those of Google's libraries.

A job has an id that we choose, so that whoever sends it again starts nothing: of all who send one id, one succeeds.
https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import google.auth
from google.api_core.exceptions import Conflict, GoogleAPICallError, NotFound, RetryError, from_http_response
from google.api_core.retry import Retry, if_transient_error
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from requests.exceptions import RequestException

from hackle_import.errors import Unavailable
from hackle_import.stores.access import access_told
from hackle_import.warehouse.client import Job, NoTable, Progress, Refused
from hackle_import.warehouse.partitions import require_partitions, seen_by_partitions
from hackle_import.warehouse.source import BigQuery, Column, ColumnType, Source
from hackle_import.warehouse.sql import as_json, export_data, fingerprints, first_of, no_rows, partitions, select
from hackle_import.warehouse.state import Seen
from hackle_import.warehouse.words import bigquery_words

ENDPOINT = "https://bigquery.googleapis.com/bigquery/v2/projects"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"  # a job writes to Cloud Storage, too
_TIMEOUT = (5, 40)
_WAIT_MS = 20_000  # at each of two calls for the rows of a count
_RETRY = Retry(if_transient_error, initial=0.5, maximum=8, timeout=20)
_OF_THIS_ATTEMPT = timedelta(hours=8)
_BUSY = {"rateLimitExceeded", "quotaExceeded", "jobRateLimitExceeded", "backendError", "internalError"}
_FINAL = {"accessDenied", "billingNotEnabled", "blocked", "bytesBilledLimitExceeded", "invalidQuery", "notFound"}
_MOST_ROWS = 10_000


class BigQueryWarehouse:
    """`looks_since` tells a count from an earlier one, as a job's id tells a job; `now` is when it was connected to."""

    def __init__(self, session: Any, looks_since: datetime, now: datetime) -> None:
        self._session, self.looks_since, self._now = session, looks_since, now

    def columns(self, source: Source, day: date) -> list[Column]:
        if source.query:
            told = self._insert(source, "", no_rows(source), dry=True)
            fields = told["statistics"]["query"]["schema"]["fields"]
        else:
            fields = self._table(source, day)["schema"]["fields"]
        return list(_columns(fields))

    def location(self, source: Source, day: date) -> str | None:
        return None if source.query else str(self._table(source, day)["location"])

    def seen(
        self, source: Source, columns: Sequence[Column], day_type: ColumnType, days: Sequence[date]
    ) -> Mapping[date, Seen]:
        if source.is_sharded:
            return dict(self._tables(source, days))
        if source.changed_by == "metadata":
            require_partitions(source, self._table(source, days[0]))
            rows = self._rows(source, partitions(source, days, day_type))
            return seen_by_partitions(source, days, day_type, rows)
        found = dict.fromkeys(days, Seen("0", 0))
        for day, counted, changed in self._rows(source, fingerprints(source, columns, days, day_type)):
            found[date.fromisoformat(day)] = Seen(f"{counted}:{changed}", int(counted))
        return found

    def scanned(self, source: Source, columns: Sequence[Column], day_type: ColumnType, day: date) -> int | None:
        statement = _statement(select, source, columns, day, day_type)
        return int(self._insert(source, "", statement, dry=True)["statistics"]["query"]["totalBytesProcessed"])

    def sample(
        self, source: Source, columns: Sequence[Column], day_type: ColumnType, day: date, rows: int
    ) -> list[str]:
        inner = first_of(_statement(select, source, columns, day, day_type), rows)
        return [text for (text,) in self._rows(source, as_json(inner))]

    def start(self, job: Job) -> str:
        if not job.folder.startswith("gs://"):
            told = "BigQuery writes to Cloud Storage alone: the staging place, or HACKLE_EXPORTS, must be there"
            raise Refused(told, final=True)
        statement = _statement(export_data, job.source, job.columns, job.day, job.day_type, job.folder, job.limit)
        try:
            self._insert(job.source, job.name, statement)
        except Conflict:
            self._require_it_is_ours(job)
        return job.name

    def find(self, job: Job) -> str | None:
        return None if self._job(job.source, job.name) is None else job.name

    def look(self, source: Source, job: str) -> Progress:
        told = self._job(source, job)
        return Progress("unknown") if told is None else _progress(told)

    def cancel(self, source: Source, job: str) -> None:
        try:
            self._call("POST", source, f"jobs/{quote(job)}/cancel", location=_own(source).location)
        except NotFound:
            return  # it has ended, and was forgotten

    def _require_it_is_ours(self, job: Job) -> None:
        """An id is remembered for months: one of an attempt whose document was deleted is not this one's."""
        told = self._job(job.source, job.name) or {}
        created = datetime.fromtimestamp(int(told.get("statistics", {}).get("creationTime", 0)) / 1000, UTC)
        if self._now - created > _OF_THIS_ATTEMPT:
            raise Refused(f"the job {job.name} ran on {created:%Y-%m-%d} already", final=False)

    def _tables(self, source: Source, days: Sequence[date]) -> Iterator[tuple[date, Seen]]:
        for day in days:
            try:
                told = self._table(source, day)
            except NoTable:
                continue
            rows, size = int(told["numRows"]), int(told["numBytes"])
            yield day, Seen(f"{told['lastModifiedTime']}:{rows}:{size}", rows, size)

    def _table(self, source: Source, day: date) -> Any:
        name = source.table_of(day)
        *project, dataset, table = name.split(".")
        path = f"datasets/{quote(dataset)}/tables/{quote(table)}"
        try:
            return self._call("GET", source, path, project=project[0] if project else "")
        except NotFound as missing:
            reason, message = _told(missing)
            if "dataset" in message.lower().partition(":")[2][:10]:
                raise Refused(bigquery_words(reason, message), final=True) from None
            raise NoTable(name) from None

    def _job(self, source: Source, job: str) -> Any:
        try:
            return self._call("GET", source, f"jobs/{quote(job)}", location=_own(source).location)
        except NotFound:
            return None

    def _rows(self, source: Source, statement: str) -> list[list[Any]]:
        """What a short statement answers. Raises Unavailable where it still runs: the next one who asks finds it."""
        digest = hashlib.sha256(f"{statement}\0{self.looks_since}".encode()).hexdigest()[:32]
        job = f"hackle-import-{source.name}-count-{digest}"
        with suppress(Conflict):  # it was asked before: its rows are there
            self._insert(source, job, statement)
        told = self._page(source, job)
        if not told["jobComplete"]:
            told = self._page(source, job)
        if not told["jobComplete"]:
            raise Unavailable("a count still runs")
        pages = [told]
        while token := pages[-1].get("pageToken"):
            pages.append(self._page(source, job, pageToken=token))
        return [[cell["v"] for cell in row["f"]] for page in pages for row in page.get("rows", [])]

    def _page(self, source: Source, job: str, **more: str) -> Any:
        asked = {"location": _own(source).location, "timeoutMs": str(_WAIT_MS), "maxResults": str(_MOST_ROWS)}
        return self._call("GET", source, f"queries/{quote(job)}", **asked, **more)

    def _insert(self, source: Source, job: str, statement: str, *, dry: bool = False) -> Any:
        """The job as the service answers it. Raises Conflict where the id was used."""
        own = _own(source)
        limit = {} if source.max_bytes is None else {"maximumBytesBilled": str(source.max_bytes)}
        asked = {"query": statement, "useLegacySql": False, **limit}
        labels = {"hackle-import": source.name.lower()[:63]}  # as long as one may be
        body = {
            "jobReference": {"projectId": own.project, "location": own.location, **({"jobId": job} if job else {})},
            "configuration": {"query": asked, "labels": labels, **({"dryRun": True} if dry else {})},
        }
        told = self._call("POST", source, "jobs", body)
        if error := told["status"].get("errorResult"):
            raise _refused(error.get("reason", ""), error.get("message", ""))
        return told

    def _call(self, method: str, source: Source, path: str, body: Any = None, *, project: str = "", **more: Any) -> Any:
        url = f"{ENDPOINT}/{quote(project or _own(source).project)}/{path}"

        def once() -> Any:
            data = None if body is None else json.dumps(body)
            headers = {"Content-Type": "application/json"}
            answer = self._session.request(method, url, data=data, headers=headers, params=more, timeout=_TIMEOUT)
            if not answer.ok:
                raise from_http_response(answer)  # type: ignore[no-untyped-call]
            return answer.json()

        with _translated():
            return _RETRY(once)()


def connect(looks_since: datetime, now: datetime) -> BigQueryWarehouse:
    """Credentials are found as Google's libraries find them. Raises Misconfigured where there are none."""
    with access_told():
        credentials, _ = google.auth.default(scopes=[_SCOPE])
    session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
    return BigQueryWarehouse(session, looks_since, now)


def _columns(fields: Sequence[Any]) -> Iterator[Column]:
    """https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema"""
    for one in fields:
        yield Column(one["name"], one["type"], one.get("mode") == "REPEATED", tuple(_columns(one.get("fields", ()))))


def _own(source: Source) -> BigQuery:
    assert source.bigquery is not None, "a source of BigQuery"
    return source.bigquery


def _statement(build: Any, *what: Any) -> str:
    """Raises Refused for a name that BigQuery cannot have."""
    try:
        return str(build(*what))
    except ValueError as wrong:
        raise Refused(str(wrong), final=True) from None


def _progress(told: Any) -> Progress:
    status = told["status"]
    if status["state"] != "DONE":
        return Progress("running")
    if error := status.get("errorResult"):
        refused = _words(error.get("reason", ""), error.get("message", ""))
        return Progress("failed", error=refused.message, final=refused.final)
    wrote = told["statistics"]["query"].get("exportDataStatistics")
    if wrote is None:
        return Progress("failed", error="the job does not tell what it wrote")
    return Progress("finished", int(wrote["rowCount"]), int(wrote["fileCount"]))


def _told(refused: GoogleAPICallError) -> tuple[str, str]:
    """Its reason, and what the service says; the exception's own message has the address before it."""
    first: dict[str, str] = next(iter(refused.errors or ()), {})
    return first.get("reason", ""), first.get("message", "")


def _words(reason: str, message: str) -> Refused:
    return Refused(bigquery_words(reason, message), final=reason in _FINAL)


def _refused(reason: str, message: str) -> Refused | Unavailable:
    return Unavailable(reason) if reason in _BUSY else _words(reason, message)


@contextmanager
def _translated() -> Iterator[None]:
    """NotFound and Conflict mean something to whoever asked, and stay."""
    try:
        with access_told():
            yield
    except (NotFound, Conflict):
        raise
    except GoogleAPICallError as refused:
        reason, message = _told(refused)
        if (refused.code or 500) >= 500 or refused.code in (408, 429):  # noqa: PLR2004 - the server's own trouble
            raise Unavailable(reason or str(refused.code)) from refused
        raise _refused(reason, message) from refused
    except (RetryError, GoogleAuthError, RequestException) as failed:
        raise Unavailable(type(failed).__name__) from failed
