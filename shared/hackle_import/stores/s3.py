"""Amazon S3, by boto3. Versions are ETags (with the version id, where the bucket is versioned); reads are pinned by
IfMatch.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING, Any

import boto3
import stamina
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.exceptions import (
    ConnectionError as NoConnection,
)
from urllib3.exceptions import HTTPError as BrokenRefusal

from hackle_import.errors import BrokenOff, Changed, NotFound, Unavailable
from hackle_import.stores.access import access_told
from hackle_import.stores.bounded import in_time
from hackle_import.stores.bucket import Bucket, nothing_of
from hackle_import.stores.protocol import Listed, StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MULTIPART_FROM_BYTES = 64 << 20
_PIECE_BYTES = 64 << 10  # of a body: what a connection that is reset in the middle of one may lose
# Without threads: those would not know that a bounded store's time is over. A Lambda's network is no faster by them.
_MULTIPART = TransferConfig(multipart_threshold=MULTIPART_FROM_BYTES, multipart_chunksize=16 << 20, use_threads=False)
_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 5},
    connect_timeout=5,
    read_timeout=30,
    user_agent_extra="hackle-import",
)
_FORBIDDEN, _NOT_FOUND, _CONFLICT, _PRECONDITION_FAILED, _TOO_MANY, _SERVER = 403, 404, 409, 412, 429, 500
_BUSY = {"SlowDown", "Throttling", "ThrottlingException", "RequestTimeout", "RequestTimeTooSkewed", "TooManyRequests"}
_MOST_DELETED = 1000  # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
_READS = 4  # of a small object: boto3 itself asks again only until an answer begins
_BROKEN_BODY = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)
_NO_ANSWER = (*_BROKEN_BODY, NoConnection, HTTPClientError, FlexibleChecksumError)


class S3Store:
    """Objects below a prefix of one bucket."""

    def __init__(self, bucket: Bucket, client: "S3Client") -> None:
        self._bucket, self._client = bucket, client
        self.place = bucket.place
        self._in_parts = Lock()
        self._completed: Any = None
        client.meta.events.register("after-call.s3.CompleteMultipartUpload", self._complete)

    def head(self, key: str) -> StoredObject:
        with _translated(key), self._missing_told(key):
            return _stored(key, self._client.head_object(**self._at(key)))

    def get(self, key: str) -> tuple[bytes, StoredObject]:
        with _translated(key), self._missing_told(key):
            for attempt in stamina.retry_context(on=_is_to_be_read_again, attempts=_READS):
                with attempt:
                    answer = self._client.get_object(**self._at(key))
                    return answer["Body"].read(), _stored(key, answer)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def read(self, key: str, version: str, start: int, end: int) -> bytes:
        if start >= end:
            return nothing_of(self.head(key), version)
        with _translated(key), self._missing_told(key):
            answer = self._client.get_object(
                **self._at(key), Range=f"bytes={start}-{end - 1}", IfMatch=f'"{_etag(version)}"'
            )
            return _received(key, answer["Body"].iter_chunks(_PIECE_BYTES))

    def put(self, key: str, body: bytes | Path) -> StoredObject:
        if isinstance(body, Path) and body.stat().st_size >= MULTIPART_FROM_BYTES:
            return self._put_in_parts(key, body)
        return self._put(key, body, {})

    def put_if_absent(self, key: str, body: bytes | Path) -> StoredObject:
        return self._put(key, body, {"IfNoneMatch": "*"})

    def put_if_version(self, key: str, body: bytes | Path, version: str) -> StoredObject:
        try:
            return self._put(key, body, {"IfMatch": f'"{_etag(version)}"'})
        except NotFound:
            raise Changed(key) from None

    def delete(self, key: str) -> None:
        with _translated(key):
            self._client.delete_object(**self._at(key))

    def delete_many(self, keys: Sequence[str]) -> None:
        for first in range(0, len(keys), _MOST_DELETED):
            some = keys[first : first + _MOST_DELETED]
            objects: list[Any] = [{"Key": self._bucket.full(key)} for key in some]
            with _translated(some[0]):
                answer = self._client.delete_objects(
                    Bucket=self._bucket.name, Delete={"Objects": objects, "Quiet": True}
                )
                for failed in answer.get("Errors", ()):
                    raise _not_deleted(failed)

    def keys(self, prefix: str) -> Iterator[str]:
        return (found.key for found in self.listed(prefix))

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        pages = self._client.get_paginator("list_objects_v2")
        asked: Any = {"StartAfter": self._bucket.full(after)} if after else {}
        with _translated(prefix):
            for page in pages.paginate(Bucket=self._bucket.name, Prefix=self._bucket.full(prefix), **asked):
                for found in page.get("Contents", ()):
                    yield Listed(self._bucket.key(found["Key"]), found["Size"], found["LastModified"])

    def _put_in_parts(self, key: str, path: Path) -> StoredObject:
        """`upload_file` keeps the answer to itself. A head may tell of somebody else's later write, and asks for leave
        to read, which the function has not got where Hackle reads."""
        try:
            with self._in_parts, _translated(key):
                self._client.upload_file(str(path), self._bucket.name, self._bucket.full(key), Config=_MULTIPART)
                return _put(key, self._completed, path.stat().st_size)
        except NotFound:  # the upload: it was completed, and the answer lost
            raise Unavailable(key) from None

    def _complete(self, parsed: Any, **_: Any) -> None:
        self._completed = parsed

    def _put(self, key: str, body: bytes | Path, condition: dict[str, Any]) -> StoredObject:
        if isinstance(body, bytes):
            return self._send(key, body, len(body), condition)
        with body.open("rb") as file:
            return self._send(key, file, body.stat().st_size, condition)

    def _send(self, key: str, body: bytes | IO[bytes], size: int, condition: dict[str, Any]) -> StoredObject:
        with _translated(key):
            return _put(key, self._client.put_object(**self._at(key), Body=body, **condition), size)

    def _at(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._bucket.name, "Key": self._bucket.full(key)}

    @contextmanager
    def _missing_told(self, key: str) -> Iterator[None]:
        """Who may list below prefixes only, as the deployed function, may be told "forbidden" of what is not there: a
        read has no prefix that S3 could compare. What a listing does not hold either is NotFound."""
        try:
            yield
        except ClientError as refused:
            if _status(refused) == _FORBIDDEN and not self._is_listed(key, refused):
                raise NotFound(key) from refused
            raise

    def _is_listed(self, key: str, refused: ClientError) -> bool:
        full = self._bucket.full(key)
        try:  # the first key that begins with this one is this one, where it is there
            listed = self._client.list_objects_v2(Bucket=self._bucket.name, Prefix=full, MaxKeys=1)
        except ClientError as also_refused:
            raise (refused if _status(also_refused) == _FORBIDDEN else also_refused) from None
        return [found["Key"] for found in listed.get("Contents", ())] == [full]


def _is_to_be_read_again(failed: Exception) -> bool:
    return isinstance(failed, _BROKEN_BODY) and in_time()


def _received(key: str, pieces: Iterable[bytes]) -> bytes:
    body = bytearray()
    try:
        for piece in pieces:
            body += piece
    except _BROKEN_BODY as failed:
        if body:
            raise BrokenOff(key, bytes(body)) from failed
        raise
    return bytes(body)


def connect(bucket: str, prefix: str, owner: str | None = None) -> S3Store:
    """Credentials, region and endpoint are found as boto3 finds them; `owner` is the account that the bucket must be
    of: a name that was given up may be another's bucket by now."""
    client = boto3.client("s3", config=_CONFIG)
    client.meta.events.register("before-send.s3", _before_a_try)
    if owner:
        client.meta.events.register("before-parameter-build.s3", partial(_expect_owner, owner))
    return S3Store(Bucket("s3", bucket, prefix), client)


