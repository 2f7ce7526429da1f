import fc from 'fast-check';
import type { LogicalType } from '../../../../src/core/types.js';
import { floatBits } from '../../postgres/decode/canonical.js';
import type { Field, RandomColumn } from '../../postgres/decode/random-columns.js';
import { packets } from '../packets.js';
import { counted, datetimeBytes, dateBytes, little, timeBytes } from './encode.js';

function integer(wire: string, type: LogicalType, bytes: number, signed: boolean): RandomColumn {
  const bits = BigInt(bytes * 8);
  const [min, max] = signed ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] : [0n, 2n ** bits - 1n];
  const value = fc.oneof({ weight: 4, arbitrary: fc.bigInt({ min, max }) }, fc.constantFrom(min, max, 0n, 1n));
  return { wire, type, field: value.map((number) => ({ bytes: little(number, bytes), text: String(number) })) };
}

const int = (bits: 16 | 32 | 64): LogicalType => ({ kind: 'int', bits });
const unsigned: LogicalType = { kind: 'decimal', precision: 20, scale: 0 };

/** In as few bytes as hold that many bits, the most significant first. */
function bits(count: number): RandomColumn {
  const bytes = Math.ceil(count / 8);
  const value = fc.bigInt({ min: 0n, max: 2n ** BigInt(count) - 1n });
  return {
    wire: 'bits',
    type: count === 1 ? { kind: 'bool' } : count === 64 ? unsigned : int(64),
    field: value.map((number) => ({
      bytes: counted(little(number, bytes).reverse()),
      text: count === 1 ? String(number === 1n) : String(number),
    })),
  };
}

const truth = (wire: string): RandomColumn => ({
  wire,
  type: { kind: 'bool' },
  field: fc.boolean().map((value) => ({ bytes: Buffer.from([value ? 1 : 0]), text: String(value) })),
});

/** The text of value × 10^-scale with all places, as the server writes decimals. */
export function decimalText(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${value < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
}

function decimal(precision: number, scale: number): RandomColumn {
  const value = fc
    .oneof(fc.integer({ min: 1, max: precision }), fc.constant(precision))
    .chain((n) => fc.bigInt({ min: -(10n ** BigInt(n)) + 1n, max: 10n ** BigInt(n) - 1n }));
  return {
    wire: 'decimal',
    type: { kind: 'decimal', precision, scale },
    field: value.map((number) => {
      const text = decimalText(number, scale);
      return { bytes: counted(Buffer.from(text)), text };
    }),
  };
}

const textField = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ minLength: 200, maxLength: 420 }))
  .map((text) => ({ bytes: counted(Buffer.from(text)), text }));
const bytesField = fc
  .oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(250, 251, 252, 255, 256, 70_000).map((n) => new Uint8Array(n)),
  )
  .map((value) => ({ bytes: counted(Buffer.from(value)), text: `\\x${Buffer.from(value).toString('hex')}` }));

const moment = fc.record({
  date: fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
  /** Servers leave out what is zero at the end. */
  midnight: fc.boolean(),
  micros: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999 })),
});
const withoutZeros = (text: string): string => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
const clockText = (second: number, micros: number): string =>
  withoutZeros(`${new Date(second * 1000).toISOString().slice(11, 19)}.${String(micros).padStart(6, '0')}`);

function timestamp(wire: string, utc: boolean): RandomColumn {
  return {
    wire,
    type: { kind: 'timestamp', utc },
    field: moment.map(({ date, midnight, micros }) => {
      const second = midnight ? 0 : Math.floor(date.getTime() / 1000);
      const ofDay = ((second % 86_400) + 86_400) % 86_400;
      const fraction = midnight ? 0 : micros;
      return {
        bytes: datetimeBytes(date, ofDay, fraction),
        text: `${date.toISOString().slice(0, 10)} ${clockText(ofDay, fraction)}${utc ? '+00' : ''}`,
      };
    }),
  };
}

