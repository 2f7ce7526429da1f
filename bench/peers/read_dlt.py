"""dlt: a table or a query by its SQL source, Parquet files by its filesystem destination."""

import os

import dlt
from dlt.destinations import filesystem
from dlt.sources.sql_database import sql_table

from job import job, url

if __name__ == "__main__":
    os.chdir(job["out"])
    rows = sql_table(
        credentials=url("postgresql+psycopg2"), schema="public", table=job["table"], backend="pyarrow", chunk_size=100_000
    )
    pipeline = dlt.pipeline("bench", destination=filesystem(bucket_url=job["out"]), dataset_name="rows")
    pipeline.run(rows, loader_file_format="parquet", write_disposition="replace")
