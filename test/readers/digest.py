"""The logical digest of docs/digest.md (td1) once more, written from that page alone, with pyarrow and numpy.

    python digest.py FILE.parquet...        the digest of the rows of all the files together, as one JSON object
    python digest.py --vectors PATH.json    checks a file of vectors; exits with 1 if anything differs
"""

import hashlib
import json
import os
import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

VERSION = "tidemark-digest/1"
M64 = (1 << 64) - 1
P1, P2, P3, P4, P5 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
U = np.uint64
CHUNK = 16384  # rows at a time: what is in between stays in the processor's cache


# ---- 1. Hash of words: plain ----

def rotl(w, n):
    """Rotate a word left."""
    return ((w << n) | (w >> (64 - n))) & M64


def xxh64(words, seed):
    """XXH64 of a sequence of words (plain integers)."""
    n = len(words)
    at = 0
    if n < 4:
        s = (seed + P5) & M64
    else:
        v = [(seed + P1 + P2) & M64, (seed + P2) & M64, seed, (seed - P1) & M64]
        while at + 4 <= n:
            for i in range(4):
                v[i] = rotl((v[i] + words[at + i] * P2) & M64, 31) * P1 & M64
            at += 4
        s = (rotl(v[0], 1) + rotl(v[1], 7) + rotl(v[2], 12) + rotl(v[3], 18)) & M64
        for w in v:
            s = ((s ^ mix(w)) * P1 + P4) & M64
    s = (s + 8 * n) & M64
    for w in words[at:]:
        s = (rotl(s ^ mix(w), 27) * P1 + P4) & M64
    s = (s ^ s >> 33) * P2 & M64
    s = (s ^ s >> 29) * P3 & M64
    return s ^ s >> 32


def mix(w):
    """The step of a word before it meets the state."""
    return rotl(w * P2 & M64, 31) * P1 & M64


# ---- 1. Hash of words: many values with the same number of words at once ----

def _rotl(w, n):
    return (w << U(n)) | (w >> U(64 - n))


def _xxh64(columns, seeds_):
    """H of many values: `columns` are the first words of all, the second words of all, ...; gives arrays (a, b)."""
    n = len(columns)
    groups = n // 4 * 4
    times2 = [w * U(P2) for w in columns]
    tail = [_rotl(w, 31) * U(P1) for w in times2[groups:]]
    out = []
    for seed in seeds_:
        if n < 4:
            s = U((seed + P5 + 8 * n) & M64)
        else:
            v = [U((seed + P1 + P2) & M64), U((seed + P2) & M64), U(seed), U((seed - P1) & M64)]
            for at in range(0, groups, 4):
                for i in range(4):
                    v[i] = _rotl(v[i] + times2[at + i], 31) * U(P1)
            s = _rotl(v[0], 1) + _rotl(v[1], 7) + _rotl(v[2], 12) + _rotl(v[3], 18)
            for w in v:
                s = (s ^ (_rotl(w * U(P2), 31) * U(P1))) * U(P1) + U(P4)
            s = s + U(8 * n)
        for w in tail:
            s = _rotl(s ^ w, 27) * U(P1) + U(P4)
        s = (s ^ (s >> U(33))) * U(P2)
        s = (s ^ (s >> U(29))) * U(P3)
        out.append(s ^ (s >> U(32)))
    return out[0], out[1]


def hash_fixed(columns, seeds_):
    """H of values that all have the same number of words (at least one)."""
    count = len(columns[0])
    if count <= CHUNK:
        return _xxh64(columns, seeds_)
    a, b = np.empty(count, U), np.empty(count, U)
    for at in range(0, count, CHUNK):
        a[at:at + CHUNK], b[at:at + CHUNK] = _xxh64([c[at:at + CHUNK] for c in columns], seeds_)
    return a, b


