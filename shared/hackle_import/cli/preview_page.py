"""A preview as one HTML page that loads nothing: to be sent to whoever knows the source."""

from collections.abc import Iterable
from html import escape

from hackle_import.cli.preview_tables import MEANINGS, becomes, source_text, summary
from hackle_import.errors import shown
from hackle_import.preview import Counted, Preview, Row

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # should a value ever get by the escaping
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --bad: #d33; --note: #b70; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; min-width: 52rem; margin: 0 0 2rem; table-layout: fixed; }
th, td { border: 1px solid var(--line); padding: .4rem .6rem; text-align: left; vertical-align: top; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 12.5px/1.4 ui-monospace, monospace; }
th { overflow-wrap: anywhere; }
.code { width: 14rem; } .rows, .line { width: 4rem; } .lines { width: 9rem; } .remarks { width: 11rem; }
.rejected { color: var(--bad); } .remark { color: var(--note); } td.number, th.rows, th.line { text-align: right; }
"""


def page_of(found: Preview) -> str:
    """The whole page. Every text of the source is escaped."""
    parts = [
        f"<h1>{_shown(found.source)}</h1><p>mapping <b>{_shown(found.mapping)}</b></p>",
        "".join(f"<p>{_shown(line)}</p>" for line in summary(found)),
        _counts("Rejected", found.rejects),
        _counts("Remarked", found.notes),
        _counts("Guessed", found.ambiguities),
        _section("Used by nothing", ("field", "rows"), ([_text(one.field), _number(one.rows)] for one in found.unused)),
        _section("Rows", ("line", "source", "becomes", "remarks"), map(_row, found.rows)),
    ]
    title = f"<title>{_shown(found.source)}: preview</title>"
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    head += f'<meta name="viewport" content="width=device-width">{title}<style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _row(row: Row) -> list[str]:
    kind = ' class="rejected"' if row.row is None else ""
    remarks = ", ".join([*row.notes, *row.ambiguities])
    return [
        _number(row.line),
        f"<td><pre>{_shown(source_text(row.source))}</pre></td>",
        f"<td{kind}><pre>{_shown(becomes(row))}</pre></td>",
        f'<td class="remark">{_shown(remarks)}</td>',
    ]


def _shown(text: str) -> str:
    """Escaped for HTML; what is invisible, or would turn the order of letters, is written out."""
    return escape("\n".join(map(shown, text.split("\n"))))


def _counts(title: str, counted: list[Counted]) -> str:
    rows = (
        [_text(one.code), _number(one.rows), _text(", ".join(map(str, one.lines))), _text(MEANINGS[one.code])]
        for one in counted
    )
    return _section(title, ("code", "rows", "lines", "meaning"), rows)


def _section(title: str, names: tuple[str, ...], rows: Iterable[list[str]]) -> str:
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    if not body:
        return ""
    head = "".join(f'<th class="{name}">{name}</th>' for name in names)
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(text: str) -> str:
    return f"<td>{_shown(text)}</td>"


def _number(number: int) -> str:
    return f'<td class="number">{number:,}</td>'
