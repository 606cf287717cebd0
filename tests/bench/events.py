"""Events of an app, the same every time: about 700 bytes each, in the order of time over three days."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

_WORDS = [
    "alpha",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliet",
    "kilo",
    "lima",
    "mike",
    "november",
    "oscar",
    "papa",
]
_START = datetime(2025, 1, 1, tzinfo=UTC)
_PROPERTIES = {
    "page_url": lambda r: f"/products/{r.choice(_WORDS)}/{r.randrange(9999)}?ref={r.choice(_WORDS)}",
    "Category": lambda r: r.choice(_WORDS),
    "quantity": lambda r: r.randrange(10_000),
    "price": lambda r: round(r.random() * 1000, 2),
    "isLoggedIn": lambda r: r.random() < 0.5,
    "product_id": lambda r: f"sku-{r.getrandbits(32):08x}",
    "session_number": lambda r: r.randrange(10_000),
    "scroll_depth": lambda r: round(r.random() * 100, 2),
    "title": lambda r: f"Café {r.choice(_WORDS)} — {r.randrange(100)}",
    "description": lambda r: f'{r.choice(_WORDS)} "{r.choice(_WORDS)}" {r.choice(_WORDS)} {r.choice(_WORDS)}',
    "coupon": lambda r: None if r.random() < 0.7 else r.choice(_WORDS),
    "duration_ms": lambda r: r.randrange(100_000),
    "payload": lambda r: {"a": r.randrange(100), "tags": [r.choice(_WORDS)]} if r.random() < 0.1 else "none",
}


def write_events(path: Path, count: int) -> None:
    """Writes NDJSON of `count` events."""
    random = Random(7)
    users, devices = [_user(random, n) for n in range(50_000)], [_device(random) for _ in range(200)]
    names = list(_PROPERTIES)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            identifiers, user_properties = users[int(50_000 * random.random() ** 2)]
            chosen = random.sample(names, random.randint(6, 10))
            row = {
                "insert_id": str(UUID(int=random.getrandbits(128), version=4)),
                "event_key": f"custom_event_{int(40 * random.random() ** 2):02}",
                "ts": (_START + number * timedelta(days=3) / count).isoformat(timespec="milliseconds")[:-6] + "Z",
                "metric_value": round(random.random() * 200, 2) if random.random() < 0.35 else None,
                "identifiers": identifiers,
                "event_properties": {name: _PROPERTIES[name](random) for name in chosen},
                "user_properties": user_properties,
                "platform_properties": devices[random.randrange(200)],
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _user(random: Random, number: int) -> tuple[dict[str, str], dict[str, object]]:
    signed = f"2023-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    properties = {"plan": random.choice(_WORDS), "signup_date": signed, "ltv": round(random.random() * 5000, 2)}
    return {"id": f"u{number:07}", "device_id": f"{random.getrandbits(64):016x}"}, properties | {
        "paying": number % 3 == 0
    }


def _device(random: Random) -> dict[str, str]:
    version = ".".join(str(random.randrange(20)) for _ in range(3))
    model = f"Model-{random.randrange(999):03}"
    return {
        "osname": random.choice(("iOS", "Android")),
        "osversion": version,
        "appversion": version,
        "devicemodel": model,
        "devicevendor": random.choice(_WORDS),
        "language": random.choice(("en-US", "de-DE", "ko-KR", "ja-JP")),
    }