def hash_grouped(counts, words_of, seeds_):
    """H of values with `counts[i]` words each; `words_of(rows, n)` gives the n arrays of words of those rows."""
    a, b = np.zeros(len(counts), U), np.zeros(len(counts), U)
    if len(counts) == 0:
        return a, b
    small = counts.astype(np.uint16) if counts.max() < 1 << 16 else counts  # numpy sorts those much faster
    order = np.argsort(small, kind="stable")
    ordered = counts[order]
    bounds = np.flatnonzero(np.diff(ordered)) + 1
    for rows in np.split(order, bounds):
        n = int(counts[rows[0]])
        step = max(1, min(CHUNK, 4_000_000 // n))
        for at in range(0, len(rows), step):
            part = rows[at:at + step]
            a[part], b[part] = _xxh64(words_of(part, n), seeds_)
    return a, b


# ---- 2. Seeds ----

def seeds(place, kind, occurrence, name):
    """The pair of seeds of a place; `kind` is the kind's word."""
    text = "\0".join([VERSION, place, kind, str(occurrence), name])
    digest_ = hashlib.sha256(text.encode("utf-8")).digest()
    return int.from_bytes(digest_[0:8], "little"), int.from_bytes(digest_[8:16], "little")


def occurrences(names):
    """For each name, how many before it are the same."""
    seen, out = {}, []
    for name in names:
        out.append(seen.get(name, 0))
        seen[name] = out[-1] + 1
    return out


# ---- 6. Kinds and the fingerprint ----

def annotation(field):
    """The name of the field's extension type ('' if it has none), known to pyarrow or only in the metadata."""
    if isinstance(field.type, pa.BaseExtensionType):
        return field.type.extension_name
    return (field.metadata or {}).get(b"ARROW:extension:name", b"").decode("utf-8")


def storage_of(type_):
    """The type without extensions, dictionaries and run ends around it."""
    while True:
        if isinstance(type_, pa.BaseExtensionType):
            type_ = type_.storage_type
        elif pa.types.is_dictionary(type_) or pa.types.is_run_end_encoded(type_):
            type_ = type_.value_type
        else:
            return type_


def is_list(t):
    return pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_fixed_size_list(t)


def is_text(t):
    return pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_string_view(t)


def is_binary(t):
    return pa.types.is_binary(t) or pa.types.is_large_binary(t) or pa.types.is_binary_view(t) or pa.types.is_fixed_size_binary(t)


def word_of(field):
    """The kind's word: `list`, `struct` and `map` without what is in them."""
    t, extension = storage_of(field.type), annotation(field)
    if pa.types.is_boolean(t):
        return "bool"
    if pa.types.is_integer(t) or pa.types.is_decimal(t):
        return "number"
    if pa.types.is_floating(t):
        return "float"
    if pa.types.is_date32(t):
        return "date"
    if pa.types.is_time(t):
        return "time"
    if pa.types.is_timestamp(t):
        return "timestamp" if t.tz is None else "instant"
    if is_text(t):
        return "json" if extension == "arrow.json" else "text"
    if is_binary(t):
        return "uuid" if extension == "arrow.uuid" and pa.types.is_fixed_size_binary(t) and t.byte_width == 16 else "binary"
    if pa.types.is_interval(t):
        return "interval"
    if pa.types.is_map(t):
        return "map"
    if is_list(t):
        return "list"
    if pa.types.is_struct(t):
        return "struct"
    raise ValueError(f"{field.name}: the page has no kind for {field.type}")


def json_text(value):
    """JSON without spaces, strings as JSON.stringify writes them."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def fields_of(type_):
    return [type_.field(i) for i in range(type_.num_fields)]


def kind_of(field):
    """The kind as it stands in the fingerprint."""
    word, t = word_of(field), storage_of(field.type)
    if word == "list":
        return f"list<{kind_of(t.value_field)}>"
    if word == "map":
        return f"map<{kind_of(t.key_field)}, {kind_of(t.item_field)}>"
    if word == "struct":
        return "struct<" + ", ".join(f"{json_text(f.name)}: {kind_of(f)}" for f in fields_of(t)) + ">"
    return word


def fingerprint(schema):
    """The SHA-256 of names and kinds of the columns."""
    return hashlib.sha256(json_text([[f.name, kind_of(f)] for f in schema]).encode("utf-8")).hexdigest()


# ---- 3. Values ----

def number_words(m, e):
    """The number form of m × 10^-e, with plain integers."""
    if e < 0:
        m, e = m * 10 ** -e, 0
    if m == 0:
        e = 0
    while e > 0 and m % 10 == 0:
        m, e = m // 10, e - 1
    if e == 0 and -(1 << 63) <= m < 1 << 63:
        return [m & M64]
    n = 1
    while not -(1 << (64 * n - 1)) <= m < 1 << (64 * n - 1):
        n += 1
    return [(m >> (64 * i)) & M64 for i in range(n)] + [e]


def hash_numbers(m, scale, seeds_):
    """H of the number forms of m × 10^-scale, `m` an int64 array, scale >= 0."""
    if scale == 0:
        return hash_fixed([m.view(U)], seeds_)
    if len(m) > CHUNK:
        parts = [hash_numbers(m[at:at + CHUNK], scale, seeds_) for at in range(0, len(m), CHUNK)]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    m = m.copy()
    e = np.full(len(m), scale, np.int64)
    if scale <= 18:
        quotient = m // 10 ** scale
        whole = quotient * 10 ** scale == m
        m[whole], e[whole] = quotient[whole], 0
    else:
        e[m == 0] = 0
    rest = np.flatnonzero(e)
    while len(rest):
        values = m[rest]
        quotient = values // 10
        even = quotient * 10 == values
        rest = rest[even]
        m[rest] = quotient[even]
        e[rest] -= 1
        rest = rest[e[rest] > 0]
    words, exponents = m.view(U), e.view(U)
    return hash_grouped((e > 0) + 1, lambda rows, n: [words[rows], exponents[rows]][:n], seeds_)


def fixed(array, dtype):
    """The values of an array of fixed width, without a copy where it has them."""
    dtype = np.dtype(dtype)
    if len(array) == 0:
        return np.empty(0, dtype)
    return np.frombuffer(array.buffers()[1], dtype, count=len(array), offset=array.offset * dtype.itemsize)


def hash_decimals(array, seeds_):
    """H of decimals without NULLs."""
    t = array.type
    if t.bit_width < 128:
        array = array.cast(pa.decimal128(t.precision, t.scale))
        t = array.type
    width = t.bit_width // 64
    parts = fixed(array, np.dtype((U, width))) if len(array) else np.empty((0, width), U)
    low = np.ascontiguousarray(parts[:, 0]).view(np.int64)
    if t.scale < 0:
        short = np.zeros(len(low), bool)
    else:
        sign = (low >> 63).view(U)
        short = (parts[:, 1:] == sign[:, None]).all(axis=1)
        if short.all():
            return hash_numbers(low, t.scale, seeds_)
    a, b = np.zeros(len(low), U), np.zeros(len(low), U)
    if short.any():
        a[short], b[short] = hash_numbers(low[short], t.scale, seeds_)
    for i in np.flatnonzero(~short):
        words = number_words(int.from_bytes(parts[i].tobytes(), "little", signed=True), t.scale)
        a[i], b[i] = xxh64(words, seeds_[0]), xxh64(words, seeds_[1])
    return a, b


def hash_bytes(array, seeds_):
    """H of the byte forms of texts and binaries without NULLs."""
    t = array.type
    if len(array) == 0:
        return np.zeros(0, U), np.zeros(0, U)
    if pa.types.is_fixed_size_binary(t):
        data, offsets = array.buffers()[1], (np.arange(len(array) + 1) + array.offset) * t.byte_width
    else:
        dtype = np.int64 if pa.types.is_large_string(t) or pa.types.is_large_binary(t) else np.int32
        data = array.buffers()[2]
        offsets = np.frombuffer(array.buffers()[1], dtype, count=len(array) + 1, offset=array.offset * np.dtype(dtype).itemsize).astype(np.int64)
    first, last = int(offsets[0]), int(offsets[-1])
    padded = np.zeros(last - first + 8, np.uint8)
    if last > first:
        padded[:last - first] = np.frombuffer(data, np.uint8, count=last - first, offset=first)
    at_byte = np.ndarray((last - first + 1,), np.dtype("<u8"), padded, strides=(1,))  # the word that starts at each byte
    starts = offsets[:-1] - first
    lengths = np.diff(offsets)

    def words_of(rows, n):
        start = starts[rows]
        words = [at_byte[start + 8 * i] for i in range(n)]
        shift = ((lengths[rows] & 7) << 3).view(U)
        one = U(1) << shift
        words[-1] = (words[-1] & (one - U(1))) | one
        return words

    return hash_grouped((lengths >> 3) + 1, words_of, seeds_)


def hash_lists(array, t, seeds_):
    """H of lists without NULLs among them (there may be some in them)."""
    if pa.types.is_fixed_size_list(t):
        values = array.values.slice(array.offset * t.list_size, len(array) * t.list_size)
        offsets = np.arange(len(array) + 1) * t.list_size
    else:
        offsets = array.offsets.to_numpy(zero_copy_only=False).astype(np.int64)
        values = array.values.slice(int(offsets[0]), int(offsets[-1] - offsets[0]))
        offsets = offsets - offsets[0]
    ea, eb = column_hashes(values, t.value_field, "element", 0, "")
    starts, lengths = offsets[:-1], np.diff(offsets)

    def words_of(rows, n):
        start, words = starts[rows], []
        for i in range(n // 2):
            words += [ea[start + i], eb[start + i]]
        return words + [lengths[rows].view(U)]

    return hash_grouped(2 * lengths + 1, words_of, seeds_)


def hash_maps(array, t, seeds_):
    """H of maps without NULLs among them: the sum of the entries, and how many there are."""
    offsets = array.offsets.to_numpy(zero_copy_only=False).astype(np.int64)
    entries = array.values.slice(int(offsets[0]), int(offsets[-1] - offsets[0]))
    offsets = offsets - offsets[0]
    a, b = column_hashes(entries.field(0), t.key_field, "field", 0, "key")
    va, vb = column_hashes(entries.field(1), t.item_field, "field", 0, "value")
    a, b = hash_fixed([a + va, b + vb], seeds("entry", "struct", 0, ""))
    words = []
    for h in (a, b):
        running = np.zeros(len(h) + 1, U)  # sums wrap around, so the difference of two running sums is right
        np.cumsum(h, out=running[1:])
        words.append(running[offsets[1:]] - running[offsets[:-1]])
    return hash_fixed(words + [np.diff(offsets).view(U)], seeds_)


def plain(array):
    """The array without extensions, dictionaries, run ends and views around it."""
    while True:
        if isinstance(array, pa.ExtensionArray):
            array = array.storage
        elif isinstance(array, pa.DictionaryArray):
            array = array.dictionary_decode()
        elif isinstance(array, pa.RunEndEncodedArray):
            array = pc.run_end_decode(array)
        elif pa.types.is_string_view(array.type) or pa.types.is_binary_view(array.type):
            array = array.cast(pa.large_string() if pa.types.is_string_view(array.type) else pa.large_binary())
        else:
            return array


UNITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}


def dense_hashes(array, word, seeds_):
    """The hashes of values none of which is NULL."""
    t = array.type
    if word == "bool":
        return hash_fixed([array.to_numpy(zero_copy_only=False).astype(U)], seeds_)
    if word == "number" and pa.types.is_decimal(t):
        return hash_decimals(array, seeds_)
    if word == "number":
        values = fixed(array, t.to_pandas_dtype())
        if not pa.types.is_uint64(t):
            return hash_fixed([values.astype(np.int64, copy=False).view(U)], seeds_)
        zero = np.zeros(len(values), U)
        counts = np.where(values >> U(63) == 0, 1, 3)
        return hash_grouped(counts, lambda rows, n: [values[rows], zero[rows], zero[rows]][:n], seeds_)
    if word == "float":
        values = fixed(array, t.to_pandas_dtype()).astype(np.float64)
        words = values.view(U)
        words[values == 0] = 0
        words[np.isnan(values)] = 0x7FF8000000000000
        return hash_fixed([words], seeds_)
    if word == "date":
        return hash_numbers(fixed(array, np.int32).astype(np.int64), 0, seeds_)
    if word in ("time", "timestamp", "instant"):
        values = fixed(array, np.int32 if pa.types.is_time32(t) else np.int64).astype(np.int64, copy=False)
        return hash_numbers(values, UNITS[t.unit], seeds_)
    if word in ("text", "json", "binary"):
        return hash_bytes(array, seeds_)
    if word == "uuid":
        values = fixed(array, np.dtype([("low", "<u8"), ("high", "<u8")]))
        return hash_fixed([np.ascontiguousarray(values["low"]), np.ascontiguousarray(values["high"])], seeds_)
    if word == "interval":
        values = fixed(array, np.dtype([("months", "<i4"), ("days", "<i4"), ("nanoseconds", "<i8")]))
        return hash_fixed([values[n].astype(np.int64).view(U) for n in values.dtype.names], seeds_)
    if word == "list":
        return hash_lists(array, t, seeds_)
    if word == "map":
        return hash_maps(array, t, seeds_)
    fields = fields_of(t)
    a, b = np.zeros(len(array), U), np.zeros(len(array), U)
    for i, (field, occurrence) in enumerate(zip(fields, occurrences([f.name for f in fields]))):
        fa, fb = column_hashes(array.field(i), field, "field", occurrence, field.name)
        a, b = a + fa, b + fb
    return hash_fixed([a, b], seeds_)


def column_hashes(array, field, place, occurrence, name):
    """The hashes of an array's values as two uint64 arrays (a, b), 0 and 0 for NULL."""
    if isinstance(array, pa.ChunkedArray):
        parts = [column_hashes(chunk, field, place, occurrence, name) for chunk in array.chunks]
        return tuple(np.concatenate([np.zeros(0, U)] + [p[i] for p in parts]) for i in (0, 1))
    word = word_of(field)
    seeds_ = seeds(place, word, occurrence, name)
    array = plain(array)
    if len(array) == 0:
        return np.zeros(0, U), np.zeros(0, U)
    if array.null_count == 0:
        return dense_hashes(array, word, seeds_)
    valid = array.is_valid()
    a, b = np.zeros(len(array), U), np.zeros(len(array), U)
    where = valid.to_numpy(zero_copy_only=False)
    if where.any():
        a[where], b[where] = dense_hashes(array.filter(valid), word, seeds_)
    return a, b


# ---- 4, 5, 7. Rows, sums, the digest ----

def hex_of(pair):
    """A hash or a sum in 32 digits."""
    return f"{int(pair[0]) & M64:016x}{int(pair[1]) & M64:016x}"


def add(p, q):
    """The sum of two hashes."""
    return (int(p[0]) + int(q[0])) & M64, (int(p[1]) + int(q[1])) & M64


def sums_of(table):
    """Of a table or record batch: the number of rows, the sum of the rows, the sum of each column."""
    total, columns = (0, 0), [(0, 0)] * len(table.schema)
    if table.num_columns == 0:
        batches = [table] if table.num_rows else []
    elif isinstance(table, pa.RecordBatch):
        batches = [table]
    else:
        batches = table.to_batches(max_chunksize=4 * CHUNK)
    numbers = occurrences(table.schema.names)
    for batch in batches:
        a, b = np.zeros(batch.num_rows, U), np.zeros(batch.num_rows, U)
        for i, field in enumerate(batch.schema):
            ca, cb = column_hashes(batch.column(i), field, "column", numbers[i], field.name)
            columns[i] = add(columns[i], (ca.sum(dtype=U), cb.sum(dtype=U)))
            a, b = a + ca, b + cb
        ra, rb = hash_fixed([a, b], seeds("row", "struct", 0, ""))
        total = add(total, (ra.sum(dtype=U), rb.sum(dtype=U)))
    return table.num_rows, total, columns


def digest(fingerprint_, rows, sum_):
    """The digest of a set of rows; `sum_` as a pair or in hexadecimal."""
    text = sum_ if isinstance(sum_, str) else hex_of(sum_)
    return "td1:" + hashlib.sha256(f"{VERSION}\n{fingerprint_}\n{rows}\n{text}\n".encode("ascii")).hexdigest()[:32]


def digest_of_files(paths):
    """Everything of the rows of some Parquet files together."""
    first, rows, total, columns = None, 0, (0, 0), []
    for path in paths:
        file = pq.ParquetFile(path, arrow_extensions_enabled=True)
        schema = file.schema_arrow
        if first is None:
            first, columns = schema, [(0, 0)] * len(schema)
        elif fingerprint(schema) != fingerprint(first):
            raise ValueError(f"{path}: other columns than {paths[0]}")
        for batch in file.iter_batches(batch_size=4 * CHUNK):
            if batch.schema.names != schema.names:
                raise ValueError(f"{path}: batches with other columns than the file")
            r, s, c = sums_of(batch)
            rows, total, columns = rows + r, add(total, s), [add(p, q) for p, q in zip(columns, c)]
    mark = fingerprint(first)
    return {
        "fingerprint": mark,
        "rows": rows,
        "sum": hex_of(total),
        "columns": [{"name": f.name, "kind": kind_of(f), "sum": hex_of(c)} for f, c in zip(first, columns)],
        "digest": digest(mark, rows, total),
    }


# ---- vectors ----

def check_vectors(path):
    """Compares everything in a file of vectors with what comes out here."""
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    checked, differences = 0, []

    def same(what, here, there):
        nonlocal checked
        checked += 1
        if here != there:
            differences.append(f"{what}: {here!r} here, {there!r} in the vectors")

    for v in vectors.get("seeds", []):
        a, b = seeds(v["place"], v["kind"], v["occurrence"], v["name"])
        same(f"seeds {v['place']} {v['kind']} {v['occurrence']} {v['name']!r}", [f"{a:016x}", f"{b:016x}"], [v["a"], v["b"]])
    for v in vectors.get("hashes", []):
        words, pair = [int(w, 16) for w in v["words"]], (int(v["a"], 16), int(v["b"], 16))
        same(f"hash of {v['words']}", [f"{xxh64(words, s):016x}" for s in pair], v["hash"])
        if words:
            many = hash_fixed([np.array([w, w], U) for w in words], pair)
            same(f"hash of {v['words']} with numpy", [f"{int(h[1]):016x}" for h in many], v["hash"])
    for v in vectors.get("values", []):
        with pa.ipc.open_stream(os.path.join(os.path.dirname(os.path.abspath(path)), v["arrow"])) as reader:
            table = reader.read_all()
        where = v["arrow"]
        same(f"{where}: columns", table.schema.names, [c["name"] for c in v["columns"]])
        numbers = occurrences(table.schema.names)
        for i, (field, column) in enumerate(zip(table.schema, v["columns"])):
            what = f"{where}: {field.name} ({field.type})"
            same(f"{what}: kind", kind_of(field), column["kind"])
            a, b = column_hashes(table.column(i), field, "column", numbers[i], field.name)
            valid = [v for chunk in table.column(i).chunks for v in plain(chunk).is_valid().to_pylist()]
            same(f"{what}: rows", len(a), len(column["sums"]))
            for row, there in enumerate(column["sums"][:len(a)]):
                here = hex_of((a[row], b[row])) if valid[row] else None
                same(f"{what}: row {row} = {shown(table.column(i)[row])}", here, there)
        rows, total, _ = sums_of(table)
        mark = fingerprint(table.schema)
        same(f"{where}: fingerprint", mark, v["fingerprint"])
        same(f"{where}: rows", rows, int(v["rows"]))
        same(f"{where}: sum", hex_of(total), v["sum"])
        same(f"{where}: digest", digest(mark, rows, total), v["digest"])
    return {"checked": checked, "differences": differences}


def shown(scalar):
    """A value as text, for a message."""
    try:
        return str(scalar)
    except (ValueError, OverflowError, pa.ArrowException):  # a date beyond what Python has, bytes that are no UTF-8
        return "a value Python cannot show"


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--vectors":
        result = check_vectors(arguments[1])
        print(json.dumps(result, ensure_ascii=False))
        return 1 if result["differences"] else 0
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    print(json.dumps(digest_of_files(arguments), ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
