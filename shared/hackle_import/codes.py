"""The closed lists of what can be said of a row or of a drop; each code carries its meaning and what to do about it.

`Why`: a row was rejected. `Note`: a row was written, with a remark. `Fault`: a whole drop could not be read.
The tables of docs/repair.md hold the same words; a test compares them.
"""

from enum import StrEnum
from typing import Self


class _Code(StrEnum):
    meaning: str
    remedy: str

    def __new__(cls, code: str, meaning: str, remedy: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        member.remedy = remedy
        return member


class Why(_Code):
    """Why one row is in the rejects file and not in Parquet."""

    NOT_JSON = "not_json", "The record is not valid JSON.", "Look at `raw`; write one complete object a record."
    NOT_AN_OBJECT = "not_an_object", "The record is JSON, but not an object.", "Write each event as a JSON object."
    NOT_UTF8 = (
        "not_utf8",
        "The record holds bytes that are not UTF-8.",
        "Export as UTF-8, in Excel as `CSV UTF-8` (or UTF-16 with BOM).",
    )
    TOO_DEEP = "too_deep", "The record nests deeper than 64 levels.", "Flatten the nested value at its source."
    LINE_TOO_LONG = (
        "line_too_long",
        "The record is longer than `HACKLE_MAX_LINE_BYTES`.",
        "Look for a missing line break, or raise the setting.",
    )
    CSV_QUOTES = "csv_quotes", "Text follows a closing quote.", "Double inner quotes."
    CSV_CELLS = "csv_cells", "The record has more or fewer cells than the header.", "Quote cells that hold a delimiter."
    NUL_BYTE = "nul_byte", "A CSV record holds a NUL byte.", "Export as UTF-8, or as UTF-16 with BOM."
    WRONG_TYPE = (
        "wrong_type",
        "A field has a JSON type that cannot be taken for it.",
        "See the columns in docs/formats.md.",
    )
    INSERT_ID_MISSING = (
        "insert_id_missing",
        "No `insert_id`, and the mapping asks for one.",
        'Fill it, or set `insert_id.when_missing = "content"`.',
    )
    EVENT_KEY_MISSING = (
        "event_key_missing",
        "`event_key` is missing, null or empty.",
        "Name every event; where every row lacks it, the drop needs a mapping.",
    )
    EVENT_KEY_TOO_LONG = "event_key_too_long", "`event_key` has more than 128 characters.", "Shorten the name."
    TS_MISSING = "ts_missing", "`ts` is missing, null or empty.", "Send the client time of the event."
    TS_UNREADABLE = (
        "ts_unreadable",
        "`ts` is neither ISO 8601 nor an epoch number.",
        "Use one, or the mapping's `ts.format`.",
    )
    TS_OUT_OF_RANGE = (
        "ts_out_of_range",
        "`ts` is before 2000-01-01 or more than a day after the drop's upload.",
        "Of a number, write `ts.unit`, or `ts.format` if it is a date; else look for a wrong clock.",
    )
    METRIC_UNREADABLE = "metric_unreadable", "`metric_value` is not a number.", "Send a plain number, or leave it out."
    METRIC_TOO_LARGE = "metric_too_large", "`metric_value` has more than 18 integer digits.", "Send a smaller unit."
    REQUIRED_KEY_MISSING = (
        "required_key_missing",
        "`id`, `device_id`, `osname` or `appversion` is missing or empty.",
        "`field` names the key; fill it at the source.",
    )
    OSNAME_NOT_ALLOWED = (
        "osname_not_allowed",
        "`osname` is none that the setting allows (Android, iOS).",
        "Translate another spelling by `values` in the mapping; add a name to `HACKLE_OSNAMES` where Hackle takes it.",
    )
    TOO_MANY_ENTRIES = "too_many_entries", "A map has more than 4,096 keys.", "Look for ids that became keys."
    TOO_MANY_VALUES = (
        "too_many_values",
        "The record holds more than 250,000 values, which JMESPath and `[privacy]` would have to look at.",
        "Split it at its source, or name it by plain paths.",
    )
    OVER_LIMIT = (
        "over_limit",
        "Above a limit of Hackle's, and the mapping says reject.",
        "See `limits` in docs/mapping.md.",
    )


class Note(_Code):
    """What was remarked on a row that was written; the receipt counts rows by note."""

    INSERT_ID_HASHED = "insert_id_hashed", "`insert_id` was no UUID; a UUIDv5 of its text was written.", "Nothing."
    INSERT_ID_MADE = (
        "insert_id_made",
        "`insert_id` was missing; one was made of the row's text.",
        "Fill it: equal rows are one event to Hackle.",
    )
    METRIC_ZERO = (
        "metric_zero",
        "`metric_value` was no number, or one too large, and the mapping says zero; 0 was written.",
        "Look at `on_bad_metric` in docs/mapping.md.",
    )
    NO_OBJECT = (
        "no_object",
        "What is spread is no object; it was written as one entry, as the mapping says.",
        "Look at `on_bad_map` in docs/mapping.md.",
    )
    FILLER = (
        "filler",
        "An identifier or a required field holds a text such as `NULL`, `undefined` or `(not set)`.",
        "Take it for missing: `[fillers]` in docs/mapping.md.",
    )
    METRIC_ROUNDED = "metric_rounded", "More than 6 decimals; rounded half to even.", "Nothing, if that is near enough."
    KEY_REPEATED = (
        "key_repeated",
        "Two keys of one object are equal in lower case; the later one was written.",
        "Rename one of them at the source.",
    )
    KEY_TOO_LONG = "key_too_long", "A map key has more than 128 characters.", "Hackle may cut it: shorten it."
    VALUE_TOO_LONG = (
        "value_too_long",
        "A map value has more than 1,024 characters (identifiers: 512).",
        "Hackle may cut it: shorten it.",
    )
    TOO_MANY_KEYS = (
        "too_many_keys",
        "More than 64 event properties or 128 user properties.",
        "Hackle may drop some: send fewer.",
    )
    METRIC_OVER_LIMIT = "metric_over_limit", "More than 15 integer digits.", "Send a smaller unit."
    INSERT_ID_REPEATED = (
        "insert_id_repeated",
        "A row has the `insert_id` of an earlier row of the drop.",
        "Hackle keeps one row an id: take an id that every event has to itself.",
    )
    SOURCE_ABSENT = (
        "source_absent",
        "A source that the mapping names is in no row, counted once a source.",
        "Look for a renamed or mistyped field; correct the mapping, then `replay`.",
    )
    FIELD_NEW = (
        "field_new",
        "A field that nothing uses, and that the last drop of the folder lacked, counted once a field.",
        "Take it into the mapping, or leave it.",
    )
    DELIMITER_GUESSED = (
        "delimiter_guessed",
        "Neither the mapping nor the name of the drop says the delimiter; the header shows it.",
        "Nothing, or write it into the mapping's `[csv]`.",
    )
    EVENT_KEY_RESERVED = "event_key_reserved", "`event_key` begins with `$`, as Hackle's own do.", "Rename the event."


class Fault(_Code):
    """Why a whole drop failed. Dropping a corrected file under the same name heals it."""

    NOT_JSON = (
        "not_json",
        "The content is not JSON, or is broken where no next record can be found.",
        "Export it again.",
    )
    UNKNOWN_FORMAT = (
        "unknown_format",
        "Neither the name nor the content tells JSON or CSV.",
        "Name it .ndjson, .json, .csv or .tsv (and .gz, .zst or .bz2).",
    )
    WRONG_EXTENSION = "wrong_extension", "The content is not what the name says.", "Rename it, or export it again."
    TRUNCATED = "truncated", "The compressed data ends too early.", "Upload it again, whole."
    CORRUPT = "corrupt", "The compressed data is damaged.", "Upload it again."
    WRONG_ENCODING = (
        "wrong_encoding",
        "The text is neither UTF-8 nor UTF-16 with BOM.",
        "Export as UTF-8, in Excel as `CSV UTF-8`.",
    )
    RECORD_TOO_LONG = (
        "record_too_long",
        "An element of a JSON array is longer than `HACKLE_MAX_LINE_BYTES`.",
        "Look for a missing bracket, or raise the setting.",
    )
    CSV_QUOTES = "csv_quotes", "A quote is opened and never closed.", "Close it at the line that the message names."
    CSV_HEADER = (
        "csv_header",
        "The CSV header is missing, has a name twice, none of the columns, or more than 2,000.",
        "Write a header.",
    )
    TOO_LARGE = "too_large", "Decompressed, it exceeds `HACKLE_MAX_BYTES`.", "Split it, or raise the setting."
    RATIO = "ratio", "It expands by more than `HACKLE_MAX_RATIO`, as a zip bomb does.", "Check it; raise the setting."
    TOO_MANY_DAYS = "too_many_days", "Its events fall on more than 4,000 days.", "Check `ts`; split the drop."
    UNKNOWN_MAPPING = (
        "unknown_mapping",
        "No mapping has the name of the folder below `incoming/`.",
        "Use `incoming/hackle/`, or put `mappings/<name>.toml` into the staging place, then `replay`.",
    )
    SOURCE_ABSENT = (
        "source_absent",
        'A source that the mapping names is in no row, and the mapping says `on_absent = "fail"`.',
        "Look for a renamed or mistyped field; correct the source or the mapping.",
    )
    BAD_MAPPING = "bad_mapping", "The mapping is not valid.", "The message names the key; correct it, then `replay`."
    BAD_MANIFEST = (
        "bad_manifest",
        "The manifest of an export is not valid.",
        "The message names what is wrong; see docs/exports.md, and put a correct one.",
    )
    EXPORT_INCOMPLETE = (
        "export_incomplete",
        "A part of an export is missing or is not the one that the manifest names, or its rows are not as many.",
        "Export the day again, into a new folder: `hackle-import export`, or the job that wrote it.",
    )
    EXPORT_EXPIRED = (
        "export_expired",
        "No part of an export is there any more.",
        "Export the day again: `hackle-import export`, or the job that wrote it.",
    )
    TOO_MANY_MADE_IDS = (
        "too_many_made_ids",
        "More than 4,000,000 rows lack an id, and the mapping numbers equal ones.",
        "Name a column that has an id, or export the day in slices.",
    )
