"""ADBC's PostgreSQL driver to an Arrow table, pyarrow to Parquet."""

import adbc_driver_postgresql.dbapi as postgres
import pyarrow.parquet as parquet

from job import each, url


def read(table, folder):
    with postgres.connect(url("postgresql")) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        parquet.write_table(cursor.fetch_arrow_table(), f"{folder}/data.parquet")


each(read)