def _expect_owner(owner: str, params: dict[str, Any], **_: Any) -> None:
    """Of every call, also those that an upload in parts is made of. S3 answers "forbidden" where it is another's:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html"""
    params["ExpectedBucketOwner"] = owner


def _before_a_try(request: Any, **_: Any) -> None:
    if not in_time():
        raise Unavailable(f"{request.method}: no time for another try")


def _stored(key: str, answer: Any) -> StoredObject:
    return StoredObject(key, _version(answer), answer["ContentLength"], answer["LastModified"])


def _put(key: str, answer: Any, size: int) -> StoredObject:
    """The object's own time is not in the answer."""
    taken = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    return StoredObject(key, _version(answer), size, taken)


def _version(answer: Any) -> str:
    version_id = answer.get("VersionId")
    return str(answer["ETag"].strip('"')) + (f";{version_id}" if version_id and version_id != "null" else "")


def _etag(version: str) -> str:
    return version.partition(";")[0]


@contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        with access_told():
            yield
    except ClientError as refused:
        raise _reason(refused, key) from refused
    except S3UploadFailedError as failed:  # boto3's wrapping of a ClientError, in uploads of files only
        if isinstance(failed.__context__, ClientError):
            raise _reason(failed.__context__, key) from failed
        raise
    except BotoCoreError as failed:
        if isinstance(failed, _NO_ANSWER):
            raise Unavailable(f"{key}: {type(failed).__name__}") from failed
        raise
    except BrokenRefusal as failed:  # of a GetObject, whose body botocore reads without translating what breaks
        raise Unavailable(f"{key}: {type(failed).__name__}") from failed


def _not_deleted(failed: Any) -> ClientError:
    """Of one object among many, as the refusal of a request for it alone would be."""
    told: Any = {"Error": failed, "ResponseMetadata": {"HTTPStatusCode": _SERVER * (failed["Code"] == "InternalError")}}
    return ClientError(told, "DeleteObjects")


def _reason(refused: ClientError, key: str) -> Exception:
    status = _status(refused)
    code = refused.response.get("Error", {}).get("Code", "")
    if code == "NoSuchBucket":
        return refused
    if status == _NOT_FOUND:
        return NotFound(key)
    if status == _PRECONDITION_FAILED:
        return Changed(key)
    if status in {_CONFLICT, _TOO_MANY} or status >= _SERVER or code in _BUSY:
        return Unavailable(f"{key}: {code}")
    return refused


def _status(refused: ClientError) -> int:
    return refused.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
