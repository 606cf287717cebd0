"""Texts that exports write where there is no value, whatever blanks are around them."""

KNOWN = frozenset(
    {r"\N", "NULL", "null", "undefined", "(not set)", "EMPTY", "00000000-0000-0000-0000-000000000000"}
)  # as values.c has them
BLANKS = " \t\r\n"  # as values.c has them


def bare(text: str) -> str:
    """Without blanks around it."""
    return text.strip(BLANKS)
