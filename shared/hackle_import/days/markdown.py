"""A report in a few lines of Markdown, for a channel."""

from hackle_import.days.report import Report
from hackle_import.errors import shown

_SHOWN = 5  # events


def markdown(report: Report) -> str:
    """Ends with a line's end."""
    rows, usual = report.rows, f" (usually {report.usual_rows:,})" if report.usual_rows is not None else ""
    told = [f"**{report.day}** {report.state}: {rows.written:,} rows{usual} in {report.parts:,} files"]
    counted = {"late": rows.late, "held": rows.held, "rejected": sum(report.rejects.values()), "repeats": rows.repeats}
    more = [f"{count:,} {name}" for name, count in counted.items() if count]
    told += [f"- {', '.join(more)}"] if more else []
    told += [f"- :warning: {_plain(one.message)} {_plain(one.action)}" for one in report.warnings]
    events = [f"{_plain(one.key)} {one.rows:,}" for one in report.events[:_SHOWN] if one.rows]
    told += [f"- {', '.join(events)}"] if events else []
    return "\n".join(told) + "\n"


def _plain(text: str) -> str:
    """What is no markup, whatever a name holds; backticks of our own words stay."""
    return shown(text).replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")
