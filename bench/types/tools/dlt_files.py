"""dlt: its SQL source as it comes, Parquet by its filesystem destination."""

import os

import dlt
from dlt.destinations import filesystem
from dlt.sources.sql_database import sql_table

from job import each, job, url


def read(table, folder):
    rows = sql_table(credentials=url("postgresql+psycopg2", "mysql+pymysql"), table=table)
    pipeline = dlt.pipeline(
        table, pipelines_dir=os.path.join(job["out"], ".dlt"), destination=filesystem(bucket_url=folder), dataset_name="rows"
    )
    pipeline.run(rows, loader_file_format="parquet", write_disposition="replace")


if __name__ == "__main__":
    each(read)
