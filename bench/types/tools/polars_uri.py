"""Polars with the engine that it takes by itself."""

import polars

from job import each, url


def read(table, folder):
    rows = polars.read_database_uri(f"SELECT * FROM {table}", url("postgresql"))
    rows.write_parquet(f"{folder}/data.parquet")


each(read)
