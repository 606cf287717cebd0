"""What a mapping asks for, beside the same events without it: CPU time of whole processes, in turn."""

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from competitors import convert, read_back
from figures import Spread, spread
from inputs import MAPS, Inputs
from measure import Run, in_turn
from plan import Plan
from shapes import CHANGED, shape
from vendors import JMESPATH

HASH_KEY = "0f5c1bd1a3f04c8f9e64c54f2fd2b8d8c1b24cc0d7a0b7d8"
PLAIN = JMESPATH.replace("where = \"event_key != 'never'\"\n", "").replace("event_key || 'unknown'", "event_key")
PLAIN = PLAIN.replace("identifiers.id || identifiers.device_id", "identifiers.id").replace(
    "label = \"join('-', [event_key, ts])\"\n", ""
)
_AMOUNT = '{ from = "metric_value", decimal = ",", thousands = ".", strip = ["원"] }'
_JOINED = '{ join = ["event_key", "ts", "identifiers.id"] }'
_NO_IDS, _COPIES = PLAIN.replace('insert_id = "insert_id"\n', ""), 'insert_id.when_missing = "content+copy"\n'
_DROP, _HASH = '[privacy]\ndrop = ["{}"]\n', '[privacy]\nhash = ["{}"]\n'
_FORMAT = '[ts]\nformat = ["%d/%m/%Y", "%Y-%m-%dT%H:%M:%S.%f%z"]\n'
_TABLE = f'[csv]\njson = ["{MAPS[0]}", "{MAPS[1]}", "{MAPS[2]}", "{MAPS[3]}"]\n'
_WHERE = "where = \"{0} != 'never' && !contains({0}, '?!') || starts_with({0}, 'custom')\"\n"
_ASKED = 'where = "length({}) > `0`"\n'
_FIELDS = {  # of each preset's events: the event's name, one to drop, one to hash
    "amplitude": ("event_type", "ip_address", "user_id"), "mixpanel": ("event", "properties.$city", "properties.$device_id"),
    "ga4": ("event_name", "geo.city", "user_pseudo_id"), "segment": ("event", "context.ip", "anonymousId"),
    "posthog": ("event", "properties.$ip", "distinct_id"), "snowplow": ("event_name", "geo_country", "network_userid"),
}  # fmt: skip


@dataclass(frozen=True)
class Feature:
    """`shape` is that of the drop, `base` the feature that it is compared with; at most `bound` times its CPU time."""

    name: str
    shape: str
    mapping: str | None
    bound: float | None = None
    base: str = "plain"


def own_features() -> list[Feature]:
    """On Hackle's shape."""
    return [
        Feature("plain", "lines", PLAIN),
        Feature("`where` of comparisons", "lines", _WHERE.format("event_key") + PLAIN, 1.1),
        Feature("`ts.format`", "lines", PLAIN + _FORMAT, 1.1),
        Feature("a spreadsheet's days", "days", PLAIN + "[ts]\nexcel = true\n", 1.1),
        Feature("times of a clock that is changed", "local", PLAIN + f'[ts]\ntimezone = "{CHANGED}"\n', 1.1),
        Feature("fillers of one's own", "lines", 'fillers = { known = true, texts = ["-", "none"] }\n' + PLAIN, 1.1),
        Feature("other JMESPath, in every row another", "lines", JMESPATH, 3),
        Feature("`where` of other JMESPath", "lines", _ASKED.format("event_key") + PLAIN, 3),
        Feature("`[privacy] drop`", "lines", PLAIN + _DROP.format("user_properties.plan"), 1.1),
        Feature("`[privacy] hash`", "lines", PLAIN + _HASH.format("identifiers.id"), 1.5),
        Feature(
            "ids that are joined", "lines", PLAIN.replace('insert_id = "insert_id"', f"insert_id = {_JOINED}"), 1.5
        ),
        Feature("ids of rows", "lines", _NO_IDS),
        Feature("ids of rows, equal ones counted", "lines", _COPIES + _NO_IDS, 1.5, "ids of rows"),
        Feature("JSON text in JSON", "texts", PLAIN, 1.5),
        Feature("JSON text in JSON, named", "texts", 'json = ["event_properties"]\n' + PLAIN, 1.5),
        Feature("amounts with marks", "amounts", PLAIN.replace('= "metric_value"', f"= {_AMOUNT}"), 1.5),
        Feature("`records`", "wrapped", 'records = "data.rows"\n' + PLAIN, 1.5),
        Feature("`each`", "lists", 'each = "events"\n' + PLAIN, 1.5),
        Feature("a table of objects", "table", None),
        Feature(
            "`[privacy] drop`, of a table", "table", _DROP.format("user_properties.plan"), 1.1, "a table of objects"
        ),
        Feature("`[privacy] hash`, of a table", "table", _HASH.format("identifiers.id"), 1.5, "a table of objects"),
        Feature("`csv.json`", "table", PLAIN + _TABLE, 1.5, "a table of objects"),
        Feature("1 % of records not plain", "odd 100", PLAIN, 1.2),
        Feature("10 % of records not plain", "odd 10", PLAIN, 2),
    ]


