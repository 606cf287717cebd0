"""The warehouse of a source: the one place that chooses a client, and loads its library."""

from datetime import datetime

from hackle_import.errors import Misconfigured
from hackle_import.warehouse.client import Warehouse
from hackle_import.warehouse.source import Source

_NEEDS = {"redshift": ("Redshift", "aws"), "bigquery": ("BigQuery", "gcp")}


def connect(source: Source, moment: datetime, *, fresh: bool = False) -> Warehouse:
    """Counts of one hour are one, unless a person asks: `fresh`. Raises Misconfigured where a library is missing."""
    asked = str(moment) if fresh else f"{moment:%Y%m%d%H}"
    try:
        if source.kind == "redshift":
            from hackle_import.warehouse import redshift

            return redshift.connect(asked)
        from hackle_import.warehouse import bigquery

        return bigquery.connect(asked, moment)
    except ModuleNotFoundError as missing:
        name, extra = _NEEDS[source.kind]
        told = f"{name} needs a library that is not installed: pip install 'hackle-import[{extra}]'"
        raise Misconfigured(told) from missing
