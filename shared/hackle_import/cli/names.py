"""How things are named in messages."""

from collections.abc import Sequence

STDIN = "-"
MOST_NAMED = 5  # in a line: `--json` has more


def listed(names: Sequence[str], of: int) -> str:
    """The first of so many names."""
    more = max(of, len(names)) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def many(count: int, what: str) -> str:
    """`1 drop`, `1,000 drops`."""
    return f"{count:,} {what}" + ("s" if count != 1 else "")


def name_of(path: str) -> str:
    """A file's path, or the name that standard input was given, which has none."""
    return path.removeprefix(f"{STDIN}/")