def preset_features(name: str, text: str) -> list[Feature]:
    """On a preset's events; `text` is its TOML."""
    event, dropped, hashed = _FIELDS[name]
    text = re.sub("(?m)^where = .*\n", "", text)  # a mapping has one
    return [
        Feature("plain", "lines", text),
        Feature("`where` of comparisons", "lines", _WHERE.format(event) + text, 1.1),
        Feature("`where` of other JMESPath", "lines", _ASKED.format(event) + text, 3),
        Feature("`[privacy] drop`", "lines", text + _DROP.format(dropped), 1.1),
        Feature("`[privacy] hash`", "lines", text + _HASH.format(hashed), 1.5),
        Feature("1 % of records not plain", "odd 100", text, 1.2),
        Feature("10 % of records not plain", "odd 10", text, 2),
    ]


def features(folder: Path, plan: Plan) -> dict[str, Any]:
    """By whose events, by feature: CPU seconds of each round, `bound` and `base`."""
    inputs = Inputs(folder, plan.feature_rows)
    found = {"Hackle's shape": _measured(own_features(), inputs, "ndjson", "event_key", folder, plan)}
    for name in plan.presets:
        text = (Path(__file__).parents[2] / f"shared/hackle_import/mapping/presets/{name}.toml").read_text()
        found[name] = _measured(preset_features(name, text), inputs, name, _FIELDS[name][0], folder, plan)
    return found


def times(measured: dict[str, Any], name: str) -> Spread:
    """The feature's CPU time as a multiple of that of its base, round by round."""
    one = measured[name]
    pairs = zip(one["cpu_seconds"], measured[one["base"]]["cpu_seconds"], strict=True)
    return spread(own / base for own, base in pairs)


def feature_lines(found: dict[str, Any] | None) -> list[str]:
    """A row a feature: what is allowed, and the medians by whose events."""
    if not found:
        return []
    names = dict.fromkeys(name for measured in found.values() for name, one in measured.items() if one["bound"])
    lines = [
        f"| CPU time, times that of the same events without it; **more than it is to be** | at most | {' | '.join(found)} |"
    ]
    lines += [f"|---|---:|{'---:|' * len(found)}"]
    for name in names:
        bound = next(one[name]["bound"] for one in found.values() if name in one)
        cells = (_times(times(one, name)[1], bound) if name in one else "" for one in found.values())
        lines.append(f"| {name} | {bound:.1f} | {' | '.join(cells)} |")
    return [*lines, ""]


def _times(one: float, bound: float) -> str:
    return f"**{one:.2f}**" if round(one, 2) > bound else f"{one:.2f}"


def _measured(
    asked: list[Feature], inputs: Inputs, kind: str, event: str, folder: Path, plan: Plan
) -> dict[str, dict[str, Any]]:
    jobs = {}
    for number, one in enumerate(asked):
        mapping = folder / f"{kind}-{number}.toml"
        mapping.write_text(one.mapping or "", encoding="utf-8")
        source = inputs.reshaped(kind, one.shape, shape(one.shape, event))
        jobs[one.name] = partial(_one, source, folder / "out", mapping if one.mapping else None, inputs.rows)
    found = in_turn(jobs, plan.other_runs)
    return {one.name: found[one.name] | {"bound": one.bound, "base": one.base} for one in asked}


def _one(source: Path, out: Path, mapping: Path | None, rows: int) -> Run:
    hashes = mapping is not None and "\nhash = " in mapping.read_text(encoding="utf-8")  # who drops only has no key
    run = convert(source, out, 1, mapping=mapping, hash_key=HASH_KEY if hashes else "")
    read_back(out, {"rows": rows})
    return run
