"""Amazon Redshift, by its Data API. A statement is sent, and looked at later: nothing here waits longer than a minute.

https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from msgspec.structs import replace

from hackle_import.errors import Unavailable
from hackle_import.stores.access import access_told
from hackle_import.warehouse.client import Job, Progress, Refused
from hackle_import.warehouse.source import Column, ColumnType, Redshift, Source
from hackle_import.warehouse.sql import TooLong, fingerprints, first_of, no_rows, select, unload
from hackle_import.warehouse.state import Seen
from hackle_import.warehouse.words import MOST_TOLD, REDSHIFT_FINAL, redshift_words

if TYPE_CHECKING:
    from mypy_boto3_redshift_data import RedshiftDataAPIServiceClient

WAIT_SECONDS = 20  # at each of two calls; the service allows 30
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5, read_timeout=40)
_BUSY = {"ActiveStatementsExceededException", "ActiveSessionsExceededException", "InternalServerException"}
_BUSY |= {"ThrottlingException", "TooManyRequestsException"}
_NOT_NOW = re.compile("paus|resum|maintenance|not available|restarting", re.IGNORECASE)
_RUNNING = {"SUBMITTED", "PICKED", "STARTED"}
_NOT_FINAL = {"ExecuteStatementException", "BatchExecuteStatementException"}
_NO_ROWS = Seen("0", 0)


class RedshiftWarehouse:
    """`looks_since` tells a count from an earlier one: the service gives the answer of the first again to whoever asks
    the same of it with the same moment."""

    def __init__(self, client: "RedshiftDataAPIServiceClient", looks_since: datetime) -> None:
        self._client, self.looks_since = client, looks_since

    def columns(self, source: Source, day: date) -> list[Column]:  # noqa: ARG002 - all days are in one table
        told = self._result(source, no_rows(source))
        return [Column(one["name"], one["typeName"]) for one in told["ColumnMetadata"]]

    def location(self, source: Source, day: date) -> str | None:  # noqa: ARG002 - a cluster has one
        return None

    def seen(
        self, source: Source, columns: Sequence[Column], day_type: ColumnType, days: Sequence[date]
    ) -> Mapping[date, Seen]:
        try:
            told = self._result(source, fingerprints(source, columns, days, day_type))
        except TooLong as long:
            raise Refused(str(long), final=True) from None
        return dict.fromkeys(days, _NO_ROWS) | _counted(told["Records"])

    def scanned(
        self,
        source: Source,  # noqa: ARG002 - time is billed, not bytes
        columns: Sequence[Column],  # noqa: ARG002
        day_type: ColumnType,  # noqa: ARG002
        day: date,  # noqa: ARG002
    ) -> int | None:
        return None

    def sample(
        self, source: Source, columns: Sequence[Column], day_type: ColumnType, day: date, rows: int
    ) -> list[str]:
        told = self._result(source, first_of(select(source, columns, day, day_type), rows))
        nested = [column.type == "super" for column in columns]
        names = [column.name for column in columns]
        return [_line(names, nested, [_value(cell) for cell in row]) for row in told["Records"]]

    def start(self, job: Job) -> str:
        if not job.folder.startswith("s3://"):
            raise Refused("Redshift writes to Amazon S3 alone: the staging place must be there", final=True)
        try:
            sent = [unload(job.source, job.columns, job.day, job.day_type, job.folder, job.limit)]
            if job.limit is None:  # what is counted and what is written are one transaction's, and so the same rows
                sent.insert(0, fingerprints(job.source, job.columns, [job.day], job.day_type))
        except (TooLong, ValueError) as wrong:
            raise Refused(str(wrong), final=True) from None
        with _translated():
            answer = self._client.batch_execute_statement(
                **_where(job.source), Sqls=sent, ClientToken=job.token, StatementName=job.name, WithEvent=True
            )
        return answer["Id"]

    def find(self, job: Job) -> str | None:
        where = {name: text for name, text in _where(job.source).items() if name not in {"SecretArn", "DbUser"}}
        with _translated():
            told = self._client.list_statements(**where, StatementName=job.name, Status="ALL", RoleLevel=True)
        return next((one["Id"] for one in told["Statements"] if one.get("StatementName") == job.name), None)

    def look(self, source: Source, job: str) -> Progress:  # noqa: ARG002 - an id is the account's
        try:
            return self._looked_at(job)
        except Refused as refused:
            if "ResourceNotFound" in refused.message:  # it forgets after a day
                return Progress("unknown")
            raise

    def _looked_at(self, job: str) -> Progress:
        with _translated():
            told: Any = self._client.describe_statement(Id=job)
        progress, parts = _progress(told), told.get("SubStatements", [])
        if progress.phase != "finished" or len(parts) == 1:
            return progress
        seen = next(iter(_counted(self._answer(parts[0]["Id"])["Records"]).values()), _NO_ROWS)
        return replace(progress, rows=seen.rows, seen=seen)

    def cancel(self, source: Source, job: str) -> None:  # noqa: ARG002 - an id is the account's
        try:
            with _translated():
                self._client.cancel_statement(Id=job)
        except Refused:
            return  # it has ended meanwhile

    def _result(self, source: Source, statement: str) -> Any:
        """What a short statement answers. Raises Unavailable where it still runs: the next one who asks finds it."""
        token = hashlib.sha256(f"{statement}\0{self.looks_since}".encode()).hexdigest()
        with _translated():
            told: Any = self._client.execute_statement(
                **_where(source), Sql=statement, ClientToken=token, StatementName=f"hackle-import-{source.name}-count"
            )
            told = self._client.describe_statement(Id=told["Id"], WaitTimeSeconds=WAIT_SECONDS)
            if told["Status"] in _RUNNING:
                told = self._client.describe_statement(Id=told["Id"], WaitTimeSeconds=WAIT_SECONDS)
        progress = _progress(told)
        if progress.phase == "failed":
            raise Refused(progress.error, final=progress.final)
        if progress.phase == "running":
            raise Unavailable("a count still runs")
        return self._answer(told["Id"])

    def _answer(self, statement: str) -> Any:
        """The rows of a statement that has finished."""
        with _translated():
            pages = list(self._client.get_paginator("get_statement_result").paginate(Id=statement))
        return {**pages[0], "Records": [row for page in pages for row in page["Records"]]}


def connect(looks_since: datetime) -> RedshiftWarehouse:
    """Credentials, region and endpoint are found as boto3 finds them. Raises Misconfigured where there are none."""
    with access_told():
        return RedshiftWarehouse(boto3.client("redshift-data", config=_CONFIG), looks_since)


def _where(source: Source) -> dict[str, Any]:
    asked: Redshift | None = source.redshift
    assert asked is not None, "a source of Redshift"
    told = {
        "Database": asked.database,
        "WorkgroupName": asked.workgroup,
        "ClusterIdentifier": asked.cluster,
        "DbUser": asked.db_user,
        "SecretArn": asked.secret,
    }
    return {name: text for name, text in told.items() if text}


def _progress(told: Any) -> Progress:
    status = told["Status"]
    if status in _RUNNING:
        return Progress("running")
    if status == "FINISHED":
        return Progress("finished")
    error = redshift_words(told.get("Error", "") or f"the statement was {status.lower()}")
    return Progress("failed", error=error, final=REDSHIFT_FINAL.search(error) is not None)


def _counted(records: Sequence[Sequence[Any]]) -> dict[date, Seen]:
    """What `fingerprints` answers: days that have rows."""
    rows = ([_value(cell) for cell in row] for row in records)
    return {date.fromisoformat(day): Seen(f"{counted}:{changed}", int(counted)) for day, counted, changed in rows}


def _line(names: Sequence[str], nested: Sequence[bool], values: Sequence[Any]) -> str:
    """As UNLOAD writes a row: what is nested is no text there."""
    given = [
        json.loads(value) if is_nested and value else value for value, is_nested in zip(values, nested, strict=True)
    ]
    return json.dumps(dict(zip(names, given, strict=True)), ensure_ascii=False)


def _value(cell: Any) -> Any:
    return None if cell.get("isNull") else next(iter(cell.values()))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        with access_told():
            yield
    except ClientError as refused:
        told = refused.response.get("Error", {})
        code, words = told.get("Code", ""), told.get("Message", "")
        status = refused.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _BUSY or status >= 500 or _NOT_NOW.search(words):  # noqa: PLR2004 - the server's own trouble
            raise Unavailable(code) from refused
        raise Refused(f"{code}: {redshift_words(words)}", final=code not in _NOT_FINAL) from refused
    except ParamValidationError as wrong:
        raise Refused(" ".join(str(wrong).split())[:MOST_TOLD], final=True) from wrong
    except BotoCoreError as failed:
        raise Unavailable(type(failed).__name__) from failed
