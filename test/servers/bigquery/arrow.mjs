// Arrow as the Storage Read API sends it. Columns of plain types are copied from DuckDB's vectors as they lie in memory; nested types, and those
// that DuckDB does not have, go value by value.
import { createRequire } from 'node:module';
import * as A from 'apache-arrow';
import { BatchWriter, codecs } from './batch-writer.mjs';
import { element, rangeEnds, scaled } from './types.mjs';

// Strings longer than 12 bytes lie behind a pointer, which only the bindings under the API read without decoding them.
const bindings = createRequire(createRequire(import.meta.url).resolve('@duckdb/node-api'))('@duckdb/node-bindings');

function arrowType(field) {
  if (field.mode === 'REPEATED') return new A.List(new A.Field('item', arrowType(element(field)), true));
  switch (field.type) {
    case 'INT64':
      return new A.Int64();
    case 'FLOAT64':
      return new A.Float64();
    case 'BOOL':
      return new A.Bool();
    case 'BYTES':
      return new A.Binary();
    case 'NUMERIC':
      return new A.Decimal(field.scale ?? 9, field.precision ?? 38, 128);
    case 'BIGNUMERIC':
      return new A.Decimal(field.scale ?? 38, field.precision ?? 76, 256);
    case 'DATE':
      return new A.DateDay();
    case 'TIME':
      return new A.TimeMicrosecond();
    case 'DATETIME':
      return new A.TimestampMicrosecond();
    case 'TIMESTAMP':
      return new A.TimestampMicrosecond('UTC');
    case 'INTERVAL':
      return new A.IntervalMonthDayNano();
    case 'RANGE':
      return new A.Struct(rangeEnds(field).map(arrowField));
    case 'RECORD':
      return new A.Struct(field.fields.map(arrowField));
    default:
      return new A.Utf8();
  }
}

const extensions = {
  JSON: { 'ARROW:extension:name': 'google:sqlType:json' },
  GEOGRAPHY: { 'ARROW:extension:name': 'google:sqlType:geography', 'ARROW:extension:metadata': '{"encoding":"WKT"}' },
  DATETIME: { 'ARROW:extension:name': 'google:sqlType:datetime' },
};

function arrowField(field) {
  const extension = extensions[field.type] ?? {};
  return new A.Field(field.name, arrowType(field), field.mode === 'NULLABLE', new Map(Object.entries(extension)));
}

const bitmap = (length) => new Uint8Array(((length + 63) >> 6) << 3);
const widths = { INT64: 8, FLOAT64: 8, NUMERIC: 16, DATE: 4, TIME: 8, DATETIME: 8, TIMESTAMP: 8 };
const views = { FLOAT64: Float64Array, NUMERIC: Uint32Array, DATE: Int32Array };

const memoryOf = (vector) => {
  const held = vector.items ?? vector.dataView;
  return new Uint8Array(held.buffer, held.byteOffset, held.byteLength);
};

/** The bits of values that are there; DuckDB's own have the same order as Arrow's. */
function nullsOf(vectors, length) {
  if (vectors.every((one) => one.validity.data === null)) return { nullCount: 0, nullBitmap: null };
  const bits = bitmap(length);
  let at = 0;
  let present = 0;
  for (const vector of vectors) {
    const held = vector.validity.data;
    const own = held === null ? null : new Uint8Array(held.buffer, held.byteOffset, held.byteLength);
    for (let i = 0; i < vector.itemCount; i++, at++)
      if (own === null || (own[i >> 3] >> (i & 7)) & 1) {
        bits[at >> 3] |= 1 << (at & 7);
        present += 1;
      }
  }
  return { nullCount: length - present, nullBitmap: bits };
}

const isNull = (bits, at) => bits !== null && ((bits[at >> 3] >> (at & 7)) & 1) === 0;

function variableOf(vectors, length, bits) {
  const valueOffsets = new Int32Array(length + 1);
  let at = 0;
  for (const { dataView, itemCount } of vectors)
    for (let i = 0; i < itemCount; i++, at++)
      valueOffsets[at + 1] = valueOffsets[at] + (isNull(bits, at) ? 0 : dataView.getUint32(i * 16, true));
  const data = new Uint8Array(valueOffsets[length]);
  at = 0;
  for (const { dataView, itemCount } of vectors) {
    const memory = new Uint8Array(dataView.buffer, dataView.byteOffset, dataView.byteLength);
    for (let i = 0; i < itemCount; i++, at++) {
      const to = valueOffsets[at];
      const size = valueOffsets[at + 1] - to;
      if (size > 12)
        data.set(bindings.get_data_from_pointer(dataView.buffer, dataView.byteOffset + i * 16 + 8, size), to);
      else for (let j = 0, from = i * 16 + 4; j < size; j++) data[to + j] = memory[from + j];
    }
  }
  return { valueOffsets, data };
}

function columnOf(field, vectors, length) {
  const type = arrowType(field);
  const plain = widths[field.type] ?? ['BOOL', 'STRING', 'BYTES', 'JSON', 'GEOGRAPHY'].includes(field.type);
  if (field.mode === 'REPEATED' || !plain)
    return dataOf(
      field,
      vectors.flatMap((one) => [...one.toArray()]),
    );
  const base = { type, length, ...nullsOf(vectors, length) };
  if (field.type === 'BOOL') {
    const data = bitmap(length);
    let at = 0;
    for (const vector of vectors)
      for (const byte of memoryOf(vector)) {
        if (byte) data[at >> 3] |= 1 << (at & 7);
        at += 1;
      }
    return A.makeData({ ...base, data });
  }
  const width = widths[field.type];
  if (width === undefined) return A.makeData({ ...base, ...variableOf(vectors, length, base.nullBitmap) });
  const bytes = new Uint8Array(length * width);
  let at = 0;
  for (const vector of vectors) {
    bytes.set(memoryOf(vector), at);
    at += vector.itemCount * width;
  }
  return A.makeData({ ...base, data: new (views[field.type] ?? BigInt64Array)(bytes.buffer) });
}

