"""A table of MySQL to Parquet by DuckDB's mysql extension, which comes as a package of its own."""

import glob
import json
import os
import sys

import duckdb
import duckdb_extension_mysql

job = json.loads(sys.argv[1])
folder = os.path.dirname(duckdb_extension_mysql.__file__)
link = os.path.join(folder, "mysql_scanner.duckdb_extension")
if not os.path.exists(link):
    (found,) = glob.glob(os.path.join(folder, "extensions", "**", "*.duckdb_extension"), recursive=True)
    os.symlink(found, link)
connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": 2})
connection.execute(f"LOAD '{link}'")
address = f"host={job['host']} port={job['port']} user={job['user']} database={job['database']}"
connection.execute(f"ATTACH '{address}' AS source (TYPE mysql, READ_ONLY)")
table = f"source.{job['database']}.{job['table']}"
connection.execute(f"COPY (SELECT * FROM {table}) TO '{job['out']}' (FORMAT parquet, COMPRESSION snappy)")
