"""DuckDB's extension for the server, COPY to Parquet. The extension comes as a package, and is loaded by the name that DuckDB wants."""

import glob
import importlib
import os

import duckdb

from job import each, job, mysql

name = "mysql" if mysql else "postgres"
folder = os.path.dirname(importlib.import_module(f"duckdb_extension_{name}").__file__)
link = os.path.join(folder, f"{name}_scanner.duckdb_extension")
if not os.path.exists(link):
    (found,) = glob.glob(os.path.join(folder, "extensions", "**", "*.duckdb_extension"), recursive=True)
    os.symlink(found, link)

database = "database" if mysql else "dbname"
address = f"host={job['host']} port={job['port']} user={job['user']} {database}={job['database']}"


def read(table, folder):
    with duckdb.connect(config={"allow_unsigned_extensions": "true"}) as connection:
        connection.execute(f"LOAD '{link}'")
        connection.execute(f"ATTACH '{address}' AS source (TYPE {name}, READ_ONLY)")
        connection.execute(f"COPY (SELECT * FROM source.{table}) TO '{folder}/data.parquet' (FORMAT parquet)")


each(read)
