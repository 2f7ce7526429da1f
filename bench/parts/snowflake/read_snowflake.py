"""A query of Snowflake to Parquet by the vendor's own client: read_snowflake.py JOB, where JOB is JSON. Tells at its end what it took."""

import json
import resource
import sys
import time

begin = time.perf_counter()

import pyarrow as pa
import pyarrow.parquet as pq
import snowflake.connector

job = json.loads(sys.argv[1])
rows_at_once = 20_000
connection = snowflake.connector.connect(
    account="TESTACCT",
    user="ROBOT",
    authenticator="oauth",
    token=job["token"],
    protocol="http",
    host="127.0.0.1",
    port=job["port"],
    database="DB",
    schema="PUBLIC",
    warehouse="WH",
    # Results in Arrow come of the service alone, and not of who stands in for it.
    session_parameters={"PYTHON_CONNECTOR_QUERY_RESULT_FORMAT": "json"},
)
types = {
    "ID": pa.decimal128(38, 0),
    "CUSTOMER": pa.string(),
    "PRICE": pa.decimal128(12, 3),
    "SCORE": pa.float64(),
    "PAID": pa.bool_(),
    "DAY": pa.date32(),
    "AT": pa.timestamp("us"),
    "NOTE": pa.string(),
}
cursor = connection.cursor().execute(job["query"])
schema = pa.schema([(column.name, types[column.name]) for column in cursor.description])
rows = 0
with pq.ParquetWriter(job["out"], schema) as writer:
    while batch := cursor.fetchmany(rows_at_once):
        columns = [pa.array(values, type=field.type) for field, values in zip(schema, zip(*batch))]
        writer.write_table(pa.table(columns, schema=schema))
        rows += len(batch)
connection.close()
if rows != job["rows"]:
    raise SystemExit(f"{rows} rows")

used = resource.getrusage(resource.RUSAGE_SELF)
took = {"cpu": used.ru_utime + used.ru_stime, "seconds": time.perf_counter() - begin, "peak": used.ru_maxrss * 1024}
print(json.dumps(took), file=sys.stderr, flush=True)
