"""Reads Parquet files with pyarrow or Polars: one request per line on stdin, one answer per line on stdout, both JSON.

Values go out in a form that loses nothing: integers of the type's own unit as text, floats as the hex of their bits.
"""

import json
import struct
import sys

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as t


def double_hex(value):
    return struct.pack(">d", value).hex()


def arrow_value(value, type_):
    """A tagged value of a pyarrow scalar."""
    if isinstance(type_, pa.BaseExtensionType):
        if not value.is_valid:
            return None
        if type_.extension_name == "arrow.uuid":
            return ["uuid", value.value.as_py().hex()]
        return arrow_value(value.value, type_.storage_type)
    if not value.is_valid:
        return None
    if t.is_dictionary(type_):
        return arrow_value(pa.scalar(value.as_py(), type_.value_type), type_.value_type)
    if t.is_boolean(type_):
        return ["bool", "true" if value.as_py() else "false"]
    if t.is_integer(type_):
        return ["int", str(value.as_py())]
    if t.is_floating(type_):
        return [f"float{type_.bit_width}", double_hex(float(value.as_py()))]
    if t.is_decimal(type_):
        return ["decimal", format(value.as_py(), "f")]
    if t.is_date(type_):
        return ["date", str(value.value if t.is_date32(type_) else value.value // 86400000)]
    if t.is_time(type_):
        return [f"time_{type_.unit}", str(value.value)]
    if t.is_timestamp(type_):
        return [f"timestamp_{type_.unit}" + ("_utc" if type_.tz else ""), str(value.value)]
    if t.is_duration(type_):
        return ["int", str(value.value)]
    if t.is_string(type_) or t.is_large_string(type_) or t.is_string_view(type_):
        return ["text", value.as_buffer().to_pybytes().decode("utf-8")]
    if t.is_map(type_):
        return ["map", [[arrow_value(k, type_.key_type), arrow_value(v, type_.item_type)] for k, v in map_items(value, type_)]]
    if t.is_list(type_) or t.is_large_list(type_) or t.is_fixed_size_list(type_):
        return ["list", [arrow_value(item, type_.value_type) for item in value.values]]
    if t.is_struct(type_):
        return ["struct", [[f.name, arrow_value(value[i], f.type)] for i, f in enumerate(type_)]]
    return ["bytes", value.as_buffer().to_pybytes().hex()]


def map_items(value, type_):
    entries = value.values
    return zip(entries.field(0), entries.field(1))


def read_arrow(table):
    columns = []
    for field, column in zip(table.schema, table.columns):
        columns.append({"name": field.name, "type": str(field.type), "values": [arrow_value(v, field.type) for v in column]})
    return columns


def read(request):
    if request["reader"] == "polars":
        frame = pl.read_parquet(request["file"], use_pyarrow=False)
        columns = read_arrow(frame.to_arrow())
        for column, type_ in zip(columns, frame.dtypes):
            column["type"] = str(type_)
        return columns
    return read_arrow(pq.read_table(request["file"], partitioning=None))


for line in sys.stdin:
    try:
        answer = {"columns": read(json.loads(line))}
    except BaseException as error:  # a reader's panic is an answer too
        answer = {"error": f"{type(error).__name__}: {error}"}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
