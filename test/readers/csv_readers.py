"""Reads CSV files as people do, without saying any type: of every column its type, and its values as texts (null: none)."""

import csv
import json
import sys

import pandas
import polars
import pyarrow
import pyarrow.csv


def text(value):
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(value), repr(value))
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)


def by_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return [[name, "str", [row[i] for row in rows[1:]]] for i, name in enumerate(rows[0])]


def by_pandas(path):
    frame = pandas.read_csv(path)
    plain = lambda value: None if pandas.isna(value) else value.item() if hasattr(value, "item") else value
    return [[name, str(column.dtype), [text(plain(value)) for value in column]] for name, column in frame.items()]


def by_polars(path):
    frame = polars.read_csv(path, infer_schema_length=None, try_parse_dates=True)
    return [[column.name, str(column.dtype), [text(value) for value in column.to_list()]] for column in frame]


def by_pyarrow(path):
    table = pyarrow.csv.read_csv(path, parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True))
    return [[name, str(table.schema.field(name).type), [text(value) for value in table[name].to_pylist()]] for name in table.column_names]


readers = {"Python csv": by_csv, "pandas": by_pandas, "Polars": by_polars, "pyarrow": by_pyarrow}


def read(reader, path):
    try:
        return reader(path)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


json.dump([{name: read(reader, path) for name, reader in readers.items()} for path in sys.argv[1:]], sys.stdout)
