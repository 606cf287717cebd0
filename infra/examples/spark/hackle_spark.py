"""A job for spark-submit: every drop below a prefix, or with --close every day that is due, by as many executors as
there are. Settings are those of the deployed function, in the driver's environment (docs/scale.md).

    spark-submit --archives hackle-venv.tar.gz#env hackle_spark.py [--close | prefix]
"""

import os
import sys
from collections import Counter

from pyspark.sql import SparkSession

from hackle_import.backfill.selection import Selection
from hackle_import.backfill.spark import close_days, drops


def main() -> int:
    """Exit status 1 where a drop is not mended, 3 where one, or a day, is undone."""
    spark = SparkSession.builder.appName("hackle-import").getOrCreate()
    settings = {name: text for name, text in os.environ.items() if name.startswith("HACKLE_")}
    asked = sys.argv[1] if len(sys.argv) > 1 else "incoming/"
    unmended, undone = close(spark, settings) if asked == "--close" else handle(spark, settings, asked)
    for name, reason in undone.items():
        print(f"undone: {name}: {reason}", file=sys.stderr)
    return 3 if undone else int(unmended > 0)


def handle(spark: SparkSession, settings: dict[str, str], prefix: str) -> tuple[int, dict[str, str]]:
    """Drops that are not mended, and those that are undone."""
    handled = drops(spark, settings, Selection(prefix))
    print("by tasks:", dict(Counter(row.outcome for row in handled.receipts.collect())))
    print("by the ledger:", handled.totals)
    return handled.totals.unmended, handled.undone


def close(spark: SparkSession, settings: dict[str, str]) -> tuple[int, dict[str, str]]:
    """Days that hold drops back or wait, and those that are undone."""
    closed = close_days(spark, settings)
    print("by tasks:", dict(Counter(one.outcome.value for one in closed.told)))
    print(f"by the ledgers of {len(closed.told):,} days: {closed.rows:,} rows in {closed.files:,} files")
    return sum(one.held > 0 or one.outcome == "waiting" for one in closed.told), closed.undone


if __name__ == "__main__":
    sys.exit(main())
