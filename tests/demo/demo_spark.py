"""`make demo-spark`: the sample drops of `make demo`, handled by Spark on this machine, verified."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import demo

SUBMIT = Path(sys.executable).parent / "spark-submit"
JOB = Path(__file__).parent.parent.parent / "infra" / "examples" / "spark" / "hackle_spark.py"


def main():
    shutil.rmtree(demo.FOLDER, ignore_errors=True)
    demo.console.rule("Drops of two apps, in a staging folder")
    demo.make_drops()
    demo.console.rule("Handled by Spark")
    env = os.environ | {"HACKLE_STAGING": str(demo.STAGING), "HACKLE_IMPORT": str(demo.LAKE)}
    env |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    quiet = ["--conf", "spark.ui.enabled=false", "--conf", "spark.log.level=ERROR"]
    done = subprocess.run([SUBMIT, "--master", "local[2,4]", *quiet, JOB], env=env, check=False)
    assert done.returncode == 1, "one drop is broken, on purpose"
    demo.console.rule("Verified as Hackle would read it, and against the ledger")
    demo.run("verify", demo.LAKE, "--staging", demo.STAGING, expect=0)
    demo.run("status", "--staging", demo.STAGING, expect=1)


if __name__ == "__main__":
    main()
