"""A preview in words: what its page and its tables both say."""

from contextlib import suppress

import msgspec

from hackle_import.cli.names import listed, many
from hackle_import.codes import Note, Why
from hackle_import.preview import Counted, Preview, Row
from hackle_import.preview.ambiguities import CLASSES
from hackle_import.preview.fields import Field

_SOURCE_CHARACTERS, _VALUE_CHARACTERS = 1500, 200
MEANINGS = {
    code.value: code.meaning if code.remedy.startswith("Nothing") else f"{code.meaning} {code.remedy}"
    for code in (*Note, *Why)
} | CLASSES


def whole(found: Preview) -> str:
    """A sentence on the whole drop, of which a sample was read."""
    from rich.filesize import decimal

    told = found.estimate
    about = "" if told.exact else "about "
    days = " to ".join(dict.fromkeys((told.days[0], told.days[-1]))) if told.days else "none"
    return (
        f"the whole: {about}{many(told.rows, 'row')}, {about}{decimal(told.bytes_out)} of Parquet; "
        f"days {'' if told.exact else 'of the sample '}{days} ({len(told.days)})"
    )


def summary(found: Preview) -> list[str]:
    """Sentences on sample and drop."""
    lines = [
        f"{many(found.rows_sampled, 'row')} read: {found.rows_written:,} would be written, "
        f"{found.rows_rejected:,} rejected, {found.rows_filtered:,} left out by the mapping",
        whole(found),
    ]
    return [*lines, *changes(found), *([fault(found)] if found.fault else [])]


def changes(found: Preview) -> list[str]:
    """Sources that went, and fields that came."""
    told = []
    if found.missed:
        told.append(f"{Note.SOURCE_ABSENT}: {listed(found.missed, len(found.missed))} in no row that was read")
    if found.new:
        told.append(f"{Note.FIELD_NEW}: {listed(found.new, len(found.new))} in no former drop of the folder")
    return told


def fault(found: Preview) -> str:
    """Why reading ended early."""
    assert found.fault is not None
    place = f" ({found.fault.position})" if found.fault.position else ""
    return f"it cannot be read to its end: {found.fault.code}: {found.fault.message}{place}"


def meaning(one: Counted) -> str:
    """What the first row says of itself, and what the code means and asks for."""
    told = MEANINGS[one.code]
    said = one.example.message if one.example and one.example.code == one.code else None
    if not said or said in told:
        return told
    means = next(why.meaning for why in Why if why.value == one.code)
    return f"{said}{told.removeprefix(means)}" if said.startswith(means) else f"{said} {told}"


def percent(part: int, of: int) -> str:
    """Never 100 % of what is not all, nor 0 % of what is some."""
    if part in (0, of) or not of:
        return f"{100 if part else 0}%"
    return f"{min(max(round(100 * part / of), 1), 99)}%"


def destination(one: Field) -> str:
    """Where a field goes."""
    return ", ".join(one.targets) or "used by nothing"


def becomes(row: Row) -> str:
    """What a source row becomes, as text."""
    if row.row is None:
        return f"{row.code}{f' ({row.field})' if row.field else ''}{f': {row.message}' if row.message else ''}"
    return "\n".join(f"{name}: {_value(value)}" for name, value in row.row.items())


def source_text(row: Row) -> str:
    """A table's cells by their columns; JSON indented; the beginning of what is long."""
    text = row.source
    if row.cells:
        text = "\n".join(f"{name}: {cut(cell)}" for name, cell in row.cells.items())
    else:
        with suppress(msgspec.DecodeError):
            text = msgspec.json.format(text, indent=1)
    return text if len(text) <= _SOURCE_CHARACTERS else f"{text[:_SOURCE_CHARACTERS]} …"


def cut(text: str, most: int = _VALUE_CHARACTERS) -> str:
    """The beginning of a long value; a TAB is seen as one."""
    text = text.replace("\t", "⇥")
    return text if len(text) <= most else f"{text[:most]} … ({len(text):,} characters)"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "".join(f"\n  {name} = {cut(str(text))}" for name, text in value.items()) or "(empty)"
    return cut(str(value))
