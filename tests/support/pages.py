"""The pages that people read, taken apart: their blocks, their links, the anchors of their headings."""

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent


class Block(NamedTuple):
    """A fenced block: `mark` is the comment right before it, `kind` the language of its fence."""

    mark: str
    kind: str
    text: str


def names():
    """Of every page in Markdown, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    return sorted(name for name in listed.split("\0") if name and (ROOT / name).exists())


@cache
def page(name):
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name):
    found = re.findall(r"(?:<!-- (.*?) -->\n)?^```(\w*)\n(.*?)^```$", page(name), re.DOTALL | re.MULTILINE)
    return [Block(*one) for one in found]


def block(name, mark):
    """The text of the last block of a page that follows this comment."""
    return [one.text for one in blocks(name) if one.mark == mark][-1]


def prose(name):
    """A page without its blocks."""
    return re.sub(r"^```.*?^```$", "", page(name), flags=re.DOTALL | re.MULTILINE)


def links(name):
    """Where a page's links and pictures lead, but for other sites."""
    found = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", prose(name)))
    return [target for target in found if "://" not in target and not target.startswith("mailto:")]


def anchors(name):
    """Of its headings, as GitHub makes them: lower case, without punctuation, with hyphens for blanks."""
    headings = re.findall(r"^#+ (.*)$", prose(name), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
