"""A table of MySQL to Parquet by ConnectorX, over two connections, and pyarrow."""

import json
import sys

import connectorx
import pyarrow.parquet

job = json.loads(sys.argv[1])
url = f"mysql://{job['user']}@{job['host']}:{job['port']}/{job['database']}"
table = connectorx.read_sql(
    url, f"SELECT * FROM {job['table']}", partition_on="l_orderkey", partition_num=2, return_type="arrow"
)
pyarrow.parquet.write_table(table, job["out"], compression="snappy")
