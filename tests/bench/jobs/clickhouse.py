"""ClickHouse in the process (chdb-core): `INSERT INTO FUNCTION file(…) PARTITION BY day SELECT … FROM file(…)`. It makes
no ids, keeps the case of keys, turns entries that are null into empty texts, and sets no row aside: a bad one ends it."""

import csv
import sys

import chdb

source, kind, target, threads = sys.argv[1:]
MAPS = ("identifiers", "event_properties", "user_properties", "platform_properties")
MAP = "Map(String, String)"
SCALARS = {"insert_id": "String", "event_key": "String", "ts": "DateTime64(3, 'UTC')", "metric_value": "Decimal(24, 6)"}
SETTINGS = {
    "max_threads": threads, "max_insert_threads": threads, "date_time_input_format": "'best_effort'",
    "input_format_json_read_numbers_as_strings": 1, "input_format_json_read_bools_as_strings": 1,
    "input_format_json_read_objects_as_strings": 1, "input_format_json_read_arrays_as_strings": 1,
    "input_format_csv_skip_first_lines": 1, "output_format_parquet_compression_method": "'snappy'",
}  # fmt: skip


def table(form, columns):
    structure = ", ".join(f"{name} {kind}" for name, kind in columns.items()).replace("'", "''")
    return f"file('{source}', '{form}', '{structure}')"


def csv_rows():
    """A column an entry becomes maps of what is not empty. Columns get numbers: a dot in a name means more here."""
    with open(source, encoding="utf-8", newline="") as file:  # noqa: PTH123
        names = {name: f"c{number}" for number, name in enumerate(next(csv.reader(file)))}
    scalars = (f"{names[name]} AS {name}" for name in SCALARS)
    maps = (as_map(name, {own: column for own, column in names.items() if own.startswith(f"{name}.")}) for name in MAPS)
    columns = {column: SCALARS.get(name, "String") for name, column in names.items()}
    return f"(SELECT {', '.join([*scalars, *maps])} FROM {table('CSV', columns)})"


def as_map(name, columns):
    entries = ", ".join(f"'{own.removeprefix(name + '.')}', {column}" for own, column in columns.items())
    return f"mapFilter((k, v) -> v != '', map({entries})) AS {name}"


def amplitude_rows():
    names = (
        "uuid event_type platform version_name os_version device_manufacturer device_model language device_id user_id"
    )
    columns = dict.fromkeys([*names.split(), "session_id"], "String") | {"event_time": "DateTime64(6, 'UTC')"}
    columns |= dict.fromkeys(("event_properties", "user_properties"), MAP)
    return f"""(SELECT uuid AS insert_id, event_type AS event_key, CAST(event_time AS DateTime64(3, 'UTC')) AS ts,
        toDecimal128OrZero(event_properties['$revenue'], 6)::Decimal(24, 6) AS metric_value,
        map('id', device_id, 'device_id', device_id, 'user_id', user_id, 'session_id', session_id) AS identifiers,
        event_properties, user_properties,
        map('osname', platform, 'appversion', version_name, 'osversion', os_version, 'devicevendor', device_manufacturer,
            'devicemodel', device_model, 'language', language) AS platform_properties
        FROM {table("JSONEachRow", columns)})"""


def rows():
    match kind:
        case "csv":
            return csv_rows()
        case "amplitude":
            return amplitude_rows()
        case _:
            return table("JSONEachRow", SCALARS | dict.fromkeys(MAPS, MAP))


settings = ", ".join(f"{name} = {value}" for name, value in SETTINGS.items())
chdb.query(f"""
    INSERT INTO FUNCTION file('{target}/{{_partition_id}}/part.parquet', 'Parquet')
    PARTITION BY toString(toDate(ts)) SELECT * FROM {rows()} SETTINGS {settings}
""")
