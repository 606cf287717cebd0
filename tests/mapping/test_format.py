"""A mapping file is validated whole: every error at once, each with its key and what to write instead."""

import json
import tomllib
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from hackle_import.errors import BadDrop
from hackle_import.mapping import PRESETS, load_mapping, preset_text
from hackle_import.mapping.expressions import path_of
from hackle_import.mapping.format import SCHEMA_NAME, json_schema, problems

SOURCE = 'a path such as "user.id", or a list of them: the first that is there wins'
EXPRESSION = 'a path such as "user.id", or a JMESPath expression'
NEEDED = "missing: Hackle needs it in every row; write where it comes from"
FIELDS = '[fields]\nevent_key = "a"\nts = "b"\n[fields.identifiers]\nspread = "i"\n[fields.platform_properties]\nspread = "p"\n'
WRONG = [
    ('limit = "note"', "limit", "unknown key; write limits"),
    ("zzz = 1", "zzz", "unknown key; there are: fields, where, insert_id, ts, records, each, json, fillers, on_bad_metric, on_bad_map, limits, on_broken_drop, on_absent, max_reject_ratio, privacy, csv"),
    ('limits = "cut"', "limits", '"cut"; write one of "note", "reject", "truncate"'),
    ("limits = 3", "limits", '3; write one of "note", "reject", "truncate"'),
    ('on_broken_drop = "no"', "on_broken_drop", '"no"; write one of "discard", "keep"'),
    ("max_reject_ratio = 2", "max_reject_ratio", "2; write a number from 0 to 1, such as 0.05"),
    ("max_reject_ratio = true", "max_reject_ratio", "true; write a number from 0 to 1, such as 0.05"),
    ("where = 'a =='", "where", '"a ==": not a JMESPath expression, see column 5; write a JMESPath expression that is true for rows to keep, such as "type == \'track\'"'),
    ("where = 'sum_of(a)'", "where", '"sum_of(a)": there is no function sum_of(); write a JMESPath expression that is true for rows to keep, such as "type == \'track\'"'),
    ("ts = 1735787045", "ts", '1735787045; write a table such as { timezone = "Asia/Seoul" }; where it comes from goes to [fields]'),
    ('ts.format = ["%d/%m/%Y", "%m/%d/%y"]', "ts.format", "%d/%m/%Y and %m/%d/%y differ in the order of day and month only"),
    ('ts.format = "%I:%M"', "ts.format", '"%I:%M": %I and %p belong together'),
    ("ts = { excel = true, unit = 's' }", "ts.unit", "with excel, numbers are serial days"),
    ('each = "a.events"\nprivacy.drop = ["A"]', "privacy", 'drop "A" is what each takes its rows from'),
    ('records = "a[0]"', "records", '"a[0]": not a plain dotted path'),
    ('fillers.texts = [" "]', "fillers.texts[1]", '" ": a text of blanks'),
    ("where = \"replace(a, b, 'c')\"", "where", "\"replace(a, b, 'c')\": replace() takes a text as it stands here"),
    ("where = \"match(a, '(')\"", "where", "\"match(a, '(')\": Invalid regular expression"),
    ("where = \"lower(a, b)\"", "where", '"lower(a, b)": lower() takes 1, not 2'),
    ('ts.timezone = "Seoul"', "ts.timezone", '"Seoul": not an IANA time zone, such as Asia/Seoul; write an IANA time zone, such as "Asia/Seoul"'),
    ('ts.format = "day"', "ts.format", '"day": it has no directive; write a strptime format, such as "%d/%m/%Y %H:%M"'),
    ('ts.unit = "minutes"', "ts.unit", '"minutes"; write one of "s", "ms", "us", "ns"'),
    ('insert_id.when_missing = "never"', "insert_id.when_missing", '"never"; write one of "content", "content+line", "content+copy", "reject"'),
    ('insert_id = "uuid"', "insert_id", '"uuid"; write a table such as { when_missing = "content" }; where it comes from goes to [fields]'),
    ('privacy.drop = "email"', "privacy.drop", '"email"; write a list of paths, such as ["user.email"]'),
    ('privacy.hash = ["a[0]"]', "privacy.hash[1]", '"a[0]": not a plain dotted path; write a path such as "user.email"'),
    ("privacy.drop = []", "privacy.drop", 'an empty list; write a list of paths, such as ["user.email"]'),
    ("csv.delimiter = '\"'\ncsv.quote = ''", "csv.delimiter", '""": not 1 to 7 bytes without quotes and line ends; write one character or a few, such as ";" or "||"'),
    ('csv.dialect = "oracle"', "csv.dialect", '"oracle"; write one of "redshift", "postgres", "mysql", "clickhouse", "hive", "spark", "snowflake", "excel-ko"'),
    ('csv.quote = "ab"', "csv.quote", '"ab": not one character of ASCII other than a letter, digit or line end; write one character, such as "\'", or "" for none'),
    ('csv.encoding = "hangul!"', "csv.encoding", '"hangul!": no encoding of texts that Python knows; write an encoding, such as "cp949" or "utf-16-le"'),
    ('csv.encoding = "hex"', "csv.encoding", '"hex": no encoding of texts that Python knows; write an encoding, such as "cp949" or "utf-16-le"'),
    ("csv.skip = -1", "csv.skip", "-1; write how many lines are before the header, such as 2"),
    ("csv.trim = 1", "csv.trim", "1; write true or false"),
    ("csv.header = 0", "csv.header", "0; write the number of the line that is the header, such as 3"),
    ("csv.header = 2\ncsv.skip = 1", "csv.skip", "header is the number of a line, which says how many are before it; leave skip out"),
    ("csv.delimiter = '||'\ncsv.escape = '|'", "csv.delimiter", "it holds the quote or the escape; write another one of them"),
    ('csv.dialect = "excel-ko"\ncsv.decimal = ","', "csv.thousands", "the same as decimal; write the sign between thousands, or leave it out"),
    ("csv.header = [1]", "csv.header[1]", "1; write a column's name, such as \"user_id\""),
    ('csv.null = "NULL"', "csv.null", '"NULL"; write a list of texts, such as ["NULL", "-"]'),
    ("csv.json = true", "csv.json", 'true; write a list of names, such as ["properties"]'),
    ("fields = 2025-01-01", "fields", "a time; write a table of the eight columns"),
    ('fields.event_key = "a"', "fields.ts", f'missing; write {SOURCE}, or a table such as {{ from = "os", values = {{ "1" = "Android" }}, default = "iOS" }}'),
    (FIELDS + "[fields.user_property]", "fields.user_property", "unknown key; write user_properties"),
    (FIELDS + "[fields.metric_value]\nfrom = 1", "fields.metric_value.from", f"1; write {SOURCE}"),
    (FIELDS + '[fields.metric_value]\nfrom = "주문.결제 금액"', "fields.metric_value.from", f'"주문.결제 금액": not a JMESPath expression, see column 1; if these are names, put each in quotes: \'"주문"."결제 금액"\'; write {EXPRESSION}'),
    (FIELDS + '[fields.metric_value]\nfrom = "a..b"', "fields.metric_value.from", f'"a..b": not a JMESPath expression, see column 3; write {EXPRESSION}'),
    (FIELDS + "[fields.metric_value]", "fields.metric_value", 'it needs either from or const; write { from = "a.path" } or { const = "a text" }'),
    (FIELDS + "[fields.metric_value]\nconst = []", "fields.metric_value.const", 'a list; write a text, a number, true or false, such as "Android"'),
    (FIELDS + "[fields.metric_value]\nconst = 1\ndefault = 2", "fields.metric_value.default", "const is there for every row; write it with from, or leave it out"),
    (FIELDS + '[fields.insert_id]\nfrom = "a"\nvalues = { b = 1 }', "fields.insert_id.values.b", '1; write a text, such as "Android"'),
    (FIELDS + '[fields.insert_id]\nfrom = "a"\nunit = "s"', "fields.insert_id.unit", "unknown key; write unit in the table [ts]"),
    (FIELDS + "[fields.user_properties]\nspread = 1", "fields.user_properties.spread", f"1; write {SOURCE}"),
    (FIELDS + '[fields.user_properties]\nonly = ["a"]', "fields.user_properties.only", "there is nothing that it chooses from; write it beside spread or pivot"),
    (FIELDS + '[fields.user_properties]\nspread = "a"\nexcept = "b"', "fields.user_properties.except", '"b"; write a list of globs, such as ["utm_*"]'),
    (FIELDS + '[fields.user_properties]\nKind = "a"\nkind = "b"', "fields.user_properties.kind", 'the same key as "Kind" in lower case, in which Hackle stores keys; leave one of them out'),
    (FIELDS + "[fields.metric_value]\nconst = 1\nvalues = { a = 'b' }", "fields.metric_value.values", "const is there for every row; write it with from, or leave it out"),
    (FIELDS + '[fields.user_properties]\npivot = { from = "a", key = "k" }', "fields.user_properties.pivot.value", 'missing; write a path such as "value"'),
    ('[fields]\nevent_key = "a"\nts = "b"\nidentifiers = { id = "i", device_id = "d" }\nplatform_properties = { osname = "o" }', "fields.platform_properties.appversion", NEEDED),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "key", "what"), WRONG, ids=[f"{number}-{key}" for number, (_, key, _) in enumerate(WRONG)]
)
def test_an_error_names_the_key_and_what_to_write(text, key, what):
    found = dict(problems(text.encode())[1])
    assert found[key].startswith(what)


