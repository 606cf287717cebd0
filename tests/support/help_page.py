"""docs/cli.md's blocks of help, as `--help` says it. `make docs` writes them anew; a test holds the page to it."""

import re
from collections.abc import Iterator

import click

from hackle_import.cli import command, load
from support.pages import ROOT

PAGE = "docs/cli.md"
_COLUMNS = 100
load()


def helps(
    one: click.Command = command, name: str = "hackle-import", parent: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    """Every command, as it is called, and its help."""
    context = click.Context(
        one, parent, name, terminal_width=_COLUMNS, max_content_width=_COLUMNS, **one.context_settings
    )
    yield context.command_path, one.get_help(context) + "\n"
    below = one.commands.items() if isinstance(one, click.Group) else ()
    for own, each in sorted((own, each) for own, each in below if not each.hidden):
        yield from helps(each, own, context)


def written(text: str) -> str:
    """The page with every block of help written anew."""
    for words, told in helps():
        block = rf"(?sm)(^<!-- help: {words} -->\n```\n).*?(^```$)"
        text = re.sub(block, lambda found, told=told: found[1] + told + found[2], text)
    return text


if __name__ == "__main__":
    path = ROOT / PAGE
    path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
