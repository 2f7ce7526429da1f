"""Prints of each version of a Delta table its rows, by some columns; where files are given, whether it has their rows in full.

usage: delta.py TABLE COLUMN,COLUMN,… [VERSION=FILE,FILE,…]…    rows are sorted by the first column
"""

import json
import os
import sys

import pyarrow.parquet as pq
from deltalake import DeltaTable

location, chosen, *given = sys.argv[1:]
columns = chosen.split(",")
newest = DeltaTable(location)
expected = dict(one.split("=", 1) for one in given)
told = []
for version in range(newest.version() + 1):
    table = DeltaTable(location, version=version).to_pyarrow_table()
    rows = sorted(table.to_pylist(), key=lambda row: row[columns[0]])
    text = lambda value: None if value is None else str(value)
    one = {"rows": [[text(row.get(name)) for name in columns] for row in rows], "columns": table.column_names}
    if str(version) in expected:
        files = [pq.ParquetFile(path).read() for path in expected[str(version)].split(",")]
        others = sorted((row for file in files for row in file.to_pylist()), key=lambda row: row[columns[0]])
        # A column that an older file does not have is NULL.
        one["same"] = [{name: row.get(name) for name in table.column_names} for row in others] == rows
    told.append(one)
partitions = newest.metadata().partition_columns
print(json.dumps({"versions": told, "operation": newest.history()[0]["operation"], "partitions": partitions}), flush=True)
# Threads of the library may outlive the interpreter, and abort it.
os._exit(0)
