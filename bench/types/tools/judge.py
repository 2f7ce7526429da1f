"""Compares what the files hold with the server's texts. Takes `[{specimen, folder, column}]` as JSON from stdin; gives for each how it
was kept, the column's type and the values that are others."""

import glob
import json
import sys

import pyarrow as pa
import pyarrow.parquet as parquet

from texts import parse
from values import meanings

EXTREMES = {2**31 - 1, 1 - 2**31, -(2**31), 2**63 - 1, 1 - 2**63, -(2**63)}


def judge(specimen, folder, column):
    files = sorted(name for name in glob.glob(f"{folder}/**/*.parquet", recursive=True) if "_dlt" not in name)
    if not files:
        return {"kept": "error", "failure": "no Parquet file was written"}
    try:
        table = pa.concat_tables(parquet.read_table(name, partitioning=None) for name in files)
    except (OSError, pa.ArrowException) as error:
        return {"kept": "lost", "type": "none", "losses": [{"expected": "a file", "got": f"pyarrow: {str(error).split('parquet')[-1]}"}]}
    if column not in table.schema.names:
        return {"kept": "lost", "type": "none", "losses": [{"expected": "a column", "got": "no such column in the file"}]}
    rows = dict(zip((int(i) for i in table["id"].to_pylist()), table[column]))
    physical = parquet.ParquetFile(files[0]).schema_arrow.field(column)
    return {**compare(specimen, rows, context_of(files[0], column)), **described(physical, rows, specimen)}


def context_of(file, column):
    schema = parquet.ParquetFile(file).schema
    (logical,) = [
        schema.column(i).logical_type.type for i in range(len(schema)) if schema.column(i).path.split(".")[0] == column
    ][:1]
    return {"logical": logical}


def described(field, rows, specimen):
    """ADBC says of types that it does not read that they are opaque."""
    words = str(field.metadata or "") + str(field.type)
    return {"type": str(field.type)[:120], "opaque": "opaque" in words and any(v.is_valid for v in rows.values())}


def compare(specimen, rows, context):
    losses, fitting = [], True
    for number, text in enumerate(specimen["rows"]):
        if number not in rows:
            losses.append({"expected": shorten(text), "got": "no such row"})
            continue
        expected = parse(specimen["means"], text)
        found = meanings(specimen["means"], rows[number], {**context, "width": len(text or "")})
        same = [fits for meaning, fits in found if alike(meaning, expected)]
        if same:
            fitting = fitting and max(same)
        else:
            losses.append({"expected": shorten(text), "got": show(rows[number])})
    return {"kept": "lost" if losses else "exact" if fitting else "widened", "losses": losses}


def alike(meaning, expected):
    # True is no 1.
    return type(meaning) is type(expected) and meaning == expected


def shorten(text):
    return "NULL" if text is None else text if len(text) <= 90 else f"{text[:90]}…"


def show(scalar):
    kind = scalar.type
    if not scalar.is_valid:
        return "NULL"
    value = getattr(scalar, "value", None)
    try:
        text = repr(scalar.as_py())
    except UnicodeDecodeError:
        text = f"{scalar.as_buffer().to_pybytes()!r}, no UTF-8, in a column of strings"
    except Exception:
        text = f"{value} as {kind}"
    if isinstance(value, int) and value in EXTREMES and (pa.types.is_temporal(kind)):
        text += f" (the number {value}, DuckDB’s infinity)"
    return shorten(text)


json.dump([judge(**task) for task in json.load(sys.stdin)], sys.stdout)
