"""Texts that exports write where there is no value."""

KNOWN = frozenset(
    {r"\N", "NULL", "null", "undefined", "(not set)", "EMPTY", "00000000-0000-0000-0000-000000000000"}
)  # as values.c has them
