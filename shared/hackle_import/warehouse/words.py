"""A warehouse's own words of what went wrong, without what they may quote of a row."""

import re

MOST_TOLD = 300
REDSHIFT_FINAL = re.compile(
    "permission denied|not authorized|access denied|does not exist|syntax error|must be owner|authentication failed",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_OF_NAMES = re.compile(  # what follows is a name, a place in the statement, or a number of bytes: never a value
    "Access Denied|Already Exists|Cannot query over|Cannot read and write in different|Column |Not found|No matching|"
    "Permission|Query exceeded limit|Quota exceeded|Required |Resources exceeded|Syntax error|Unrecognized name|"
    "User does not have",
    re.IGNORECASE,
)


def redshift_words(error: str) -> str:
    """Of one that only a person can mend, all; of any other, without what is quoted."""
    first = _first(error)
    return first if REDSHIFT_FINAL.search(first) else _QUOTED.sub("'…'", first)


def bigquery_words(reason: str, message: str) -> str:
    """A value that a function could not take stands behind a colon, quoted or not: `Bad int64 value: …`."""
    first = _first(message)
    if not _OF_NAMES.match(first):
        head, colon, _ = first.partition(":")
        first = _QUOTED.sub("'…'", head) + (": …" if colon else "")
    return f"{reason}: {first}" if reason else first


def _first(text: str) -> str:
    return text.strip().split("\n")[0][:MOST_TOLD]
