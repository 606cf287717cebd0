"""`make pictures`: the pictures of a day's report in `docs/pictures`, of five weeks of made-up rows. Needs Chromium."""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import UUID

import msgspec

from cli.test_page_in_a_browser import browse
from hackle_import.days.reporting import INDEX_KEY, page_key
from hackle_import.stores.memory import MemoryStore
from support.open_days import OpenDays

LAST = date(2025, 2, 27)
DAYS = 34
BY_HOUR = (10, 6, 5, 7, 12, 20, 32, 44, 52, 60, 68, 82, 80, 90, 86, 88, 76, 68, 58, 48, 36, 26, 20, 40)
EVENTS = {"page_view": 40, "product_view": 25, "search": 12, "add_to_cart": 9, "begin_checkout": 5, "purchase": 4, "sign_up": 2, "coupon_open": 2, "share": 1}  # fmt: skip
PICTURES = (  # name, page, language, width and height
    ("day", page_key(str(LAST)), "en-US", "1200,3900"),
    ("day-ko", page_key(str(LAST)), "ko-KR", "1200,3900"),
    ("days", INDEX_KEY, "en-US", "1200,700"),
)


def row(random, day, event, hour=None):
    hour = random.choices(range(24), BY_HOUR)[0] if hour is None else hour
    user = f"user-{random.randrange(700)}"
    return {
        "insert_id": str(UUID(int=random.getrandbits(128), version=4)),
        "event_key": event,
        "ts": f"{day}T{hour:02}:{random.randrange(60):02}:{random.randrange(60):02}Z",
        "identifiers": {"id": user, "device_id": f"d-{user}"},
        "event_properties": {"page": f"/p/{random.randrange(90)}"},
        "platform_properties": {"osname": random.choice(("iOS", "Android")), "appversion": "3.1"},
    }


def rows(random, day, count):
    return [row(random, day, event) for event in random.choices(list(EVENTS), EVENTS.values(), k=count)]


def odd(random, day):
    """A day on which an hour lacks, an event comes, rows are rejected, repeat others and are late."""
    made = [one for one in rows(random, day, 2600) if "T09:" not in one["ts"]]
    made += [row(random, day, "wishlist_add") | {"event_properties": {"list": "birthday"}} for _ in range(75)]
    return [*made, *made[:12], *(one | {"ts": "yesterday"} for one in rows(random, day, 60))]


def closed(world, random):
    for back in range(DAYS, -1, -1):
        day = LAST - timedelta(days=back)
        world.now = datetime(day.year, day.month, day.day, 2, tzinfo=UTC) + timedelta(days=1)
        weekend = 5
        world.come(
            f"app/{day}", *(rows(random, day, 3600 if day.weekday() >= weekend else 2600) if back else odd(random, day))
        )
        if not back:
            for source, state in (
                ("orders", {"phase": "offered", "attempt": 1, "rows": 12_840}),
                ("ga4", {"phase": "late", "error": "its table is not there"}),
            ):
                world.staging.put(f"state/exports/{source}/{day}.json", msgspec.json.encode(state))
            world.staging.put("days.toml", b'until = "02:00"\nexpected = ["incoming/ga4/ga4/{day}.export.json"]')
        world.close(str(day))
    world.now += timedelta(hours=4)
    world.come("late", *rows(random, LAST, 40))
    world.close(str(LAST))


def main():
    world = OpenDays()
    world.staging = MemoryStore(lambda: world.now, "staging")
    closed(world, Random(1))
    with TemporaryDirectory() as folder:
        for name, key, language, size in PICTURES:
            shown = Path(folder) / f"{name}.html"
            shown.write_bytes(world.staging.get(key)[0])
            picture = Path(sys.argv[1]) / f"{name}.png"
            browse(
                shown,
                f"--lang={language}",
                f"--accept-lang={language}",
                f"--window-size={size}",
                f"--screenshot={picture}",
            )


if __name__ == "__main__":
    main()
