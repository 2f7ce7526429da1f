import fc from 'fast-check';
import type { ColumnPart, LogicalType } from '../../../../src/core/types.js';
import { floatBits } from './canonical.js';
import { frameOf } from './server.js';

/** A field's bytes on the wire, made here from the value, and the value in canonical text. */
export interface Field {
  readonly bytes: Buffer;
  readonly text: string;
}

export interface RandomColumn {
  readonly wire: string;
  readonly type: LogicalType;
  readonly parts?: readonly ColumnPart[];
  readonly field: fc.Arbitrary<Field>;
}

export const sized = (bytes: number, write: (buffer: Buffer) => unknown): Buffer => {
  const buffer = Buffer.alloc(bytes);
  write(buffer);
  return buffer;
};

export function decimal(precision: number, scale: number): RandomColumn {
  const digits = fc.oneof(fc.integer({ min: 1, max: precision }), fc.constant(precision));
  const unscaled = digits.chain((n) => fc.bigInt({ min: -(10n ** BigInt(n)) + 1n, max: 10n ** BigInt(n) - 1n }));
  return {
    wire: 'numeric',
    type: { kind: 'decimal', precision, scale },
    field: unscaled.map((value) => ({ bytes: numericBytes(value, scale), text: decimalText(value, scale) })),
  };
}

export function decimalText(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${value < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
}

/** By division: the value in units of 10^-(4 × groups after the point), taken apart into base-10000 digits. */
export function numericBytes(unscaled: bigint, scale: number): Buffer {
  const fractionGroups = Math.ceil(scale / 4);
  let rest = (unscaled < 0n ? -unscaled : unscaled) * 10n ** BigInt(fractionGroups * 4 - scale);
  const groups: number[] = [];
  for (; rest > 0n; rest /= 10_000n) groups.unshift(Number(rest % 10_000n));
  const weight = groups.length === 0 ? 0 : groups.length - fractionGroups - 1;
  while (groups.at(-1) === 0) groups.pop();
  return sized(8 + groups.length * 2, (b) => {
    b.writeInt16BE(groups.length, 0);
    b.writeInt16BE(weight, 2);
    b.writeUInt16BE(unscaled < 0n ? 0x4000 : 0, 4);
    b.writeUInt16BE(scale, 6);
    groups.forEach((group, i) => b.writeInt16BE(group, 8 + 2 * i));
  });
}

export const anyText = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ minLength: 180, maxLength: 420 }))
  .map((value) => ({ bytes: Buffer.from(value), text: value }));
const int = (bits: 16 | 32): RandomColumn => ({
  wire: `int${bits / 8}`,
  type: { kind: 'int', bits },
  field: fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }).map((value) => ({
    bytes: sized(bits / 8, (b) => b.writeIntBE(value, 0, bits / 8)),
    text: String(value),
  })),
});

/** A column of each type, with its values and their bytes. */
export const randomColumns: readonly RandomColumn[] = [
  {
    wire: 'bool',
    type: { kind: 'bool' },
    field: fc.boolean().map((value) => ({ bytes: Buffer.from([value ? 1 : 0]), text: String(value) })),
  },
  int(16),
  int(32),
  {
    wire: 'int8',
    type: { kind: 'int', bits: 64 },
    field: fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .map((value) => ({ bytes: sized(8, (b) => b.writeBigInt64BE(value)), text: String(value) })),
  },
  {
    wire: 'float4',
    type: { kind: 'float', bits: 32 },
    field: fc.float().map((value) => ({ bytes: sized(4, (b) => b.writeFloatBE(value)), text: floatBits(value, 32) })),
  },
  {
    wire: 'float8',
    type: { kind: 'float', bits: 64 },
    field: fc.double().map((value) => ({ bytes: sized(8, (b) => b.writeDoubleBE(value)), text: floatBits(value, 64) })),
  },
  ...(
    [
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
      [76, 33],
    ] as const
  ).map(([precision, scale]) => decimal(precision, scale)),
  { wire: 'text', type: { kind: 'text' }, field: anyText },
  { wire: 'text-unchecked', type: { kind: 'text' }, field: anyText },
  {
    wire: 'jsonb',
    type: { kind: 'json' },
    field: anyText.map((field) => ({ ...field, bytes: Buffer.concat([Buffer.from([1]), field.bytes]) })),
  },
  {
    wire: 'bytea',
    type: { kind: 'binary' },
    field: fc
      .uint8Array({ maxLength: 300 })
      .map((value) => ({ bytes: Buffer.from(value), text: `\\x${Buffer.from(value).toString('hex')}` })),
  },
  {
    wire: 'uuid',
    type: { kind: 'uuid' },
    field: fc.uuid().map((value) => ({ bytes: Buffer.from(value.replaceAll('-', ''), 'hex'), text: value })),
  },
  {
    wire: 'date',
    type: { kind: 'date' },
    // Days on which JavaScript's own calendar agrees on how to write the year.
    field: fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }).map((value) => {
      const days = Math.floor(value.getTime() / 86_400_000);
      return { bytes: sized(4, (b) => b.writeInt32BE(days - 10_957)), text: value.toISOString().slice(0, 10) };
    }),
  },
  {
    wire: 'timestamp',
    type: { kind: 'timestamp', utc: false },
    field: fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }).map((value) => {
      const microseconds = BigInt(value.getTime() - Date.UTC(2000, 0, 1)) * 1000n;
      const clock = value.toISOString().replace('T', ' ').slice(0, 23);
      return {
        bytes: sized(8, (b) => b.writeBigInt64BE(microseconds)),
        text:
          clock.replace(/\.?0+$/, '').length < 19
            ? clock.slice(0, 19)
            : clock.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, ''),
      };
    }),
  },
  {
    wire: 'time',
    type: { kind: 'time' },
    field: fc.integer({ min: 0, max: 86_399 }).map((second) => ({
      bytes: sized(8, (b) => b.writeBigInt64BE(BigInt(second) * 1_000_000n)),
      text: new Date(second * 1000).toISOString().slice(11, 19),
    })),
  },
];

/** A row as a frame. */
export function rowFrame(fields: readonly (Field | null)[]): Buffer {
  const parts = fields.flatMap((field) => [
    sized(4, (b) => b.writeInt32BE(field === null ? -1 : field.bytes.length)),
    ...(field === null ? [] : [field.bytes]),
  ]);
  return frameOf(Buffer.concat([sized(2, (b) => b.writeInt16BE(fields.length)), ...parts]));
}
