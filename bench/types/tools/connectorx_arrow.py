"""ConnectorX to an Arrow table, pyarrow to Parquet."""

import connectorx
import pyarrow.parquet as parquet

from job import each, url


def read(table, folder):
    rows = connectorx.read_sql(url("postgresql"), f"SELECT * FROM {table}", return_type="arrow")
    parquet.write_table(rows, f"{folder}/data.parquet")


each(read)
