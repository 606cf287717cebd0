"""The warehouse of a source: the one place that chooses a client, and loads its library."""

from datetime import datetime

from hackle_import.errors import Misconfigured
from hackle_import.warehouse.client import Warehouse
from hackle_import.warehouse.source import Source


def connect(source: Source, moment: datetime, *, fresh: bool = False) -> Warehouse:
    """Counts of one hour are one, unless a person asks: `fresh`. Raises Misconfigured where a library is missing."""
    if source.kind != "redshift":
        raise Misconfigured(f"source {source.name!r}: this release exports from Redshift alone")
    try:
        from hackle_import.warehouse import redshift
    except ModuleNotFoundError as missing:
        told = "Redshift needs a library that is not installed: pip install 'hackle-import[aws]'"
        raise Misconfigured(told) from missing
    return redshift.connect(str(moment) if fresh else f"{moment:%Y%m%d%H}")
