"""Years at once on Spark, which only says who does what: drops are handled, days are closed and tables exported by the
same code as everywhere, on as many executors as there are.

Two attempts of a task, after a failure or by speculation, are two workers on one drop or day, which their ledgers bear.
What a task tells is another matter: an attempt that dies takes its word along, and the next one finds the work done. So
what tasks tell is for looking at, and totals are read from the ledgers.
"""

from hackle_import.backfill.spark.closing import ClosedDays, close_days
from hackle_import.backfill.spark.drops import Handled, Told, drops
from hackle_import.backfill.spark.table import ExportedDay, table

__all__ = ["ClosedDays", "ExportedDay", "Handled", "Told", "close_days", "drops", "table"]
