"""`event_key`: required, and no longer than Hackle takes."""

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.codes import Note, Why
from hackle_import.decode import Findings
from hackle_import.schema import EVENT_KEY_CHARACTERS


def conform_event_key(texts: pa.StringArray, findings: Findings) -> pa.StringArray:
    """The texts as they are; a rejected row's is empty."""
    texts = texts.fill_null("")
    lengths = pc.utf8_length(texts)
    findings.reject_all(_rows(pc.equal(lengths, 0)), Why.EVENT_KEY_MISSING, "event_key")
    for row in _rows(pc.greater(lengths, EVENT_KEY_CHARACTERS)):
        findings.reject(row, Why.EVENT_KEY_TOO_LONG, "event_key", f"{lengths[row]} characters")
    findings.note(_rows(pc.starts_with(texts, "$")), Note.EVENT_KEY_RESERVED)
    return texts


def _rows(mask: pa.BooleanArray) -> list[int]:
    return pc.indices_nonzero(mask).to_pylist()  # type: ignore[no-any-return]  # pyarrow has no types