/** Two's complement in 64-bit words. */
function wide(values, words, whole) {
  const out = new BigUint64Array(values.length * words);
  values.forEach((value, i) => {
    if (value === null) return;
    const number = whole(value);
    for (let j = 0; j < words; j++) out[i * words + j] = BigInt.asUintN(64, number >> BigInt(64 * j));
  });
  return new Uint32Array(out.buffer);
}

function intervalsOf(values) {
  const data = new DataView(new ArrayBuffer(values.length * 16));
  values.forEach((value, i) => {
    if (value === null) return;
    data.setInt32(i * 16, value.months, true);
    data.setInt32(i * 16 + 4, value.days, true);
    // More hours than there is room for wrap round: what the service does with them is not known.
    data.setBigInt64(i * 16 + 8, value.micros * 1000n, true);
  });
  return new Int32Array(data.buffer);
}

function listOf(field, values, base) {
  const valueOffsets = new Int32Array(values.length + 1);
  const items = [];
  values.forEach((value, i) => {
    for (const one of value?.items ?? []) items.push(one);
    valueOffsets[i + 1] = items.length;
  });
  // A repeated field is never NULL: BigQuery keeps an empty one in its place.
  return A.makeData({ ...base, nullCount: 0, nullBitmap: null, valueOffsets, child: dataOf(element(field), items) });
}

/** A column of DuckDB's values, any type. */
function dataOf(field, values) {
  const length = values.length;
  const bits = bitmap(length);
  let nullCount = 0;
  values.forEach((value, i) => {
    if (value === null) nullCount += 1;
    else bits[i >> 3] |= 1 << (i & 7);
  });
  const base = { type: arrowType(field), length, nullCount, nullBitmap: nullCount === 0 ? null : bits };
  if (field.mode === 'REPEATED') return listOf(field, values, base);
  const filled = (array, of) => {
    values.forEach((value, i) => {
      if (value !== null) array[i] = of(value);
    });
    return A.makeData({ ...base, data: array });
  };
  switch (field.type) {
    case 'INT64':
      return filled(new BigInt64Array(length), (value) => BigInt(value));
    case 'FLOAT64':
      return filled(new Float64Array(length), Number);
    case 'BOOL': {
      const data = bitmap(length);
      values.forEach((value, i) => (data[i >> 3] |= value ? 1 << (i & 7) : 0));
      return A.makeData({ ...base, data });
    }
    case 'DATE':
      return filled(new Int32Array(length), (value) => value.days);
    case 'TIME':
    case 'DATETIME':
    case 'TIMESTAMP':
      return filled(new BigInt64Array(length), (value) => value.micros);
    case 'NUMERIC':
      return A.makeData({ ...base, data: wide(values, 2, (value) => value.value) });
    case 'BIGNUMERIC':
      return A.makeData({ ...base, data: wide(values, 4, (value) => scaled(value, field.scale ?? 38)) });
    case 'INTERVAL':
      return A.makeData({ ...base, data: intervalsOf(values) });
    case 'RANGE':
    case 'RECORD': {
      const parts = field.type === 'RANGE' ? rangeEnds(field) : field.fields;
      const children = parts.map((one) =>
        dataOf(
          one,
          values.map((value) => value?.entries[one.name] ?? null),
        ),
      );
      return A.makeData({ ...base, children });
    }
    default: {
      const parts = values.map((value) => Buffer.from(value === null ? '' : (value.bytes ?? value)));
      const valueOffsets = new Int32Array(length + 1);
      parts.forEach((one, i) => (valueOffsets[i + 1] = valueOffsets[i] + one.length));
      return A.makeData({ ...base, valueOffsets, data: new Uint8Array(Buffer.concat(parts)) });
    }
  }
}

export class Encoder {
  /** @param {object[]} fields @param {'LZ4_FRAME' | 'ZSTD' | undefined} compression */
  constructor(fields, compression) {
    this.fields = fields;
    this.options = { compressionType: codecs[compression] ?? null };
    this.schema = new A.Schema(fields.map(arrowField));
  }

  /** The schema as one encapsulated message. */
  serializedSchema() {
    return this.#split(
      this.fields.map((field) => dataOf(field, [])),
      0,
    ).schema;
  }

  /** Chunks of DuckDB's as one encapsulated message. */
  batch(chunks) {
    const length = chunks.reduce((sum, one) => sum + one.rowCount, 0);
    const columns = this.fields.map((field, i) =>
      columnOf(
        field,
        chunks.map((one) => one.getColumnVector(i)),
        length,
      ),
    );
    return { rows: length, bytes: this.#split(columns, length).batch };
  }

  #split(children, length) {
    const data = A.makeData({ type: new A.Struct(this.schema.fields), length, children });
    const writer = new BatchWriter(this.options);
    writer.write(new A.RecordBatch(this.schema, data));
    const bytes = writer.finish().toUint8Array(true);
    const schemaEnd = 8 + new DataView(bytes.buffer, bytes.byteOffset).getInt32(4, true);
    // Eight bytes of end-of-stream close what the writer wrote.
    return { schema: bytes.slice(0, schemaEnd), batch: bytes.slice(schemaEnd, bytes.length - 8) };
  }
}
