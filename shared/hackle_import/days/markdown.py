"""A report in a few lines of Markdown, for a channel."""

import re

from hackle_import.days.report import Report
from hackle_import.errors import shown

_SHOWN = 5  # events
_LESS = "\u2039"  # looks like what begins a link or a call in some channels
_EMPHASIS = re.compile(r"\*|(?<!\w)_|_(?!\w)")  # within a word `_` is none


def markdown(report: Report) -> str:
    """Ends with a line's end."""
    rows, usual = report.rows, f" (usually {report.usual_rows:,})" if report.usual_rows is not None else ""
    files = f"{report.parts:,} file{'' if report.parts == 1 else 's'}"
    told = [f"**{report.day}** {report.state}: {rows.written:,} rows{usual} in {files}"]
    counted = {"late": rows.late, "held": rows.held, "rejected": sum(report.rejects.values()), "repeats": rows.repeats}
    more = [f"{count:,} {name}" for name, count in counted.items() if count]
    told += [f"- {', '.join(more)}"] if more else []
    told += [f"- :warning: {_marked(one.message)} {_marked(one.action)}" for one in report.warnings]
    events = [f"{_code(one.key)} {one.rows:,}" for one in report.events[:_SHOWN] if one.rows]
    told += [f"- {', '.join(events)}"] if events else []
    return "\n".join(told) + "\n"


def _marked(words: str) -> str:
    """No markup but backticks, between which all is meant as it stands; none is a link or calls anybody."""
    parts = shown(words).replace("<", _LESS).split("`")
    return "`".join(
        part if number % 2 else _EMPHASIS.sub(lambda found: "\\" + found[0], part) for number, part in enumerate(parts)
    )


def _code(name: str) -> str:
    """A name that needs no markup whatever it is."""
    return f"`{shown(name).replace('<', _LESS).replace('`', chr(39))}`"
