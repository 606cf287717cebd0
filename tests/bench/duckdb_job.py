"""What a user would pick instead: DuckDB on one thread, the same file into Parquet by day.

It checks nothing, makes no ids, keeps the case of keys and has no rejects.
"""

import sys

import duckdb

source, target = sys.argv[1:]
m = "MAP(VARCHAR, VARCHAR)"
columns = f"""{{insert_id: 'VARCHAR', event_key: 'VARCHAR', ts: 'TIMESTAMP', metric_value: 'DECIMAL(24, 6)',
    identifiers: '{m}', event_properties: '{m}', user_properties: '{m}', platform_properties: '{m}'}}"""
connection = duckdb.connect(config={"threads": 1})
connection.execute(f"""
    COPY (SELECT *, strftime(ts, '%Y-%m-%d') AS day
          FROM read_json('{source}', format = 'newline_delimited', columns = {columns}))
    TO '{target}' (FORMAT parquet, PARTITION_BY (day), COMPRESSION snappy)
""")
