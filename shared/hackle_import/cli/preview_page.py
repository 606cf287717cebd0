"""A preview as one HTML page that loads nothing: to be sent to whoever knows the source."""

from collections.abc import Iterable
from html import escape

from hackle_import.cli.preview_style import STYLE
from hackle_import.cli.preview_words import (
    becomes,
    changes,
    cut,
    destination,
    fault,
    meaning,
    percent,
    source_text,
    whole,
)
from hackle_import.errors import shown
from hackle_import.preview import Counted, Preview, Row
from hackle_import.preview.fields import Absent, Field, Sample

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # should a value ever get by the escaping
_SAMPLE_CHARACTERS = 80


def page_of(found: Preview) -> str:
    """The whole page. Every text of the source is escaped."""
    parts = [
        f"<header><h1>{_shown(found.source)}</h1>",
        f"<p>mapping <b>{_shown(found.mapping)}</b> · {_shown(whole(found))}</p>",
        *(f'<p class="changed">{_shown(told)}</p>' for told in changes(found)),
        f'<p class="fault">{_shown(fault(found))}</p>' if found.fault else "",
        _figures(found),
        "</header>",
        _fields(found),
        f'<div class="pair">{_events(found)}{_days(found)}</div>',
        _counts("Rejected", found.rejects, "bad"),
        _counts("Remarked", found.notes, "note"),
        _counts("Guessed", found.ambiguities, "note"),
        _section("Rows", ("line", "source", "becomes", "remarks"), map(_row, found.rows)),
    ]
    title = f"<title>{_shown(found.source)}: preview</title>"
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    head += f'<meta name="viewport" content="width=device-width">{title}<style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _figures(found: Preview) -> str:
    figures = (
        ("rows read", found.rows_sampled, ""),
        ("would be written", found.rows_written, "good"),
        ("rejected", found.rows_rejected, "bad" if found.rows_rejected else ""),
        ("left out by the mapping", found.rows_filtered, "note" if found.rows_filtered else ""),
        ("days", len(found.days), ""),
        ("events", len(found.events), ""),
    )
    return '<div class="figures">' + "".join(
        f'<div class="{kind}"><b>{number:,}</b><span>{name}</span></div>' for name, number, kind in figures
    ) + "</div>"  # fmt: skip


def _fields(found: Preview) -> str:
    used = [one for one in found.fields if one.targets]
    unused = [one for one in found.fields if not one.targets]
    rows = [
        *(_field(one, found.rows_sampled) for one in used),
        *map(_absent, found.absent),
        *(_field(one, found.rows_sampled) for one in unused),
    ]
    more = f"<p>and {found.fields_more:,} more fields</p>" if found.fields_more else ""
    return _section("Fields", ("field", "to", "filled", "distinct", "samples", "made of them"), rows) + more


def _field(one: Field, rows: int) -> list[str]:
    share = percent(one.filled, rows)
    lost = ""
    if one.lost:
        lines = ", ".join(f"{line:,}" for line in one.lines)
        lost = f'<div class="lost">lost in {one.lost:,} row{"s" if one.lost > 1 else ""}, such as line {lines}</div>'
    made = "".join(_made(sample, one) for sample in one.samples)
    samples = "".join(f"<div>{_shown(cut(sample.value, _SAMPLE_CHARACTERS))}</div>" for sample in one.samples)
    return [
        f'<td class="name">{_shown(one.source)}</td>',
        f'<td class="{"target" if one.targets else "unused"}">{_shown(destination(one))}{lost}</td>',
        f'<td class="number"><i class="bar"><i style="width:{share}"></i></i>{share}</td>',
        _number(one.distinct),
        f'<td class="values">{samples}</td>',
        f'<td class="values">{made}</td>',
    ]


def _made(sample: Sample, one: Field) -> str:
    if not one.targets or one.targets[0].startswith("("):
        return ""
    if sample.lost:
        return '<div class="gone">nothing</div>'
    if sample.becomes is None:
        return '<div class="same">(row rejected)</div>'
    same = ' class="same"' if sample.becomes == sample.value else ""
    return f"<div{same}>{_shown(cut(sample.becomes, _SAMPLE_CHARACTERS))}</div>"


