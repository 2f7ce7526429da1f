"""Writes Parquet files as other engines do, and beside them the same rows in Tidemark's own types.

    python foreign_files.py FOLDER

FOLDER/<writer>/*.parquet are the files; FOLDER/expected/<writer>.parquet are their rows, read and cast by pyarrow.
"""

import datetime as dt
import decimal
import os
import random
import sys

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as t

D = decimal.Decimal
chance = random.Random(20240229)
ROWS = 1_000


def own(type_):
    """The type that a column of this one becomes."""
    if t.is_int8(type_) or t.is_uint8(type_):
        return pa.int16()
    if t.is_uint16(type_):
        return pa.int32()
    if t.is_uint32(type_) or t.is_duration(type_):
        return pa.int64()
    if t.is_uint64(type_):
        return pa.decimal128(20, 0)
    if t.is_float16(type_):
        return pa.float32()
    if t.is_null(type_):
        return pa.int32()
    if t.is_timestamp(type_):
        return pa.timestamp("ns" if type_.unit == "ns" else "us", "UTC" if type_.tz else None)
    if t.is_time(type_):
        return pa.time64("ns" if type_.unit == "ns" else "us")
    if t.is_date(type_):
        return pa.date32()
    if t.is_decimal(type_):
        return (pa.decimal128 if type_.precision <= 38 else pa.decimal256)(type_.precision, type_.scale)
    if t.is_large_string(type_) or t.is_string_view(type_):
        return pa.string()
    if t.is_large_binary(type_) or t.is_fixed_size_binary(type_):
        return pa.binary()
    if t.is_dictionary(type_):
        return own(type_.value_type)
    if t.is_map(type_):
        return pa.map_(own(type_.key_type), own(type_.item_type))
    if t.is_list(type_) or t.is_large_list(type_) or t.is_fixed_size_list(type_):
        return pa.list_(own(type_.value_type))
    if t.is_struct(type_):
        return pa.struct([pa.field(field.name, own(field.type)) for field in type_])
    return type_


def in_own_types(table):
    columns = []
    for column in table.columns:
        column = column.combine_chunks()
        wanted = own(column.type)
        # Through Python where there is no cast: nothing is nested deeply, and no value is finer than Python's.
        try:
            columns.append(column.cast(wanted))
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
            columns.append(pa.array(column.to_pylist(), wanted))
    return pa.table(columns, names=table.column_names)


def some(values, type_):
    """Values in a random order, with NULLs among them."""
    picked = [None if chance.random() < 0.2 else chance.choice(values) for _ in range(ROWS)]
    return pa.array(picked, type_)


def decimals(precision, scale, type_):
    """All with as many digits, which pyarrow wants of those in one column."""
    largest = "9" * precision
    texts = [f"{sign}{digit}{largest[1:]}" for sign in ("", "-") for digit in "137"]
    return some([D(f"{text[:len(text) - scale]}.{text[len(text) - scale:]}" if scale else text) for text in texts], type_)


def everything():
    words = ["", "a", "ü€𝄞", "x" * 300, "NULL"]
    return {
        "id": pa.array(range(ROWS), pa.int64()),
        "flag": some([True, False], pa.bool_()),
        "i8": some([-128, 0, 127], pa.int8()),
        "i16": some([-(2**15), 2**15 - 1], pa.int16()),
        "i32": some([-(2**31), 2**31 - 1], pa.int32()),
        "i64": some([-(2**63), 2**63 - 1], pa.int64()),
        "u8": some([0, 255], pa.uint8()),
        "u16": some([0, 65535], pa.uint16()),
        "u32": some([0, 2**32 - 1], pa.uint32()),
        "u64": some([0, 2**63, 2**64 - 1], pa.uint64()),
        "f32": some([1.5, float("nan"), float("inf"), -0.0, 3.4e38], pa.float32()),
        "f64": some([0.1, float("nan"), float("-inf"), -0.0, 5e-324], pa.float64()),
        "text": some(words, pa.string()),
        "words": some(words, pa.string()).dictionary_encode(),
        "bytes": some([b"", b"\x00\xff", b"x" * 99], pa.binary()),
        "day": some([dt.date(1, 1, 1), dt.date(2024, 2, 29), dt.date(9999, 12, 31)], pa.date32()),
        "money": decimals(9, 2, pa.decimal128(9, 2)),
        "long": decimals(18, 4, pa.decimal128(18, 4)),
        "wide": decimals(38, 10, pa.decimal128(38, 10)),
        "ms": some([-62135596800000, 0, 253402300799999], pa.timestamp("ms", "Europe/Helsinki")),
        "us": some([-62135596800000000, 1, 253402300799999999], pa.timestamp("us", "UTC")),
        "wall": some([-62135596800000000, 1, 253402300799999999], pa.timestamp("us")),
        "ns": some([-(2**63) + 1, 0, 2**63 - 1], pa.timestamp("ns")),
        "time": some([0, 86399999999], pa.time64("us")),
        "list": some([[], [1, None], [2**31 - 1]], pa.list_(pa.int32())),
        "struct": some([{"a": 1, "b": "x"}, {"a": None, "b": None}], pa.struct([("a", pa.uint16()), ("b", pa.string())])),
    }


