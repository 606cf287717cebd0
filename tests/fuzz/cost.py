"""Searches for the drop that costs most: seconds of the processor, and memory, a byte of it. `make fuzz-cost SECONDS=3600`.

Hypothesis's `target` climbs towards what is dear: shapes of a line, keys, numbers, frames, under mappings, by both
decoders. Each is told beside a plain drop of as many bytes. Linux only: the kernel measures the peak.
"""

import bz2
import gzip
import json
import re
import sys
import time
from pathlib import Path

from backports import zstd
from hypothesis import HealthCheck, Phase, given, seed, settings, target
from hypothesis import strategies as st

from hackle_import.settings import Rules
from support.attacks import TooMuchWork, limited
from support.samples import event, ndjson
from support.world import World

SIZE = 1 << 20  # of a drop's text
ROW = ndjson(event(1)).strip()
MAPPINGS = {
    "hackle": "",
    "where": 'where = "x[0] != `1`"',
    "privacy": '[privacy]\ndrop = ["x.y"]\nhash = ["z"]',
    "own": """[fields]
event_key = ["x.y", "name", "event_key"]
ts = "ts"
identifiers = { spread = "identifiers", id = "id" }
platform_properties = { spread = "platform_properties" }
[fields.event_properties]
spread = ["event_properties", "x", "y"]
except = ["*_id", "utm_*"]
pivot = { from = "x", key = "k", value = ["v.a", "v"] }
""",
    "jmespath": 'where = "length(x || `[]`) < `9`"\n[fields]\nevent_key = "event_key"\nts = "ts"\n'
    'identifiers = { spread = "identifiers" }\nplatform_properties = { spread = "platform_properties" }\n'
    'event_properties = { n = "join(\',\', keys(x || `{}`))", s = "sort(values(y || `{}`))" }',
}
ATOMS = [
    b"1", b"1.5", b"-0", b"1e9", b"9" * 20, b"0." + b"0" * 30 + b"1", b'""', b'"a"', b'"\\u0041"', b'"\\ud83d\\ude00"', b'"\xea\xb0\x80"',
    b"{}", b"[]", b'{"a":1}', b'{"k":"a","v":{"a":1}}', b"null", b"true", b'"{\\"a\\":1}"', b'"2025-01-02T03:04:05Z"', b'"\xc4\xb0"', b"x", b'"',
]  # fmt: skip
FIELDS = [
    b"x",
    b"y",
    b"z",
    b"event_properties",
    b"user_properties",
    b"identifiers",
    b"insert_id",
    b"ts",
    b"metric_value",
    b"event_key",
    b"a.b",
]
atom = st.sampled_from(ATOMS)
count = st.integers(0, 20).map(lambda power: int(1.9**power))


@st.composite
def values(draw):
    """A list, an object of many keys, something deep, or something long."""
    one, many = draw(atom), draw(count)
    match draw(st.sampled_from(["list", "same keys", "keys", "deep", "text", "digits", "atom"])):
        case "list":
            return b"[" + b",".join([one] * many) + b"]"
        case "same keys":
            return b"{" + b",".join([b'"k":' + one] * many) + b"}"
        case "keys":
            return (
                b"{"
                + b",".join(
                    b'"%s%x":%s' % (draw_key, number, one)
                    for draw_key in [draw(st.sampled_from([b"", b"K", b"k" * 100, b"\xc4\xb0"]))]
                    for number in range(many)
                )
                + b"}"
            )
        case "deep":
            return b'{"a":' * min(many, 3000) + one + b"}" * min(many, 3000)
        case "text":
            return (
                b'"'
                + draw(st.sampled_from([b"x", b"\\n", b"\\u0041", b"\xea\xb0\x80", b"\xc4\xb0", b"{"])) * many
                + b'"'
            )
        case "digits":
            return draw(st.sampled_from([b"", b"-", b"0.", b"1e"])) + draw(st.sampled_from([b"1", b"9", b"0"])) * max(
                many, 1
            )
        case _:
            return one


@st.composite
def lines(draw):
    """A row with odd fields beside its good ones, or no row at all."""
    if draw(st.booleans()):
        return draw(atom) * draw(st.integers(0, 30))
    odd = draw(st.lists(st.tuples(st.sampled_from(FIELDS), values()), max_size=4))
    return ROW[:-1] + b"".join(b',"%s":%s' % field for field in odd) + b"}"


