"""What the tables of well-known writers look like: the options of `[csv]` that a dialect's name stands for.

Each is what the writer's own documentation says of its default text format; options beside the name win.
"""

from typing import Any

_EXCEL_ERRORS = ["#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NULL!", "#NUM!"]
DIALECTS: dict[str, dict[str, Any]] = {
    # UNLOAD … ESCAPE, with ADDQUOTES or without
    "redshift": {"delimiter": "|", "quoting": "every", "escape": "\\"},
    # COPY … TO, in the format `text`; a line `\.` ends old dumps
    "postgres": {"delimiter": "\t", "quote": "", "escape": "\\", "escapes": "long", "comment": "\\."},
    # SELECT … INTO OUTFILE, mysqldump --tab, mysql --batch
    "mysql": {"delimiter": "\t", "quote": "", "escape": "\\", "null": ["NULL"]},
    # TabSeparated and TabSeparatedWithNames
    "clickhouse": {"delimiter": "\t", "quote": "", "escape": "\\", "escapes": "long"},
    # LazySimpleSerDe, Athena's TEXTFILE: nothing is escaped
    "hive": {"delimiter": "\x01", "quote": "", "null": ["\\N"]},
    # DataFrameWriter.csv: a backslash in front of quotes, within quotes
    "spark": {"delimiter": ",", "quote": '"', "escape": "\\", "escapes": "quotes", "escaped": "quoted"},
    # COPY INTO a stage, as CSV: what is not enclosed is escaped
    "snowflake": {"delimiter": ",", "quote": '"', "escape": "\\", "escaped": "bare", "null": ["\\N"]},
    # Excel's "CSV (comma delimited)" on a Korean Windows
    "excel-ko": {"delimiter": ",", "quote": '"', "encoding": "cp949", "thousands": ",", "null": _EXCEL_ERRORS},
}  # fmt: skip


def csv_options(given: dict[str, Any]) -> dict[str, Any]:
    """The fields of `Csv` that a valid table `[csv]` says, its dialect's among them."""
    options = DIALECTS.get(given.get("dialect", ""), {}) | {one: given[one] for one in given if one != "dialect"}
    if "quote" in given:
        options.pop("quoting", None)
    if options.get("escape") == options.get("quote", '"'):
        options.pop("escape", None)  # a quote in front of a quote is how every table has it
    if isinstance(options.get("header"), int):
        options["skip"] = options.pop("header") - 1
    return options
