"""How long DuckDB and pyarrow take to read our files, against a file that DuckDB writes of the same rows (snappy): CPU seconds, one
thread, all columns, in turns.

    .cache/venv-readers/bin/python bench/parts/parquet/read_by_others.py outputs/lineitem/v1/*.parquet
"""

import os
import sys
import tempfile
import time

import duckdb
import pyarrow.parquet as pq

ours = sys.argv[1:]
rounds = 5


def by_duckdb(files):
    columns = [row[0] for row in connection.execute("DESCRIBE SELECT * FROM read_parquet($1)", [files]).fetchall()]
    looked_at = ", ".join(f'max("{column}")' for column in columns)
    connection.execute(f"SELECT {looked_at} FROM read_parquet($1)", [files]).fetchall()


def by_pyarrow(files):
    for path in files:
        file = pq.ParquetFile(path)
        for row_group in range(file.num_row_groups):
            file.read_row_group(row_group, use_threads=False)


with tempfile.TemporaryDirectory() as folder:
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    theirs = [os.path.join(folder, "duckdb.parquet")]
    rows = "SELECT * FROM read_parquet(" + str(ours) + ")"
    connection.execute(f"COPY ({rows}) TO '{theirs[0]}' (FORMAT parquet, COMPRESSION snappy)")
    least = {}
    for _ in range(rounds):
        for reader in (by_duckdb, by_pyarrow):
            for name, files in (("ours", ours), ("DuckDB's", theirs)):
                begun = time.process_time()
                reader(files)
                taken = time.process_time() - begun
                key = (reader.__name__.removeprefix("by_"), name)
                least[key] = min(taken, least.get(key, taken))
    for (reader, name), seconds in least.items():
        size = sum(os.path.getsize(path) for path in (ours if name == "ours" else theirs))
        print(f"{reader:8} {name:9} {seconds:.2f} s {size / 1e6:.0f} MB")
