"""`make demo`: the main job on a local folder, from sample drops to verified Parquet, and what came out of it."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
from backports import zstd
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

FOLDER = Path(__file__).parent.parent.parent / "build" / "demo"
DAY = "2025-01-01"
STAGING, LAKE = FOLDER / "staging", FOLDER / "import"
console = Console()
if not console.is_terminal:
    console.width = 160


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    console.rule("Drops of two apps, in a staging folder")
    make_drops()
    run("run", "--staging", STAGING, "--import", LAKE, expect=1)  # one drop is broken, on purpose
    console.rule("One drop is put again, corrected")
    write("shop-app/2025-01-02.ndjson.gz", gzip.compress(ndjson(shop_events(range(600, 1300))), mtime=0))
    run("run", "--staging", STAGING, "--import", LAKE, expect=1)  # and is still
    console.rule("Verified as Hackle would read it, and against the ledger")
    run("verify", LAKE, "--staging", STAGING, expect=0)
    run("status", "--staging", STAGING, expect=1)  # what cron would mail
    show_lake()
    show_rows()
    show_rejects()
    close_a_day()
    console.print(
        f"\nAll of it is in [bold]{os.path.relpath(FOLDER)}[/]. Put a file into staging/incoming/hackle/ and run again:"
    )
    console.print(
        f"  .venv/bin/hackle-import run --staging {os.path.relpath(STAGING)} --import {os.path.relpath(LAKE)}",
        soft_wrap=True,
    )


def close_a_day():
    console.rule("The same drops where whole days are published: nothing until a day is over, then one file")
    staging, lake = FOLDER / "closed-days" / "staging", FOLDER / "closed-days" / "import"
    shutil.copytree(STAGING / "incoming", staging / "incoming")
    places = ("--staging", staging, "--import", lake, "--publish", "closed-days")
    run("run", "-q", *places, expect=1)
    run("day", "close", DAY, *places, expect=0)
    run("verify", lake, "--staging", staging, "--publish", "closed-days", expect=0)
    run("day", "report", DAY, "--staging", staging, "--markdown", expect=0)
    console.print(
        f"\nIts report, to be looked at in a browser: {os.path.relpath(staging)}/days/{DAY}/report.html", soft_wrap=True
    )


def make_drops():
    write("shop-app/2025-01-01.ndjson", ndjson(shop_events(range(600))))
    write("shop-app/2025-01-02.ndjson.gz", gzip.compress(ndjson(shop_events(range(600, 1200))), mtime=0))
    write("shop-app/2025-01-03.ndjson.gz", gzip.compress(ndjson(shop_events(range(1200, 1800))), mtime=0)[:-400])
    write("news-app/reads.csv", news_table())
    write("news-app/archive.json.zst", zstd.compress(json.dumps(news_events(), indent=1, ensure_ascii=False).encode()))
    for path in sorted(path for path in STAGING.rglob("*") if path.is_file()):
        console.print(f"  {path.relative_to(STAGING)}  [dim]{path.stat().st_size:,} bytes[/]")


def shop_events(numbers):
    random = Random(numbers.start)
    for number in numbers:
        row = event(
            number,
            "purchase" if number % 3 else "add_to_cart",
            datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=3 * number),
        )
        row["metric_value"] = random.randrange(1, 9999) / 100 if number % 3 else None
        row["event_properties"] = {
            "Product_Id": 30000 + number,
            "currency": "KRW",
            "coupon": None,
            "tags": ["new", "sale"],
        }
        yield row
    yield event(90_000 + numbers.start, "purchase", datetime(1969, 7, 20, tzinfo=UTC))
    yield event(90_001 + numbers.start, "", datetime(2025, 1, 1, tzinfo=UTC))


def news_events():
    return [
        event(50_000 + number, "article_read", datetime(2025, 1, 4, 23, tzinfo=UTC) + timedelta(minutes=number))
        for number in range(120)
    ]


def news_table():
    lines = [
        "insert_id,event_key,ts,identifiers.id,identifiers.device_id,event_properties.title,platform_properties.osname,platform_properties.appversion"
    ]
    for number in range(200):
        osname = "iPhone OS" if number % 50 else "Windows"
        lines.append(
            f"read-{number},article_read,{1735700000 + 60 * number},u{number % 40},d{number % 40},"
            f'"A ""quoted"", title",{osname},2.1.0'
        )
    return ("\r\n".join(lines) + "\r\n").encode()


def event(number, key, moment):
    return {
        "insert_id": f"00000000-0000-4000-8000-{number:012d}",
        "event_key": key,
        "ts": moment.isoformat(),
        "identifiers": {"id": f"u{number % 97}", "device_id": f"d{number % 97}"},
        "user_properties": {"grade": ("GOLD", "SILVER")[number % 2]},
        "platform_properties": {"osname": ("android", "ios")[number % 2], "appversion": "6.9.0"},
    }


def ndjson(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def write(name, body):
    path = STAGING / "incoming" / "hackle" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def run(*arguments, expect):
    words = [str(word) for word in arguments]
    console.print(
        f"[bold]$ hackle-import {' '.join(os.path.relpath(word) if os.sep in word else word for word in words)}[/]",
        soft_wrap=True,
    )
    status = subprocess.run([sys.executable, "-m", "hackle_import.cli", *words], check=False).returncode
    if status != expect:
        sys.exit(f"the demo expected exit status {expect} and got {status}")


def show_lake():
    tree = Tree("[bold]import/[/]")
    for day in sorted(path for path in LAKE.iterdir() if path.is_dir()):
        branch = tree.add(f"{day.name}/")
        for path in sorted(day.iterdir()):
            branch.add(f"{path.name}  [dim]{pq.read_metadata(path).num_rows:,} rows, {path.stat().st_size:,} bytes[/]")
    console.print(tree)


def show_rows():
    path = min(LAKE.rglob("*.parquet"))
    table = Table(title=f"The first rows of {path.relative_to(FOLDER)}", title_justify="left", box=None)
    for name in ("column", "row 1", "row 2"):
        table.add_column(name, overflow="fold")
    rows = pq.read_table(path).slice(0, 2)
    for name in rows.column_names:
        values = rows[name].to_pylist()
        table.add_row(name, *(escape(str(dict(value) if isinstance(value, list) else value)) for value in values))
    console.print(table)


def show_rejects():
    table = Table(title="Rejected rows, the first of each file and code", title_justify="left", box=None)
    for name in ("file", "line", "code", "field", "message"):
        table.add_column(name, overflow="fold")
    for path in sorted((STAGING / "rejected").glob("[!.]*/**/*.gz")):
        rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
        for row in {row["code"]: row for row in reversed(rows)}.values():
            table.add_row(
                row["source"].removeprefix("incoming/hackle/"),
                str(row["line"]),
                row["code"],
                row["field"],
                row["message"],
            )
    console.print(table)


if __name__ == "__main__":
    main()
