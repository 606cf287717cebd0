"""Storages behind one protocol; the only package that knows a cloud's library."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from hackle_import.errors import BrokenOff, Changed, Misconfigured, NotFound, Unavailable
from hackle_import.stores.access import access_told
from hackle_import.stores.protocol import Catalogue, Listed, Source, Store, StoredObject

__all__ = [
    "BrokenOff", "Catalogue", "Changed", "Listed", "NotFound", "Source", "Store", "StoredObject", "Unavailable",
    "open_store",
]  # fmt: skip


def open_store(place: str, owners: Mapping[str, str] | None = None) -> Catalogue:
    """The store of `s3://bucket[/prefix]`, `gs://bucket[/prefix]`, or a local folder, which need not exist yet.

    `owners` are the AWS accounts by bucket: one of S3 that is named there is used only as long as it is that account's.
    Raises ValueError for any other scheme: a mistyped one must not become a folder of that name; Misconfigured where
    the cloud's library is not installed, or finds no credentials.
    """
    scheme, found, rest = place.partition("://")
    bucket, _, prefix = rest.partition("/")
    prefix = prefix.strip("/")
    if not found:
        from hackle_import.stores.local import LocalStore

        return LocalStore(place)
    if not bucket:
        raise ValueError(f"{place!r} names no bucket")
    if scheme == "s3":
        with _library_of("aws", place):
            from hackle_import.stores import s3
        with access_told():
            return s3.connect(bucket, prefix, (owners or {}).get(bucket))
    if scheme == "gs":
        with _library_of("gcp", place):
            from hackle_import.stores import gcs
        with access_told():
            return gcs.connect(bucket, prefix)
    raise ValueError(f"{place!r} is neither s3://bucket/prefix, gs://bucket/prefix nor a folder")


@contextmanager
def _library_of(extra: str, place: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as missing:
        told = f"{place} needs a library that is not installed: pip install 'hackle-import[{extra}]'"
        raise Misconfigured(told) from missing
