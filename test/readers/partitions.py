"""Compares a version without partitions with one in partitions, each reader with itself, column by column."""

import sys

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds

plain, partitioned, columns = sys.argv[1:]
hive = ds.partitioning(
    pa.schema([("country", pa.string()), ("n", pa.int16()), ("ok", pa.bool_()), ("day", pa.date32())]), flavor="hive"
)
types = {"country": pl.String, "n": pl.Int16, "ok": pl.Boolean, "day": pl.Date}
in_path = columns == "path"


def with_pandas(folder, **options):
    return pd.read_parquet(folder, **options).sort_values("id", ignore_index=True)


expected = with_pandas(plain)
found = with_pandas(partitioned, partitioning=hive if in_path else None)
pd.testing.assert_frame_equal(found[expected.columns], expected)

expected = ds.dataset(plain).to_table().sort_by("id")
found = ds.dataset(partitioned, partitioning=hive if in_path else None).to_table().sort_by("id")
found = found.select(expected.column_names)
assert found.schema.equals(expected.schema), f"{found.schema} is not {expected.schema}"
assert found.equals(expected)

expected = pl.read_parquet(f"{plain}/*.parquet").sort("id")
options = {"hive_schema": types} if in_path else {"hive_partitioning": False}
found = pl.read_parquet(f"{partitioned}/**/*.parquet", **options).sort("id").select(expected.columns)
assert found.schema == expected.schema, f"{found.schema} is not {expected.schema}"
assert found.equals(expected)

print("equal: pandas, pyarrow, polars")