def test_all_errors_come_at_once_and_name_the_file():
    with pytest.raises(BadDrop) as wrong:
        load_mapping(b'limits = "cut"\nts.unit = "m"\n[fields]\nevent_key = "a["\n', "shop")
    assert wrong.value.message.startswith("mapping 'shop': limits: ")
    assert wrong.value.message.count("; and ") == 5


def test_what_is_no_toml_says_where():
    assert problems(b"a = ")[1][0][1].startswith("not TOML: Invalid value (at end of document)")
    assert problems(b"a = \xff")[1][0][1] == "byte 4 is not UTF-8; save the file as UTF-8"


def test_a_change_of_meaning_changes_the_digest_and_a_comment_does_not():
    plain = load_mapping(FIELDS.encode(), "x").digest
    assert load_mapping(b"# why\n" + FIELDS.encode(), "x").digest == plain
    assert load_mapping(b'limits = "note"\n' + FIELDS.encode(), "x").digest == plain
    assert load_mapping(b"where = 'a'\n" + FIELDS.encode(), "x").digest != plain


def test_plain_paths_are_told_from_expressions():
    assert path_of('a.$b."c d".e-f') == ("a", "$b", "c d", "e-f")
    assert [path_of(text) for text in ("a[0]", "a | b", "a.*", "length(a)", "a.'b'", "")] == [None] * 6