@st.composite
def drops(draw):
    some = draw(st.lists(lines(), min_size=1, max_size=4))
    separator, (begin, end), extension = draw(
        st.sampled_from(
            [
                (b"\n", (b"", b"\n"), "ndjson"),
                (b",", (b"[", b"]"), "json"),
                (b"\r\n\n", (b"", b""), "ndjson"),
                (b"\n", (b"event_key,ts,x\n", b""), "csv"),
            ]
        )
    )
    block = separator.join(some) or b"x"
    text = begin + ROW + separator + separator.join([block] * max(1, SIZE // (len(block) + 1))) + end
    frame = draw(st.sampled_from([0, 0, 0, 1, 10, 100, 1000]))
    kind = draw(st.sampled_from(["", "", "gz", "zst", "bz2"]))
    if not kind:
        return f"a.{extension}", text
    compress = {"gz": lambda part: gzip.compress(part, 1), "zst": zstd.compress, "bz2": bz2.compress}[kind]
    if not frame:
        return f"a.{extension}.{kind}", compress(text)
    text = text[: 20_000 * frame]
    return f"a.{extension}.{kind}", b"".join(compress(text[at : at + frame]) for at in range(0, len(text), frame))


def status(name):
    return 1024 * int(re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])


def cost(name, body, mapping, decoder):
    """Seconds and bytes of memory, and the receipt."""
    world, key = World(), f"incoming/own/{name}"
    world.staging.put("mappings/own.toml", MAPPINGS[mapping].encode())
    world.drop(body=body, key=key)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, began = status("VmRSS"), time.process_time()
    with limited(seconds=300):
        receipt = world.handle(key, rules=Rules(decoder=decoder, hash_key=b"k" * 32))
    return time.process_time() - began, status("VmHWM") - before, receipt


def search(until):
    plain = ROW + b"\n"
    plain_cost = {
        decoder: min(cost("a.ndjson", plain * (SIZE // len(plain)), "hackle", decoder)[0] for _ in range(5)) / SIZE
        for decoder in ("native", "python")
    }
    print(
        json.dumps({"plain, seconds a MB": {decoder: round(one * 1e6, 4) for decoder, one in plain_cost.items()}}),
        flush=True,
    )
    worst, tried = {"times": 0.0, "times, few rejects": 0.0, "memory": 0}, 0

    @given(drops(), st.sampled_from(sorted(MAPPINGS)), st.sampled_from(["native", "python"]))
    def one(drop, mapping, decoder):
        nonlocal tried
        if time.time() > until:
            return
        tried += 1
        name, body = drop
        try:
            seconds, memory, receipt = cost(name, body, mapping, decoder)
        except TooMuchWork:
            seconds, memory, receipt = 300.0, 0, None
        found = {"times": seconds / max(len(body), 50_000) / plain_cost[decoder], "memory": memory}
        few = receipt is None or receipt.rows_rejected < 2000  # what a rejected row costs hides all else
        found["times, few rejects"] = found["times"] if few else 0.0
        for what, much in found.items():
            target(float(much), label=what)
            if much > worst[what] * 1.1:
                worst[what] = much
                told = {
                    "drop": name,
                    "mapping": mapping,
                    "decoder": decoder,
                    "bytes": len(body),
                    "seconds": round(seconds, 3),
                    "times a plain byte": round(found["times"], 1),
                    "grew MB": round(memory / 1e6),
                }
                told |= {
                    "outcome": receipt and receipt.outcome,
                    "rejects": receipt and receipt.rejects,
                    "body": body[-120:].decode(errors="replace") if not name.endswith(("gz", "zst", "bz2")) else "",
                }
                print(what, json.dumps(told), flush=True)
                Path("build/fuzz").mkdir(parents=True, exist_ok=True)
                Path(f"build/fuzz/dearest-{'-'.join(what.split())}-{name}").write_bytes(body)

    searched = settings(
        max_examples=200,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.target],
        suppress_health_check=list(HealthCheck),
    )(one)
    number = int(time.time())
    while time.time() < until:
        number += 1
        seed(number)(searched)()
    print(json.dumps({"tried": tried}), flush=True)


if __name__ == "__main__":
    search(time.time() + float(sys.argv[1]))
