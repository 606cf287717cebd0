"""A double of Redshift's Data API over a real PostgreSQL: strict, so that an option, a parameter or a function that it does
not know fails a statement. UNLOAD writes to S3 what the documentation says:
https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

import gzip
import json
import re
import threading
import uuid
from contextlib import contextmanager
from decimal import Decimal

from support.http_double import served

UNLOAD = re.compile(r"UNLOAD \('((?:[^']|'')*)'\) TO '(s3://[^']+)' (.+)", re.DOTALL)
OPTION = re.compile(r"IAM_ROLE (?:default|'[^']+')|FORMAT JSON|GZIP|MANIFEST VERBOSE|KMS_KEY_ID '[^']+'|ENCRYPTED")
TYPES = {
    16: "bool", 17: "varbyte", 20: "int8", 21: "int2", 23: "int4", 25: "varchar", 700: "float4", 701: "float8", 1043: "varchar",
    1042: "bpchar", 1082: "date", 1083: "time", 1114: "timestamp", 1184: "timestamptz", 1700: "numeric", 3802: "super",
    600: "geometry",
}  # fmt: skip
FUNCTIONS = """
CREATE FUNCTION fnv_hash(text, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT hashtextextended($1, $2) $$;
CREATE FUNCTION from_varbyte(bytea, text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT encode($1, $2) $$;
"""
NOT_EMPTY = (
    "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually removing the "
    "target files in S3, or using the ALLOWOVERWRITE option."
)
WHERE = {"Database", "WorkgroupName", "ClusterIdentifier", "DbUser", "SecretArn"}
KNOWN = {
    "ExecuteStatement": WHERE | {"Sql", "ClientToken", "StatementName"},
    "BatchExecuteStatement": WHERE | {"Sqls", "ClientToken", "StatementName", "WithEvent"},
    "DescribeStatement": {"Id", "WaitTimeSeconds"},
    "GetStatementResult": {"Id"},
    "ListStatements": {"StatementName", "Status", "RoleLevel", "Database", "WorkgroupName", "ClusterIdentifier"},
    "CancelStatement": {"Id"},
}


class Redshift:
    """`slices` is how many parts UNLOAD writes; `trouble` is what the next calls are refused with, by operation;
    `held`: batches do not end by themselves; `between` is called within a batch, after its first statement; `s3` is its own
    way to S3."""

    def __init__(self, connection, **s3):
        self.s3 = s3
        self.sql, self.slices, self.trouble, self.held = connection, 2, {}, False
        self.between = lambda: None
        self.statements, self.tokens, self.unloads, self.calls = {}, {}, [], []
        self._lock = threading.Lock()
        self.sql.run(FUNCTIONS)

    def answer(self, operation, asked):
        with self._lock:
            self.calls.append((operation, asked))
            assert asked.keys() <= KNOWN[operation], f"{operation} has no {asked.keys() - KNOWN[operation]}"
            if operation in self.trouble:
                return self.trouble.pop(operation)
            return 200, getattr(self, re.sub("([A-Z])", r"_\1", operation).lower())(asked)

    def _execute_statement(self, asked):
        assert not asked["Sql"].startswith("UNLOAD"), "an export is counted in its own transaction"
        return self._taken(asked, [asked["Sql"]])

    def _batch_execute_statement(self, asked):
        assert 1 <= len(asked["Sqls"]) <= 40
        return self._taken(asked, asked["Sqls"], holds=self.held)

    def _taken(self, asked, sent, *, holds=False):
        assert all(len(one.encode()) <= 100_000 for one in sent)
        assert len(asked["ClientToken"]) <= 64
        assert ("WorkgroupName" in asked) != ("ClusterIdentifier" in asked)
        if asked["ClientToken"] in self.tokens:
            return {"Id": self.tokens[asked["ClientToken"]]}
        number = str(uuid.uuid4())
        self.tokens[asked["ClientToken"]] = number
        self.statements[number] = {
            "Status": "STARTED",
            "StatementName": asked.get("StatementName", ""),
            "Sqls": sent,
            "is_batch": "Sqls" in asked,
        }
        if not holds:
            self.run(number)
        return {"Id": number}

    def _describe_statement(self, asked):
        if asked["Id"] not in self.statements:
            raise LookupError("Query does not exist.")
        told = self.statements[asked["Id"]]
        answer = {"Id": asked["Id"], **{name: told[name] for name in ("Status", "Error") if name in told}}
        if told["is_batch"]:
            parts = [{"Id": f"{asked['Id']}:{at}", "Status": told["Status"]} for at in range(1, len(told["Sqls"]) + 1)]
            answer["SubStatements"] = parts
        return answer

    def _get_statement_result(self, asked):
        number, _, at = asked["Id"].partition(":")
        one = self.statements[number]
        assert (one["Status"], one["is_batch"]) == ("FINISHED", at != "")
        return one["results"][int(at or 1) - 1]

    def _list_statements(self, asked):
        assert asked["Status"] == "ALL"
        found = [
            (number, one)
            for number, one in self.statements.items()
            if one["StatementName"].startswith(asked["StatementName"])
        ]
        return {
            "Statements": [
                {"Id": number, "StatementName": one["StatementName"], "Status": one["Status"]} for number, one in found
            ]
        }

    def _cancel_statement(self, asked):
        self.statements[asked["Id"]]["Status"] = "ABORTED"
        return {"Status": True}

    def release(self):
        """Statements that were held run."""
        for number, one in self.statements.items():
            if one["Status"] == "STARTED":
                self.run(number)

    def run(self, number):
        """What is sent together is one transaction, and sees one snapshot."""
        one = self.statements[number]
        self.sql.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
        try:
            one["results"] = []
            for sql in one["Sqls"]:
                one["results"].append(self._unload(sql) if sql.startswith("UNLOAD") else self._rows(sql))
                if one["is_batch"]:
                    self.between()
            one["Status"] = "FINISHED"
        except Exception as wrong:
            told = wrong.args[0].get("M") if wrong.args and isinstance(wrong.args[0], dict) else str(wrong)
            where = f"Query #{len(one['results']) + 1} failed with " if one["is_batch"] else ""
            one |= {"Status": "FAILED", "Error": f"{where}ERROR: {told}"}
        self.sql.run("ROLLBACK")

    def _rows(self, statement):
        rows = self.sql.run(statement)
        columns = [{"name": one["name"], "typeName": TYPES[one["type_oid"]]} for one in self.sql.columns]
        return {
            "ColumnMetadata": columns,
            "Records": [[_cell(value) for value in row] for row in rows],
            "TotalNumRows": len(rows),
        }

    def _unload(self, statement):
        import boto3

        found = UNLOAD.fullmatch(statement)
        if not found or OPTION.sub("", found[3]).strip():
            raise ValueError(f'syntax error at or near "{OPTION.sub("", found[3]).split()[0] if found else "UNLOAD"}"')
        bucket, _, prefix = found[2].removeprefix("s3://").partition("/")
        s3 = boto3.client("s3", **self.s3)
        if s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents"):
            raise ValueError(NOT_EMPTY)
        rows = self.sql.run(found[1].replace("''", "'"))
        names = [one["name"] for one in self.sql.columns]
        if {one["type_oid"] for one in self.sql.columns} - TYPES.keys():
            raise ValueError("a type that UNLOAD does not write")
        entries = []
        for number in range(self.slices):
            mine = rows[number :: self.slices]
            if mine:
                body = gzip.compress("".join(f"{_line(names, row)}\n" for row in mine).encode(), 1, mtime=0)
                s3.put_object(Bucket=bucket, Key=f"{prefix}{number:04d}_part_00.gz", Body=body)
                meta = {"content_length": len(body), "record_count": len(mine)}
                entries.append({"url": f"s3://{bucket}/{prefix}{number:04d}_part_00.gz", "meta": meta})
        if rows:  # of no rows nothing is written
            meta = {"content_length": sum(one["meta"]["content_length"] for one in entries), "record_count": len(rows)}
            told = {"entries": entries, "schema": {"elements": []}, "meta": meta, "author": {"name": "Amazon Redshift"}}
            s3.put_object(Bucket=bucket, Key=f"{prefix}manifest", Body=json.dumps(told).encode())
        self.unloads.append(found[2])


def _cell(value):
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, dict | list):
        return {"stringValue": json.dumps(value, ensure_ascii=False)}
    return {"longValue": value} if isinstance(value, int) else {"stringValue": str(value)}


def _line(names, row):
    return (
        "{"
        + ",".join(
            f"{json.dumps(name, ensure_ascii=False)}:{_json(value)}" for name, value in zip(names, row, strict=True)
        )
        + "}"
    )


def _json(value):
    """A boolean is `t` or `f`: JSON that nobody reads, so that one which was not cast is noticed."""
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


@contextmanager
def data_api(redshift):
    """Yields the address that boto3 takes for the service's."""

    def answer(_method, _path, headers, body):
        operation = headers["X-Amz-Target"].partition(".")[2]
        try:
            status, told = redshift.answer(operation, json.loads(body))
        except LookupError as gone:
            status, told = 400, {"__type": "ResourceNotFoundException", "Message": str(gone)}
        except AssertionError as wrong:
            status, told = 400, {"__type": "ValidationException", "Message": str(wrong)}
        return status, json.dumps(told).encode()

    with served(answer, "application/x-amz-json-1.1") as host:
        yield f"http://{host}"
