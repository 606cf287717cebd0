"""The warehouse of a source: the one place that chooses a client, and loads its library."""

from datetime import datetime

from hackle_import.errors import Misconfigured
from hackle_import.warehouse.client import Warehouse
from hackle_import.warehouse.source import Source

_NEEDS = {"redshift": ("Redshift", "aws"), "bigquery": ("BigQuery", "gcp")}


def connect(source: Source, moment: datetime, *, fresh: bool = False) -> Warehouse:
    """Looks of one hour are one, unless a person asks: `fresh`. Raises Misconfigured where a library is missing."""
    since = moment if fresh else moment.replace(minute=0, second=0, microsecond=0)
    try:
        if source.kind == "redshift":
            from hackle_import.warehouse import redshift

            return redshift.connect(since)
        from hackle_import.warehouse import bigquery

        return bigquery.connect(since, moment)
    except ModuleNotFoundError as missing:
        name, extra = _NEEDS[source.kind]
        told = f"{name} needs a library that is not installed: pip install 'hackle-import[{extra}]'"
        raise Misconfigured(told) from missing