def more():
    """Types that pyarrow alone writes."""
    return {
        "f16": some([1.5, 65504.0, -0.0], pa.float16()),
        "large": some(["", "ü", "x" * 50], pa.large_string()),
        "view": some(["", "ü", "x" * 50], pa.string_view()),
        "fixed": some([b"abc", b"\0\0\0"], pa.binary(3)),
        "seconds": some([-62135596800, 0, 253402300799], pa.timestamp("s")),
        "t32": some([0, 86399], pa.time32("s")),
        "tns": some([0, 86399999999999], pa.time64("ns")),
        "d32": decimals(9, 2, pa.decimal32(9, 2)),
        "d64": decimals(18, 0, pa.decimal64(18, 0)),
        "d256": decimals(60, 2, pa.decimal256(60, 2)),
        "noon": some([dt.date(1, 1, 1), dt.date(9999, 12, 31)], pa.date64()),
        "gone": some([-5, 2**62], pa.duration("ms")),
        "nothing": pa.nulls(ROWS),
        "llist": some([[], [1, None, 255]], pa.large_list(pa.uint8())),
        "pair": some([[1, 2], [3, None]], pa.list_(pa.int32(), 2)),
        "map": some([[], [("k", 1), ("l", None)]], pa.map_(pa.string(), pa.int64())),
        "nested": some([[{"a": [1]}], [], [None, {"a": None}]], pa.list_(pa.struct([("a", pa.list_(pa.int8()))]))),
    }


def write(folder, writer, table, pieces, put):
    """In so many files, and their rows as Tidemark is to have them."""
    os.makedirs(f"{folder}/{writer}")
    os.makedirs(f"{folder}/expected", exist_ok=True)
    pq.write_table(in_own_types(table), f"{folder}/expected/{writer}.parquet")
    size = -(-table.num_rows // pieces)
    for piece in range(pieces):
        put(table.slice(piece * size, size), f"{folder}/{writer}/part-{piece}.parquet")


def main(folder):
    plain = pa.table(everything())
    full = pa.table({**everything(), **more()})
    for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
        write(folder, f"pyarrow-{codec}", full, 1, lambda rows, path: pq.write_table(rows, path, compression=codec, row_group_size=300))
    layouts = {
        "pages-2": {"data_page_version": "2.0", "compression": "zstd"},
        "no-dictionary": {"use_dictionary": False, "row_group_size": 77},
        "no-arrow-schema": {"store_schema": False},
        "encodings": {"use_dictionary": False, "column_encoding": {"f64": "BYTE_STREAM_SPLIT", "text": "DELTA_BYTE_ARRAY", "bytes": "DELTA_LENGTH_BYTE_ARRAY", "i64": "DELTA_BINARY_PACKED"}},
    }
    for name, options in layouts.items():
        write(folder, f"pyarrow-{name}", full, 3, lambda rows, path: pq.write_table(rows, path, **options))
    old = plain.select(["id", "wall", "text"])
    write(folder, "pyarrow-int96", old, 2, lambda rows, path: pq.write_table(rows, path, use_deprecated_int96_timestamps=True, store_schema=False))
    write(folder, "pyarrow-int96-said", old, 2, lambda rows, path: pq.write_table(rows, path, use_deprecated_int96_timestamps=True))
    write(folder, "polars", plain, 2, lambda rows, path: pl.from_arrow(rows).write_parquet(path))
    write(folder, "polars-statistics", plain, 1, lambda rows, path: pl.from_arrow(rows).write_parquet(path, compression="gzip", row_group_size=100, statistics="full"))


main(sys.argv[1])
