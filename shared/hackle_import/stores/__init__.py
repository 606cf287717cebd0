"""Storages behind one protocol; the only package that knows a cloud's library."""

from hackle_import.errors import BrokenOff, Changed, NotFound, Unavailable
from hackle_import.stores.protocol import Source, Store, StoredObject

__all__ = ["BrokenOff", "Changed", "NotFound", "Source", "Store", "StoredObject", "Unavailable", "open_store"]


def open_store(place: str) -> Store:
    """The store of `s3://bucket[/prefix]`, `gs://bucket[/prefix]`, or a local folder, which need not exist yet.

    Raises ValueError for any other scheme: a mistyped one must not become a folder of that name.
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
        from hackle_import.stores import s3

        return s3.connect(bucket, prefix)
    if scheme == "gs":
        from hackle_import.stores import gcs

        return gcs.connect(bucket, prefix)
    raise ValueError(f"{place!r} is neither s3://bucket/prefix, gs://bucket/prefix nor a folder")
