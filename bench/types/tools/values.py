"""Values as pyarrow reads them, as what they mean. `meanings` gives every meaning that a value may have, and whether the column's type
is one of the kind (a date for a date) or another that holds it (a text, a double)."""

import base64
import json
import struct
from decimal import Decimal

import pyarrow as pa

from texts import DAY, decimal, parse, parse_or_none

MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": None}
types = pa.types


def microseconds(scalar, unit):
    if unit != "ns":
        return scalar.value * MICROSECONDS[unit]
    whole, rest = divmod(scalar.value, 1000)
    return whole if rest == 0 else scalar.value / 1000


def meanings(means, scalar, context):
    """@returns [(meaning, fitting)]"""
    kind = scalar.type
    if not scalar.is_valid:
        return [(None, True)]
    if isinstance(kind, pa.BaseExtensionType) or types.is_dictionary(kind):
        return meanings(means, scalar.value, context)
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        try:
            return of_text(means, scalar.as_py(), context)
        except UnicodeDecodeError:
            # A file whose strings are none: most readers fail at it.
            return []
    if isinstance(means, dict) or means in ("map", "interval"):
        return of_nested(means, scalar, context)
    if means == "json":
        return [(parse_or_none("json", json.dumps(scalar.as_py(), ensure_ascii=False, default=str)), False)]
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return of_bytes(means, scalar.as_py(), context)
    if means in ("date", "time", "timestamp", "instant"):
        return of_time(means, scalar, kind)
    return of_number(means, scalar, kind, context)


def of_text(means, text, context):
    fitting = means == "text" or (means == "json" and context["logical"] == "JSON")
    found = [(parse_or_none(means, text), fitting)]
    if means in ("bytes", "geometry"):
        found.append((text.encode(), False))
        try:
            found.append((base64.b64decode(text, validate=True), False))
        except ValueError:
            pass
    if means == "padded":
        return [(text.rstrip(" "), len(text) == context["width"])]
    if means == "bits" and len(text) == (context["width"] + 7) // 8:
        found.append((bits(int.from_bytes(text.encode("latin-1", "replace")), context), False))
    if isinstance(means, dict) or means == "map":
        found.append((of_json(means, text), False))
    return [pair for pair in found if pair[0] is not None]


def of_json(means, text):
    """A list or an object as JSON, where a tool writes such."""
    try:
        value = json.loads(text, parse_float=str, parse_int=str)
        return of_python(means, value)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def of_python(means, value):
    if value is None:
        return None
    if means == "map":
        return dict(value)
    if isinstance(means, str):
        return parse(means, value if isinstance(value, str) else json.dumps(value))
    ((kind, inner),) = means.items()
    if kind == "array":
        level = lambda items: tuple(level(i) if isinstance(i, list) else of_python(inner, i) for i in items)
        return None, level(value)
    if kind == "struct":
        fields = value.values() if isinstance(value, dict) else value
        return tuple(of_python(of, field) for of, field in zip(inner, fields, strict=True))
    return None


def of_bytes(means, data, context):
    if means == "bytes":
        return [(data, True)]
    if means == "geometry":
        # MySQL's own form: the number of the reference system, then WKB.
        return [(data, True), (data[4:], False)]
    if means == "uuid":
        return [(data.hex(), len(data) == 16)]
    if means == "bits":
        # MySQL's bytes begin with the bits that are not there, PostgreSQL's end with them.
        if data.isdigit():
            return [(data.decode(), False)]
        number, spare = int.from_bytes(data), len(data) * 8 - context["width"]
        return [(bits(number, context), False), (bits(number >> max(spare, 0), context), False)]
    try:
        return [(meaning, False) for meaning, _ in of_text(means, data.decode(), context)]
    except UnicodeDecodeError:
        return []


def bits(number, context):
    return format(number, f"0{context['width']}b")


def of_time(means, scalar, kind):
    if types.is_timestamp(kind):
        at = microseconds(scalar, kind.unit)
        if means == "date":
            return [(at // DAY, False)] if at % DAY == 0 else []
        return [(at, (kind.tz is not None) == (means == "instant"))] if means != "time" else []
    if types.is_date(kind):
        day = scalar.value if types.is_date32(kind) else scalar.value // 86_400_000
        return [(day, True)] if means == "date" else [(day * DAY, False)]
    if types.is_time(kind) or types.is_duration(kind):
        return [(microseconds(scalar, kind.unit), means == "time")]
    return []


def of_number(means, scalar, kind, context):
    value = scalar.as_py()
    if means == "bool":
        return [(bool(value), types.is_boolean(kind))] if value in (0, 1) else []
    if means in ("bits", "varbits"):
        return [(bits(int(value), context) if means == "bits" else format(int(value), "b"), types.is_boolean(kind))]
    if means in ("float32", "float64") and isinstance(value, (int, float, Decimal)):
        wanted = types.is_float32(kind) if means == "float32" else types.is_float64(kind)
        return [(parse(means, repr(value) if isinstance(value, float) else str(value)), wanted)]
    if means in ("int", "decimal"):
        fitting = types.is_integer(kind) if means == "int" else types.is_decimal(kind)
        # A truth value is no number, whichever number it stood for.
        number = decimal(str(int(value)) if isinstance(value, bool) else str(value))
        return [(number, fitting)]
    found = parse_or_none(means, str(value))
    return [] if found is None else [(found, False)]


def only(means, scalar, context):
    """The first meaning of a part. Raises IndexError where it has none."""
    return meanings(means, scalar, context)[0][0]


def of_nested(means, scalar, context):
    try:
        found = of_interval(scalar) if means == "interval" else of_parts(means, scalar, context)
    except (IndexError, KeyError, ValueError, TypeError, AttributeError):
        return []
    return [] if found is None else [(found, True)]


def of_interval(scalar):
    kind = scalar.type
    if types.is_struct(kind):
        return scalar["months"].as_py(), scalar["days"].as_py(), scalar["microseconds"].as_py()
    if types.is_interval(kind):
        months, day, nanoseconds = scalar.as_py()
        return months, day, nanoseconds // 1000
    if types.is_duration(kind):
        return 0, 0, microseconds(scalar, kind.unit)
    if types.is_fixed_size_binary(kind) and kind.byte_width == 12:
        # Parquet's INTERVAL, which pyarrow does not know.
        months, day, milliseconds = struct.unpack("<iiI", scalar.as_py())
        return months, day, milliseconds * 1000
    return None


def of_parts(means, scalar, context):
    kind = scalar.type
    if means == "map":
        pairs = scalar.as_py() if types.is_map(kind) else scalar.as_py().items()
        return dict(pairs)
    ((name, inner),) = means.items()
    if name == "array":
        level = lambda items: tuple(
            level(item.values) if hasattr(item, "values") and types.is_nested(item.type) else only(inner, item, context)
            for item in items
        )
        return None, level(scalar.values)
    if name == "multirange":
        return tuple(of_parts({"range": inner}, item, context) for item in scalar.values)
    if name == "range":
        if scalar["empty"].as_py():
            return "empty"
        ends = [only(inner, scalar[end], context) for end in ("lower", "upper")]
        return (*ends, scalar["lower_inc"].as_py(), scalar["upper_inc"].as_py())
    fields = scalar.values if hasattr(scalar.values, "__len__") and not types.is_struct(kind) else scalar.values()
    inners = inner if isinstance(inner, list) else [inner, inner]
    return tuple(only(of, field, context) for of, field in zip(inners, fields, strict=True))
