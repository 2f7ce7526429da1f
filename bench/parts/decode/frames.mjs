// Seeded frames of PostgreSQL's binary COPY, made without a server: columns as a generator of values and their wire bytes.

/** A small fast generator of 32-bit numbers (mulberry32): the same seed, the same frames, everywhere. */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const wire = {
  int2: (value) => sized(2, (b) => b.writeInt16BE(value)),
  int4: (value) => sized(4, (b) => b.writeInt32BE(value)),
  int8: (value) => sized(8, (b) => b.writeBigInt64BE(BigInt(value))),
  float8: (value) => sized(8, (b) => b.writeDoubleBE(value)),
  bool: (value) => Buffer.from([value ? 1 : 0]),
  text: (value) => Buffer.from(value),
  numeric,
};

function sized(bytes, write) {
  const buffer = Buffer.alloc(bytes);
  write(buffer);
  return buffer;
}

/** A decimal text → groups of four digits, without zero groups at the ends. */
function numeric(text) {
  const [, minus, integer, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  const digits =
    integer.padStart(Math.ceil(integer.length / 4) * 4, '0') + fraction.padEnd(Math.ceil(fraction.length / 4) * 4, '0');
  const groups = digits.match(/.{4}/g).map(Number);
  let weight = Math.ceil(integer.length / 4) - 1;
  while (groups.length > 0 && groups[0] === 0) {
    groups.shift();
    weight--;
  }
  while (groups.at(-1) === 0) groups.pop();
  if (groups.length === 0) weight = 0;
  const buffer = Buffer.alloc(8 + 2 * groups.length);
  buffer.writeInt16BE(groups.length, 0);
  buffer.writeInt16BE(weight, 2);
  buffer.writeUInt16BE(minus ? 0x4000 : 0, 4);
  buffer.writeUInt16BE(fraction.length, 6);
  groups.forEach((group, i) => buffer.writeInt16BE(group, 8 + 2 * i));
  return buffer;
}

export function frame(fields) {
  const length = fields.reduce((sum, field) => sum + 4 + (field?.length ?? 0), 6);
  const buffer = Buffer.alloc(1 + length);
  buffer[0] = 0x64; // d
  buffer.writeInt32BE(length, 1);
  buffer.writeInt16BE(fields.length, 5);
  let at = 7;
  for (const field of fields) {
    at = buffer.writeInt32BE(field === null ? -1 : field.length, at);
    if (field !== null) at += field.copy(buffer, at);
  }
  return buffer;
}

const column = (name, wireName, type) => ({
  name,
  sourceType: wireName,
  type,
  wire: wireName,
  exactness: 'exact',
  redacted: false,
});
export const columnTypes = {
  int2: { kind: 'int', bits: 16 },
  int4: { kind: 'int', bits: 32 },
  int8: { kind: 'int', bits: 64 },
  float8: { kind: 'float', bits: 64 },
  numeric: { kind: 'decimal', precision: 15, scale: 2 },
  date: { kind: 'date' },
  timestamp: { kind: 'timestamp', utc: false },
  bool: { kind: 'bool' },
  uuid: { kind: 'uuid' },
  text: { kind: 'text' },
};

/** One column of one type: `[Column, () => bytes | null]`. */
export function columnOf(name, wireName, value, type = columnTypes[wireName]) {
  return [column(name, wireName, type), value];
}

/** The sixteen columns of TPC-H's lineitem, distributed as in the end-to-end benchmark's SQL. */
export function lineitem(next) {
  const below = (n) => Math.floor(next() * n);
  const pick = (values, width) => () => wire.text(values[below(values.length)].padEnd(width));
  const money = (cents) => wire.numeric(`${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`);
  const hex = () =>
    Math.floor(next() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  const date = () => wire.int4(-2922 + below(2500));
  let row = 0;
  return [
    columnOf('l_orderkey', 'int8', () => wire.int8(Math.floor(row++ / 4) + 1)),
    columnOf('l_partkey', 'int4', () => wire.int4(below(200_000))),
    columnOf('l_suppkey', 'int4', () => wire.int4(below(10_000))),
    columnOf('l_linenumber', 'int4', () => wire.int4(below(7) + 1)),
    columnOf('l_quantity', 'numeric', () => money((below(50) + 1) * 100)),
    columnOf('l_extendedprice', 'numeric', () => money(below(10_000_000))),
    columnOf('l_discount', 'numeric', () => money(below(11))),
    columnOf('l_tax', 'numeric', () => money(below(9))),
    columnOf('l_returnflag', 'text', pick(['A', 'N', 'R'], 1)),
    columnOf('l_linestatus', 'text', pick(['O', 'F'], 1)),
    columnOf('l_shipdate', 'date', date),
    columnOf('l_commitdate', 'date', date),
    columnOf('l_receiptdate', 'date', date),
    columnOf('l_shipinstruct', 'text', pick(['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'], 25)),
    columnOf('l_shipmode', 'text', pick(['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'], 10)),
    columnOf('l_comment', 'text', () =>
      wire.text((hex() + hex() + hex() + hex() + hex() + hex()).slice(0, 10 + below(34))),
    ),
  ];
}

/** `rows` frames one after another. */
export function frames(generators, rows) {
  return Buffer.concat(Array.from({ length: rows }, () => frame(generators.map(([, value]) => value()))));
}
