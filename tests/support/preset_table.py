"""The table of docs/presets.md: what each preset takes a column from, by the last name of its sources."""

import re
from itertools import islice

from hackle_import.mapping import PRESETS, preset

COLUMNS = ("insert_id", "event_key", "ts", "metric_value", "id", "user_id", "osname", "appversion")


def row(name):
    fields = preset(name).sources
    named = fields.identifiers.named | fields.platform_properties.named
    values = [fields.scalars.get(column) or named[column] for column in COLUMNS]
    return f"| `{name}` | {' | '.join(map(cell, values))} |"


def cell(value):
    """Of an expression, what stands before "|| `null`"; an id without a source is made of the row's text."""
    if not value.sources:
        return "the row's text"
    if value.join:
        sources = iter(value.sources)
        return " + ".join(" or ".join(names(islice(sources, size))) for size in value.parts)
    return ", ".join(names(value.sources))


def names(sources):
    return dict.fromkeys(f"`{last(source)}`" for source in sources)


def last(source):
    if product := re.search(r"multiply\((.*), default\((.*), `1`\)\)", source):
        return "` \u00d7 `".join(map(last, product.groups()))
    source = source.removesuffix(" || `null`")
    return re.findall(r'"([^"]+)"$|([^\s."()]+)\)*$', source)[0][0] or re.findall(r"[^\s.\"()]+", source)[-1]


def table():
    head = f"| preset | {' | '.join(f'`{column}`' for column in COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}\n"
    return head + "\n".join(row(name) for name in PRESETS if name != "hackle") + "\n"
