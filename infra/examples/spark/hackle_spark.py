"""A job for spark-submit: every drop below a prefix, by as many executors as there are. Settings are those of the
deployed function, in the environment of driver and executors (docs/scale.md).

    spark-submit --archives hackle-venv.tar.gz#env hackle_spark.py [prefix]
"""

import os
import sys
from collections import Counter

from pyspark.sql import SparkSession

from hackle_import.backfill.selection import Selection
from hackle_import.backfill.spark import drops


def main() -> int:
    """Exit status 1 where a drop is not mended, 3 where one is undone."""
    spark = SparkSession.builder.appName("hackle-import").getOrCreate()
    settings = {name: text for name, text in os.environ.items() if name.startswith("HACKLE_")}
    prefix = sys.argv[1] if len(sys.argv) > 1 else "incoming/"
    handled = drops(spark, settings, Selection(prefix))
    print("by tasks:", dict(Counter(row.outcome for row in handled.receipts.collect())))
    print("by the ledger:", handled.totals)
    for drop, reason in handled.undone.items():
        print(f"undone: {drop}: {reason}", file=sys.stderr)
    return 3 if handled.undone else int(handled.totals.unmended > 0)


if __name__ == "__main__":
    sys.exit(main())
