"""Several columns of texts -> one: the first text that is there and not empty."""

from collections.abc import Sequence

from hackle_import.mapping import Value


def first_there(columns: Sequence[list[str | None]]) -> list[str | None]:
    """An empty text stands only where no column has more; as many rows as the first column."""
    found = columns[0]
    for column in columns[1:]:
        found = [text or (other if other or text is None else text) for text, other in zip(found, column, strict=True)]
    return found


def texts_of(value: Value, columns: Sequence[list[str | None]], rows: int) -> list[str | None]:
    """What a mapping says of one text: `columns` are its sources. A translation to an empty text makes it missing."""
    if value.const is not None:
        return [value.const] * rows
    if not columns:
        return [None] * rows
    if value.values:
        columns = [[_translated(value.values, text) for text in column] for column in columns]
    found = first_there(columns)
    return found if value.default is None else [text or value.default for text in found]


def _translated(values: dict[str, str], text: str | None) -> str | None:
    return text if text is None or text not in values else values[text] or None
