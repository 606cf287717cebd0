"""What a report's pages are made of: escaped text in two languages, tables, and scripts that the page's own policy
names by their digests. A page loads nothing, and runs nothing that it did not come with."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import msgspec

from hackle_import.days.style import STYLE
from hackle_import.days.words import WORDS
from hackle_import.errors import shown

LIBRARIES = ("d3.min.js", "plot.umd.min.js")
_LANGUAGE = "document.documentElement.lang = /^ko/.test(navigator.language) ? 'ko' : 'en'"


def page(title: str, body: Iterable[str], data: Any, draw: str) -> str:
    """The whole page. `data` is what `draw` finds as `data`: never HTML."""
    scripts = [_LANGUAGE, *map(library, LIBRARIES), draw]
    digests = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src {digests}"
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
    head += '<meta name="viewport" content="width=device-width">'
    head += f"<title>{text(title)}</title><style>{STYLE}</style><script>{_LANGUAGE}</script>"
    ends = f'<script type="application/json" id="data">{json_in_html(data)}</script>'
    ends += "".join(f"<script>{script}</script>" for script in scripts[1:])
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(body)}{ends}</body></html>\n'


def json_in_html(data: Any) -> str:
    """JSON that ends no script, whatever a name in it says."""
    return msgspec.json.encode(data).decode().replace("<", "\\u003c")


@cache
def library(name: str) -> str:
    """Of package data: `assets/sources.toml` tells where it is from."""
    return files("hackle_import.days").joinpath("assets", name).read_text(encoding="utf-8")


def text(words: str) -> str:
    """Escaped; what is invisible, or would turn the order of letters, is written out."""
    return escape(shown(words))


def both(english: str, korean: str | None = None) -> str:
    """In both languages, of which one is shown; words that are the same in both, once."""
    other = korean if korean is not None else WORDS.get(english, english)
    if other == english:
        return text(english)
    return f'<span lang="en">{marked(english)}</span><span lang="ko">{marked(other)}</span>'


def marked(words: str) -> str:
    """Backticks as they are meant."""
    parts = text(words).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))


def table(names: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """`rows` hold cells that are HTML already; the first name's column is of text, numbers are right of it."""
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    if not body:
        return ""
    head = "".join(f"<th>{both(name)}</th>" for name in names)
    return (
        f'<div class="scroll"><table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def section(title: str, content: str, plot: str = "") -> str:
    """Nothing where there is no content."""
    drawn = f'<div class="plot" id="{plot}"></div>' if plot else ""
    return f"<section><h2>{both(title)}</h2>{drawn}{content}</section>" if content else ""


def cell(words: str, kind: str = "") -> str:
    """Of text."""
    return f'<td class="{kind}">{text(words)}</td>'


def number(count: int | None) -> str:
    """A cell; None is one that nobody knows."""
    return f'<td class="number">{f"{count:,}" if count is not None else "·"}</td>'


def meter(count: int, most: int) -> str:
    """A cell with a bar."""
    return f'<td class="meter"><i style="width:{100 * count / max(most, 1):.1f}%"></i></td>'


def figure(count: str, name: str, kind: str = "") -> str:
    """A number that one sees first."""
    return f'<div class="{kind}"><b>{count}</b><span>{both(name)}</span></div>'


def _digest(script: str) -> str:
    return b64encode(hashlib.sha256(script.encode()).digest()).decode()