def _absent(one: Absent) -> list[str]:
    told = '<td class="gone number">in no row</td>'
    return [f'<td class="name gone">{_shown(one.source)}</td>', _text(one.target), told, "<td></td>" * 3]


def _events(found: Preview) -> str:
    most = max(found.events.values(), default=1)
    rows = (
        [
            f'<td class="name">{_shown(cut(name, _SAMPLE_CHARACTERS))}</td>',
            f'<td class="meter"><i style="width:{100 * count / most:.1f}%"></i></td>',
            _number(count),
        ]
        for name, count in found.events.items()
    )
    return f'<section class="events">{_section("Events", ("event", "", "rows"), rows)}</section>'


def _days(found: Preview) -> str:
    if not found.days:
        return ""
    most, days = max(found.days.values()), list(found.days)
    bars = "".join(
        f'<i style="height:{max(100 * count / most, 1):.1f}%" title="{day}: {count:,} rows"></i>'
        for day, count in found.days.items()
    )
    ends = f"<span>{days[0]}</span><span>{days[-1]}</span>" if len(days) > 1 else f"<span>{days[0]}</span>"
    told = f'<div class="histogram">{bars}</div><div class="axis">{ends}</div><p>at most {most:,} rows a day</p>'
    return f'<section class="days"><h2>Days</h2>{told}</section>'


def _row(row: Row) -> list[str]:
    kind = ' class="wrong"' if row.row is None and row.code != "filtered" else ""
    remarks = ", ".join([*row.notes, *row.ambiguities])
    return [_number(row.line), _source(row), f"<td{kind}><pre>{_shown(becomes(row))}</pre></td>", _remark(remarks)]


def _source(row: Row) -> str:
    """A row of a table by its columns, JSON as it is."""
    if not row.cells:
        return f"<td><pre>{_shown(source_text(row))}</pre></td>"
    cells = "".join(f"<dt>{_shown(name)}</dt><dd>{_shown(cut(cell))}</dd>" for name, cell in row.cells.items())
    return f"<td><dl>{cells}</dl></td>"


def _counts(title: str, counted: list[Counted], kind: str) -> str:
    """With the first row that each was said of, where that says more than its line does."""
    rows = (
        [_code(one, kind), _number(one.rows), f"<td>{_marked(meaning(one))}</td>", _example(one, kind)]
        for one in counted
    )
    last = "a row" if kind == "bad" else "lines"
    return _section(title, ("code", "rows", "meaning", last), rows)


def _code(one: Counted, kind: str) -> str:
    return f'<td class="code {kind}">{_shown(one.code)}</td>'


def _example(one: Counted, kind: str) -> str:
    lines = f'<p class="at">line {", ".join(f"{line:,}" for line in one.lines)}</p>'
    if kind != "bad" or one.example is None:
        return f"<td>{lines}</td>"
    return _source(one.example).replace("<td>", f"<td>{lines}", 1)


def _marked(text: str) -> str:
    """Backticks as they are meant."""
    parts = _shown(text).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))


def _section(title: str, names: tuple[str, ...], rows: Iterable[list[str]]) -> str:
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    if not body:
        return ""
    head = "".join(f'<th class="{name.partition(" ")[0]}">{name}</th>' for name in names)
    table = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<h2>{title}</h2><div class="scroll"><table class="{title.lower()}">{table}</table></div>'


def _shown(text: str) -> str:
    """Escaped for HTML; what is invisible, or would turn the order of letters, is written out."""
    return escape("\n".join(map(shown, text.split("\n"))))


def _text(text: str) -> str:
    return f"<td>{_shown(text)}</td>"


def _remark(text: str) -> str:
    return f'<td class="note">{_shown(text)}</td>'


def _number(number: int) -> str:
    return f'<td class="number">{number:,}</td>'
