"""`metric_value`: an exact decimal(24, 6) from the number's own text, never through a float."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.codes import Note, Why
from hackle_import.decode import Findings
from hackle_import.mapping import Mapping
from hackle_import.mapping.exact import NUMBER
from hackle_import.schema import METRIC, METRIC_DECIMALS, METRIC_DIGITS, METRIC_INTEGER_DIGITS

_COLUMN_INTEGER_DIGITS = METRIC_DIGITS - METRIC_DECIMALS
_PLAIN = rf"^-?(0|[1-9][0-9]{{0,{METRIC_INTEGER_DIGITS - 1}}})(\.[0-9]{{1,{METRIC_DECIMALS}}})?$"
_STEP = Decimal(1).scaleb(-METRIC_DECIMALS)
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def conform_metric_value(texts: pa.StringArray, mapping: Mapping, findings: Findings) -> pa.Array:
    """Missing is 0. The mapping says what becomes of a text that is no number, or one that no column holds
    (`on_bad_metric`), and of numbers with more integer digits than Hackle takes (`limits`)."""
    texts = pc.if_else(pc.equal(texts, ""), "0", texts).fill_null("0")
    plain = pc.match_substring_regex(texts, _PLAIN)
    if pc.all(plain, min_count=0).as_py():
        return texts.cast(METRIC)
    values = pc.if_else(plain, texts, "0").cast(METRIC).to_pylist()
    for row in pc.indices_nonzero(pc.invert(plain)).to_pylist():
        values[row] = _value(texts[row].as_py().strip() or "0", row, mapping, findings)
    return pa.array(values, METRIC)


def _value(text: str, row: int, mapping: Mapping, findings: Findings) -> Decimal:
    if not NUMBER.fullmatch(text):
        return _refused(row, Why.METRIC_UNREADABLE, mapping.on_bad_metric, findings)
    exact = _decimal(text)
    if exact is None or exact.adjusted() >= _COLUMN_INTEGER_DIGITS:
        return _refused(row, Why.METRIC_TOO_LARGE, mapping.on_bad_metric, findings)
    value = exact.quantize(_STEP, context=_EXACT)
    if value.adjusted() >= _COLUMN_INTEGER_DIGITS:
        return _refused(row, Why.METRIC_TOO_LARGE, mapping.on_bad_metric, findings)
    if value != exact:
        findings.note([row], Note.METRIC_ROUNDED)
    if value.adjusted() >= METRIC_INTEGER_DIGITS:
        _over_limit(row, mapping.limits, findings)
    return value


def _decimal(text: str) -> Decimal | None:
    """None for an exponent beyond what a Decimal holds, when the number is large; 0 when it is small."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        exponent = text.lower().partition("e")[2]
        return Decimal(0) if exponent.startswith("-") else None
    return Decimal(0) if number.is_zero() else number


def _refused(row: int, why: Why, policy: str, findings: Findings) -> Decimal:
    if policy == "reject":
        findings.reject(row, why, "metric_value")
    else:
        findings.note([row], Note.METRIC_ZERO)
    return Decimal(0)


def _over_limit(row: int, limits: str, findings: Findings) -> None:
    if limits == "reject":
        findings.reject(row, Why.OVER_LIMIT, "metric_value", f"more than {METRIC_INTEGER_DIGITS} integer digits")
    findings.note([row], Note.METRIC_OVER_LIMIT)
