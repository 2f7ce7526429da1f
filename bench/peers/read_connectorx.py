"""ConnectorX to an Arrow table, pyarrow to Parquet."""

import connectorx
import pyarrow.parquet as parquet

from job import job, output, url

partitions = {} if job["query"] else {"partition_on": job["key"], "partition_num": job["lanes"]}
table = connectorx.read_sql(url(), job["sql"], return_type="arrow", protocol="binary", **partitions)
parquet.write_table(table, output("data.parquet"), compression="snappy")
