"""Google Cloud Storage. Versions are generations, by which reads are pinned; conditional writes are one request each.

https://cloud.google.com/storage/docs/request-preconditions
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from google.api_core.exceptions import GoogleAPICallError, PreconditionFailed, RetryError
from google.api_core.exceptions import NotFound as NoSuchObject
from google.auth.exceptions import TransportError
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption
from google.cloud.storage.retry import DEFAULT_RETRY
from requests.exceptions import ChunkedEncodingError, Timeout
from requests.exceptions import ConnectionError as NoConnection
from urllib3.exceptions import HTTPError as BrokenBody

from hackle_import.errors import BrokenOff, Changed, NotFound, Unavailable
from hackle_import.stores.access import access_told
from hackle_import.stores.bounded import in_time
from hackle_import.stores.bucket import Bucket, nothing_of
from hackle_import.stores.protocol import Listed, StoredObject

_TIMEOUT_SECONDS = (5, 30)
_RETRY = DEFAULT_RETRY.with_timeout(30)  # Google's own default is 120 seconds, for every call anew
_CRC32C_OF_NOTHING = "AAAAAA=="
_RESUMABLE_CHUNK_BYTES = 8 << 20
_DELETERS = 16
_BUSY = {408, 409, 429, 500, 502, 503, 504}
# A raw download reads below requests: what breaks there is an error of urllib3.
_NO_ANSWER = (RetryError, TransportError, NoConnection, ChunkedEncodingError, Timeout, BrokenBody, DataCorruption)


class GCSStore:
    """Objects below a prefix of one bucket."""

    def __init__(self, bucket: Bucket, client: storage.Client) -> None:
        self._bucket, self._gcs = bucket, client.bucket(bucket.name)
        self.place = bucket.place

    def head(self, key: str) -> StoredObject:
        with _translated(key):
            return _stored(key, self._found(key))

    def get(self, key: str) -> tuple[bytes, StoredObject]:
        with _translated(key):
            blob = self._found(key)
            pinned = self._gcs.blob(blob.name, generation=blob.generation)
            return pinned.download_as_bytes(raw_download=True, timeout=_TIMEOUT_SECONDS, retry=_retried), _stored(
                key, blob
            )

    def read(self, key: str, version: str, start: int, end: int) -> bytes:
        if start >= end:
            return nothing_of(self.head(key), version)
        blob = self._gcs.blob(self._bucket.full(key), generation=int(version))
        body = BytesIO()
        try:
            with _translated(key):
                # No retry here: whoever reads goes on at the byte that was reached.
                blob.download_to_file(
                    body,
                    start=start,
                    end=end - 1,
                    raw_download=True,
                    checksum=None,
                    timeout=_TIMEOUT_SECONDS,
                    retry=None,
                )
        except Unavailable as failed:
            if body.tell():
                raise BrokenOff(key, body.getvalue()) from failed
            raise
        except NotFound:  # this generation is: tell a replaced object from a deleted one
            self.head(key)
            raise Changed(key) from None
        if self.head(key).version != version:  # where the bucket keeps former generations
            raise Changed(key)
        return body.getvalue()

    def put(self, key: str, body: bytes | Path) -> StoredObject:
        return self._put(key, body, None)

    def put_if_absent(self, key: str, body: bytes | Path) -> StoredObject:
        return self._put(key, body, 0)

    def put_if_version(self, key: str, body: bytes | Path, version: str) -> StoredObject:
        try:
            return self._put(key, body, int(version))
        except NotFound:
            raise Changed(key) from None

    def delete(self, key: str) -> None:
        with _translated(key):
            try:
                self._gcs.blob(self._bucket.full(key)).delete(timeout=_TIMEOUT_SECONDS, retry=_retried)
            except NoSuchObject:
                return

    def delete_many(self, keys: Sequence[str]) -> None:
        # Google's batches hold a hundred requests, and are one request of many parts that each may fail: threads do.
        context = copy_context()
        with ThreadPoolExecutor(_DELETERS) as pool:
            for done in [pool.submit(context.copy().run, self.delete, key) for key in keys]:
                done.result()

    def keys(self, prefix: str) -> Iterator[str]:
        return (found.key for found in self.listed(prefix))

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        asked = {"prefix": self._bucket.full(prefix), "start_offset": self._bucket.full(after) if after else None}
        with _translated(prefix):
            for blob in self._gcs.list_blobs(**asked, timeout=_TIMEOUT_SECONDS, retry=_retried):
                key = self._bucket.key(blob.name)
                if key != after:  # the offset itself is listed, too
                    yield Listed(key, blob.size, blob.updated)

    def _found(self, key: str) -> storage.Blob:
        blob = self._gcs.blob(self._bucket.full(key))
        blob.reload(
            timeout=_TIMEOUT_SECONDS, retry=_retried
        )  # not get_blob(): it takes a missing bucket for a missing object
        return blob

    def _put(self, key: str, body: bytes | Path, generation: int | None) -> StoredObject:
        blob = self._gcs.blob(self._bucket.full(key))
        asked: dict[str, Any] = {
            "if_generation_match": generation,
            "timeout": _TIMEOUT_SECONDS,
            "checksum": "crc32c",
            "retry": _retried,
        }
        with _translated(key), _uploading(key, replacing=bool(generation)):
            if isinstance(body, Path):
                blob.chunk_size = _RESUMABLE_CHUNK_BYTES
                blob.upload_from_filename(str(body), content_type="application/octet-stream", **asked)
            else:
                blob.upload_from_string(body, content_type="application/octet-stream", **asked)
        return _stored(key, blob)


def connect(bucket: str, prefix: str) -> GCSStore:
    """Credentials, and an emulator's address where one is set, are found as Google's library finds them."""
    return GCSStore(Bucket("gs", bucket, prefix), storage.Client())


def _stored(key: str, blob: storage.Blob) -> StoredObject:
    size = blob.size
    if size is None:  # a server may leave out what is zero; what it does not tell must not be taken for nothing
        if blob.crc32c != _CRC32C_OF_NOTHING:
            raise Unavailable(f"{key}: its size is not told")
        size = 0
    return StoredObject(key, str(blob.generation), size, blob.time_created)


def _retried(call: Callable[..., Any]) -> Callable[..., Any]:
    """Takes the place of a google.api_core.retry.Retry, which can't be told otherwise when to end."""
    return cast(Callable[..., Any], _RETRY(call, on_error=_before_a_try))


def _before_a_try(failure: Exception) -> None:
    if not in_time():
        raise Unavailable(f"{type(failure).__name__}, and no time for another try")


@contextmanager
def _uploading(key: str, *, replacing: bool) -> Iterator[None]:
    """A new object can't be missing: the session of an upload in parts is, after an answer that was lost."""
    try:
        yield
    except NoSuchObject as missing:
        if replacing or "bucket does not exist" in missing.message:
            raise
        raise Unavailable(f"{key}: the upload is to begin anew") from missing


@contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        with access_told():
            yield
    except NoSuchObject as missing:
        if "bucket does not exist" in missing.message:
            raise  # a misconfiguration, not a missing drop
        raise NotFound(key) from missing
    except PreconditionFailed as failed:
        raise Changed(key) from failed
    except GoogleAPICallError as refused:
        if refused.code in _BUSY:
            raise Unavailable(f"{key}: {refused.code}") from refused
        raise
    except _NO_ANSWER as failed:
        raise Unavailable(f"{key}: {type(failed).__name__}") from failed
