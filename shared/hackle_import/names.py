"""Names that others chose (of files, columns, mappings, keys), to be shown: on a terminal, in a page, in a log."""

import re

_HIDDEN = re.compile(r"[^ -~\u00a1-\u00ac\u00ae-\u02ff\uac00-\ud7a3]")  # what may be not printable


def shown(text: str) -> str:
    """The same text, each character that shows nothing by itself (control, escape, direction, half of a pair) written
    as JSON escapes it: so a line of JSON stays one, and a person can find the file."""
    return _HIDDEN.sub(lambda found: found[0] if found[0].isprintable() else _escaped(found[0]), text)


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
