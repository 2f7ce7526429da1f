"""DuckDB with its postgres extension, which comes as a package of its own and is loaded from a file of the name that DuckDB wants."""

import glob
import os

import duckdb
import duckdb_extension_postgres

from job import job, output


def extension():
    folder = os.path.dirname(duckdb_extension_postgres.__file__)
    link = os.path.join(folder, "postgres_scanner.duckdb_extension")
    if not os.path.exists(link):
        (found,) = glob.glob(os.path.join(folder, "extensions", "**", "*.duckdb_extension"), recursive=True)
        os.symlink(found, link)
    return link


mode = "require" if job["tls"] else "disable"
address = f"host={job['host']} port={job['port']} user={job['user']} dbname={job['database']} sslmode={mode}"

connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": job["lanes"]})
connection.execute(f"LOAD '{extension()}'")
connection.execute(f"ATTACH '{address}' AS source (TYPE postgres, READ_ONLY)")
if job["query"]:
    statement = job["sql"].replace("'", "''")
    rows = f"postgres_query('source', '{statement}')"
else:
    rows = f"source.public.{job['table']}"
connection.execute(f"COPY (SELECT * FROM {rows}) TO '{output('data.parquet')}' (FORMAT parquet, COMPRESSION snappy)")
