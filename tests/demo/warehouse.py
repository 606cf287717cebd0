"""`make demo-warehouse`: a table in PostgreSQL, behind a double of Redshift's Data API, becomes a verified day; rows of it
change, and the day is replaced. Everything is of this machine: S3 is moto's."""

import logging
import os
import subprocess
import sys
from tempfile import TemporaryDirectory

from support.emulators import moto_server
from support.postgres import postgres
from support.redshift import Redshift, data_api

DAY = "2025-01-02"
STAGING = "s3://demo/staging"
SOURCE = """kind = "redshift"
mapping = "shop"
table = "public.events"
day = { column = "event_time", timezone = "Asia/Seoul" }

[redshift]
workgroup = "demo"
database = "dev"
unload_role = "default"
"""
MAPPING = """[fields]
insert_id = "id"
event_key = "name"
ts = "event_time"
metric_value = "amount"
identifiers = { id = "customer", device_id = "customer" }
platform_properties = { osname = { const = "iOS" }, appversion = { const = "1.0" } }
"""
TABLE = """CREATE TABLE events (id bigint, name varchar(128), event_time timestamptz, amount numeric(18, 2), customer varchar(64));
INSERT INTO events SELECT n, 'purchase', '2025-01-01 15:00:00+00'::timestamptz + n * interval '1 minute', n, 'c-' || n % 7
FROM generate_series(0, 99) n;"""
CHANGE = "UPDATE events SET amount = 0 WHERE id < 10; DELETE FROM events WHERE id >= 95;"


def main():
    with TemporaryDirectory(prefix="hackle-demo-") as folder, moto_server() as s3, postgres() as at:
        import pg8000.native

        keys = {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo", "AWS_DEFAULT_REGION": "us-east-1"}
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # moto's, a line a request
        os.environ |= (
            keys
            | {"HACKLE_DAY_TIMEZONE": "Asia/Seoul"}
            | {"AWS_ENDPOINT_URL": s3, "HACKLE_STAGING": STAGING, "HACKLE_IMPORT": f"{folder}/import"}
        )
        sql = pg8000.native.Connection(**at)
        with data_api(Redshift(sql)) as url:
            os.environ["AWS_ENDPOINT_URL_REDSHIFT_DATA"] = url
            put({"sources/shop.toml": SOURCE, "mappings/shop.toml": MAPPING})
            told("There is no table yet", "sources", "check", "shop")
            sql.run(TABLE)
            told("There is one, of 100 purchases", "export", "shop", "--from", DAY, "--dry-run")
            day(sql, "The day is exported, handled and verified")
            sql.run(CHANGE)
            day(sql, "Ten rows were corrected and five deleted: the day is replaced")
        sql.close()


def day(sql, title):
    told(title, "export", "shop", "--from", DAY)
    told("", "run", "--staging", STAGING)
    told("", "verify", os.environ["HACKLE_IMPORT"], "--staging", STAGING)
    print(f"rows in the table: {sql.run('SELECT COUNT(*) FROM events')[0][0]}")


def put(files):
    import boto3

    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="demo")
    for key, text in files.items():
        s3.put_object(Bucket="demo", Key=f"staging/{key}", Body=text.encode())


def told(title, *words):
    """Runs a command, and shows what it says."""
    if title:
        print(f"\n--- {title}")
    print("$ hackle-import", *words, flush=True)
    subprocess.run([sys.executable, "-m", "hackle_import.cli", *words], check=False, env=os.environ)


if __name__ == "__main__":
    main()
