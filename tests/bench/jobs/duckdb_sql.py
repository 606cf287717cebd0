"""One SQL statement: `read_json` or `read_csv` into `COPY … PARTITION_BY`. It checks nothing, makes no ids, keeps the
case of keys, keeps entries that are null, and sets no row aside: a bad one ends it."""

import sys

import duckdb

source, kind, target, threads = sys.argv[1:]
MAP = "MAP(VARCHAR, VARCHAR)"
MAPS = ("identifiers", "event_properties", "user_properties", "platform_properties")
SCALARS = {"insert_id": "VARCHAR", "event_key": "VARCHAR", "ts": "TIMESTAMPTZ", "metric_value": "DECIMAL(24, 6)"}


def json_rows(columns):
    form = "array" if kind == "array" else "newline_delimited"
    return f"read_json('{source}', format = '{form}', columns = {columns})"


def csv_rows(connection):
    """A column an entry becomes maps of what is not empty."""
    table = f"read_csv('{source}', all_varchar = true, header = true)"
    names = [name for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()]
    maps = (as_map(name, [own for own in names if own.startswith(f"{name}.")]) for name in MAPS)
    return (
        f"(SELECT {', '.join([*(f'{name}::{kind} AS {name}' for name, kind in SCALARS.items()), *maps])} FROM {table})"
    )


def as_map(name, columns):
    entries = ", ".join(f"{{k: '{own.removeprefix(name + '.')}', v: \"{own}\"}}" for own in columns)
    return f"map_from_entries(list_filter([{entries}], lambda e: e.v IS NOT NULL)) AS {name}"


def amplitude_rows():
    names = (
        "uuid event_type platform version_name os_version device_manufacturer device_model language device_id user_id"
    )
    columns = dict.fromkeys(names.split(), "VARCHAR") | {"event_time": "TIMESTAMP", "session_id": "VARCHAR"}
    columns |= dict.fromkeys(("event_properties", "user_properties"), MAP)
    return f"""(SELECT uuid AS insert_id, event_type AS event_key, event_time AT TIME ZONE 'UTC' AS ts,
        TRY_CAST(event_properties['$revenue'] AS DECIMAL(24, 6)) AS metric_value,
        MAP {{'id': device_id, 'device_id': device_id, 'user_id': user_id, 'session_id': session_id}} AS identifiers,
        event_properties, user_properties,
        MAP {{'osname': platform, 'appversion': version_name, 'osversion': os_version,
             'devicevendor': device_manufacturer, 'devicemodel': device_model, 'language': language}} AS platform_properties
        FROM {json_rows(columns)})"""


def rows(connection):
    match kind:
        case "csv":
            return csv_rows(connection)
        case "amplitude":
            return amplitude_rows()
        case _:
            return json_rows(SCALARS | dict.fromkeys(MAPS, MAP))


connection = duckdb.connect(config={"threads": int(threads)})
connection.execute("SET TimeZone = 'UTC'")
connection.execute(f"""
    COPY (SELECT *, strftime(ts, '%Y-%m-%d') AS day FROM {rows(connection)})
    TO '{target}' (FORMAT parquet, PARTITION_BY (day), COMPRESSION snappy)
""")
