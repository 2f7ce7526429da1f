/**
 * Seeded rows like TPC-H's lineitem, 16 columns, straight as Arrow buffers: what a source's decoder hands to the encoder.
 * bigint, int ×3, numeric(15,2) ×4, char(1) ×2, date ×3, char(25), char(10), varchar(44).
 */
import { DateDay, Decimal, Field, Int32, Int64, makeData, RecordBatch, Schema, Struct, Utf8 } from 'apache-arrow';

const decimal = () => new Decimal(2, 15, 128);
const types = {
  l_orderkey: new Int64(),
  l_partkey: new Int32(),
  l_suppkey: new Int32(),
  l_linenumber: new Int32(),
  l_quantity: decimal(),
  l_extendedprice: decimal(),
  l_discount: decimal(),
  l_tax: decimal(),
  l_returnflag: new Utf8(),
  l_linestatus: new Utf8(),
  l_shipdate: new DateDay(),
  l_commitdate: new DateDay(),
  l_receiptdate: new DateDay(),
  l_shipinstruct: new Utf8(),
  l_shipmode: new Utf8(),
  l_comment: new Utf8(),
};
const instructions = ['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'].map((s) => s.padEnd(25));
const modes = ['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'].map((s) => s.padEnd(10));

export const schema = new Schema(Object.entries(types).map(([name, type]) => new Field(name, type, true)));

/** mulberry32: 32-bit state, numbers below 1. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

function decimals(rows, next) {
  const words = new Int32Array(rows * 4);
  for (let i = 0; i < rows; i++) words[4 * i] = next();
  return words;
}

function texts(rows, next) {
  const offsets = new Int32Array(rows + 1);
  const bytes = Buffer.alloc(rows * 48);
  for (let i = 0; i < rows; i++) offsets[i + 1] = offsets[i] + bytes.write(next(), offsets[i], 'latin1');
  return { valueOffsets: offsets, data: bytes.subarray(0, offsets[rows]) };
}

/** Rows `from` to `from + rows` of the table. The same seed gives the same rows. */
export function lineitem(from, rows) {
  const r = random(from + 1);
  const below = (n) => Math.floor(r() * n);
  const hex = () =>
    Math.floor(r() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  const ints = (next) => Int32Array.from({ length: rows }, next);
  const date = () => 8035 + below(2500);
  const buffers = {
    l_orderkey: BigInt64Array.from({ length: rows }, (_, i) => BigInt(Math.floor((from + i) / 4) + 1)),
    l_partkey: ints(() => below(200_000)),
    l_suppkey: ints(() => below(10_000)),
    l_linenumber: ints((_, i) => ((from + i) % 7) + 1),
    l_quantity: decimals(rows, () => (below(50) + 1) * 100),
    l_extendedprice: decimals(rows, () => below(10_000_000)),
    l_discount: decimals(rows, () => below(11)),
    l_tax: decimals(rows, () => below(9)),
    l_returnflag: texts(rows, () => 'ANR'[below(3)]),
    l_linestatus: texts(rows, () => 'OF'[below(2)]),
    l_shipdate: ints(date),
    l_commitdate: ints(date),
    l_receiptdate: ints(date),
    l_shipinstruct: texts(rows, () => instructions[below(4)]),
    l_shipmode: texts(rows, () => modes[below(7)]),
    l_comment: texts(rows, () => (hex() + hex() + hex() + hex() + hex() + hex()).slice(0, 10 + below(34))),
  };
  const children = schema.fields.map(({ name, type }) => {
    const buffer = buffers[name];
    return makeData({ type, length: rows, nullCount: 0, ...(ArrayBuffer.isView(buffer) ? { data: buffer } : buffer) });
  });
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children }));
}