/** A geometry as the server keeps it: reference system, little-endian WKB; WKB or EWKB in canonical text. */
const geometry = fc
  .tuple(fc.constantFrom(0, 0, 4326, 2 ** 31), fc.integer({ min: 1, max: 7 }), fc.uint8Array({ maxLength: 60 }))
  .map(([id, type, rest]): Field => {
    const wkb = Buffer.concat([Buffer.from([1]), little(BigInt(type), 4), Buffer.from(rest)]);
    const ewkb = [Buffer.from([1]), little(BigInt(type + 0x2000_0000), 4), little(BigInt(id), 4), Buffer.from(rest)];
    return {
      bytes: counted(Buffer.concat([little(BigInt(id), 4), wkb])),
      text: `\\x${(id === 0 ? wkb : Buffer.concat(ewkb)).toString('hex')}`,
    };
  });

const decimals = [
  [1, 0],
  [7, 7],
  [15, 2],
  [15, 15],
  [16, 3],
  [22, 6],
  [38, 0],
  [38, 17],
  [38, 38],
  [39, 1],
  [65, 30],
  [76, 33],
] as const;

/** A column of each wire and type, with its values and their bytes. */
export const randomColumns: readonly RandomColumn[] = [
  integer('int1', int(16), 1, true),
  integer('uint1', int(16), 1, false),
  integer('int2', int(16), 2, true),
  integer('uint2', int(32), 2, false),
  integer('int4', int(32), 4, true),
  integer('uint4', int(64), 4, false),
  integer('int8', int(64), 8, true),
  integer('uint8', unsigned, 8, false),
  {
    wire: 'uint2',
    type: int(16),
    field: fc.integer({ min: 0, max: 2155 }).map((year) => ({ bytes: little(BigInt(year), 2), text: String(year) })),
  },
  {
    wire: 'uint4',
    type: int(32),
    field: fc.integer({ min: 0, max: 2 ** 24 - 1 }).map((n) => ({ bytes: little(BigInt(n), 4), text: String(n) })),
  },
  {
    wire: 'uint8',
    type: int(64),
    field: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map((n) => ({ bytes: little(n, 8), text: String(n) })),
  },
  truth('int1'),
  truth('uint1'),
  ...[1, 2, 8, 9, 17, 32, 33, 63, 64].map(bits),
  {
    wire: 'float4',
    type: { kind: 'float', bits: 32 },
    field: fc.float().map((value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(value);
      return { bytes, text: floatBits(value, 32) };
    }),
  },
  {
    wire: 'float8',
    type: { kind: 'float', bits: 64 },
    field: fc.double().map((value) => {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value);
      return { bytes, text: floatBits(value, 64) };
    }),
  },
  ...decimals.map(([precision, scale]) => decimal(precision, scale)),
  {
    wire: 'date',
    type: { kind: 'date' },
    field: moment.map(({ date }) => ({ bytes: dateBytes(date), text: date.toISOString().slice(0, 10) })),
  },
  timestamp('datetime', false),
  timestamp('timestamp', true),
  {
    wire: 'time',
    type: { kind: 'time' },
    field: fc
      .tuple(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 86_399 })), moment)
      .map(([second, { micros }]) => ({
        bytes: timeBytes({ second, micros }),
        text: clockText(second, micros),
      })),
  },
  { wire: 'text', type: { kind: 'text' }, field: textField },
  { wire: 'json', type: { kind: 'json' }, field: textField },
  { wire: 'binary', type: { kind: 'binary' }, field: bytesField },
  {
    wire: 'uuid-text',
    type: { kind: 'uuid' },
    field: fc
      .tuple(fc.uuid(), fc.boolean())
      .map(([text, upper]) => ({ bytes: counted(Buffer.from(upper ? text.toUpperCase() : text)), text })),
  },
  { wire: 'geometry', type: { kind: 'binary' }, field: geometry },
];

/** A row as a frame of one packet. */
export function rowFrame(fields: readonly (Pick<Field, 'bytes'> | null)[]): Buffer {
  const nulls = Buffer.alloc(Math.floor((fields.length + 9) / 8));
  fields.forEach((field, i) => {
    if (field === null) nulls[Math.floor((i + 2) / 8)]! += 2 ** ((i + 2) % 8);
  });
  const payload = Buffer.concat([Buffer.from([0]), nulls, ...fields.flatMap((field) => field?.bytes ?? [])]);
  return packets(payload);
}