SHIPPED = json.loads((files("hackle_import.mapping") / SCHEMA_NAME).read_text())
ONLY_THE_READER = {
    "csv.delimiter",
    "csv.encoding",
    "csv.thousands",
    "where",
    "ts.timezone",
    "ts.format",
    "ts.unit",
    "privacy",
    "fillers.texts[1]",
    "fields.metric_value.from",
    "fields.user_properties.kind",
}  # it tries them


def test_the_shipped_schema_is_current_and_a_schema():
    assert json_schema() == SHIPPED
    jsonschema.Draft202012Validator.check_schema(SHIPPED)


def finds(content):
    return not jsonschema.Draft202012Validator(SHIPPED).is_valid(content)


@pytest.mark.parametrize("text", [text for text, key, _ in WRONG if "2025-01-01" not in text])
def test_the_schema_rejects_what_the_reader_rejects(text):
    content, wrong = problems(text.encode())
    assert finds(content) or {key for key, _ in wrong} <= ONLY_THE_READER


@pytest.mark.parametrize("name", PRESETS)
def test_the_schema_takes_every_preset(name):
    jsonschema.validate(tomllib.loads(preset_text(name).decode()), SHIPPED, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parent.parent / "golden").glob("*/mapping.toml")), ids=lambda path: path.parent.name
)
def test_the_schema_takes_every_mapping_of_a_case(path):
    jsonschema.validate(tomllib.loads(path.read_text()), SHIPPED, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "entries",
    [
        'ID = "a"\nDevice_Id = "b"',
        'pivot = { from = "p", key = "k", value = "v" }',
        'spread = "@"\nonly = ["id"]',
        'id = { from = "a", default = 1, values = { a = "b" } }\ndevice_id = { const = true }',
    ],
)
def test_the_schema_takes_what_the_reader_takes(entries):
    text = FIELDS.replace('spread = "i"', entries)
    assert problems(text.encode()) == (tomllib.loads(text), [])
    assert not finds(tomllib.loads(text))
