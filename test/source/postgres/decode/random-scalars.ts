import fc from 'fast-check';
import type { LogicalType } from '../../../../src/core/types.js';
import { anyText, decimalText, type Field, numericBytes, type RandomColumn, sized } from './random-columns.js';

const text: LogicalType = { kind: 'text' };
const asText = (wire: string, field: fc.Arbitrary<Field>): RandomColumn => ({ wire, type: text, field });
const two = (value: number): string => String(value).padStart(2, '0');

/** numeric → text: of any scale, whole and broken, zeros behind the point too. */
const numeric: fc.Arbitrary<Field> = fc.oneof(
  fc
    .tuple(fc.oneof(fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }), fc.constant(0n)), fc.nat(70), fc.nat(30))
    .map(([value, scale, zeros]) => {
      const unscaled = value * 10n ** BigInt(zeros);
      return { bytes: numericBytes(unscaled, scale), text: decimalText(unscaled, scale) };
    }),
  fc
    .constantFrom(['c000', 'NaN'] as const, ['d000', 'Infinity'] as const, ['f000', '-Infinity'] as const)
    .map(([sign, shown]) => ({ bytes: Buffer.from(`00000000${sign}0000`, 'hex'), text: shown })),
);

const timetz = fc
  .tuple(fc.oneof(fc.nat(86_400_000), fc.constant(86_400_000)), fc.nat(999), fc.integer({ min: -57_599, max: 57_599 }))
  .map(([millis, rest, west]) => {
    const micros = Math.min(millis * 1000 + rest, 86_400_000_000);
    const clock = (seconds: number) =>
      [3600, 60, 1].map((unit) => two(Math.floor(seconds / unit) % (unit > 60 ? 99 : 60)));
    const fraction = (micros / 1e6).toFixed(6).slice(-6).replace(/0+$/, '');
    const zone = clock(Math.abs(west))
      .join(':')
      .replace(/(:00)?:00$/, '');
    return {
      bytes: sized(12, (b) => b.writeInt32BE(west, b.writeBigInt64BE(BigInt(micros)))),
      text: `${clock(micros / 1e6).join(':')}${fraction && '.'}${fraction}${west > 0 ? '-' : '+'}${zone}`,
    };
  });

const bits = fc.array(fc.boolean(), { maxLength: 70 }).map((values) => {
  const shown = values.map(Number).join('');
  const packed = Buffer.from((shown.match(/.{1,8}/g) ?? []).map((byte) => parseInt(byte.padEnd(8, '0'), 2)));
  return { bytes: Buffer.concat([sized(4, (b) => b.writeInt32BE(values.length)), packed]), text: shown };
});

/** A word of an address: many are 0, so that there are runs of zeros. */
const word = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(0xffff), fc.constant(0xffff));
export const ipv6 = fc.oneof(
  fc.tuple(word, word, word, word, word, word, word, word),
  fc.tuple(fc.constantFrom(0, 0xffff), word, word).map(([sixth, ...last]) => [0, 0, 0, 0, 0, sixth, ...last]),
);

const inet = fc
  .tuple(fc.oneof(ipv6, fc.tuple(word, word)), fc.nat(128), fc.boolean(), fc.boolean())
  .map(([words, prefix, cidr, whole]) => {
    const address = sized(words.length * 2, (b) => words.forEach((value, i) => b.writeUInt16BE(value, 2 * i)));
    const most = address.length * 8;
    const network = whole ? most : prefix % (most + 1);
    const header = [address.length === 4 ? 2 : 3, network, cidr ? 1 : 0, address.length];
    const shown = address.length === 4 ? address.join('.') : ipv6Text(words);
    return {
      bytes: Buffer.concat([Buffer.from(header), address]),
      text: cidr || network < most ? `${shown}/${network}` : shown,
    };
  });

/** URLs have the same form of IPv6, but for IPv4 in it. */
function ipv6Text(words: readonly number[]): string {
  const hex = words.map((value) => value.toString(16));
  const short = new URL(`http://[${hex.join(':')}]`).hostname.slice(1, -1);
  const ipv4 = /^::(ffff:)?([\da-f]+):([\da-f]+)$/.exec(short);
  if (!ipv4) return short;
  const [high, low] = [words[6]!, words[7]!];
  return `::${ipv4[1] ?? ''}${[high >> 8, high & 255, low >> 8, low & 255].join('.')}`;
}

const wide = (bytes: Buffer, value: bigint, scale: number): Field => ({ bytes, text: decimalText(value, scale) });

/** A column of each type that is a number of another kind, or becomes a text. */
export const randomScalars: readonly RandomColumn[] = [
  {
    wire: 'oid',
    type: { kind: 'int', bits: 64 },
    field: fc
      .nat(0xffff_ffff)
      .map((value) => ({ bytes: sized(4, (b) => b.writeUInt32BE(value)), text: String(value) })),
  },
  {
    wire: 'money',
    type: { kind: 'decimal', precision: 19, scale: 2 },
    field: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) =>
      wide(
        sized(8, (b) => b.writeBigInt64BE(value)),
        value,
        2,
      ),
    ),
  },
  {
    wire: 'xid8',
    type: { kind: 'decimal', precision: 20, scale: 0 },
    field: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) =>
      wide(
        sized(8, (b) => b.writeBigUInt64BE(value)),
        value,
        0,
      ),
    ),
  },
  asText('numeric', numeric),
  asText('timetz', timetz),
  asText('bits', bits),
  asText('inet', inet),
  asText(
    'mac',
    fc
      .oneof(fc.uint8Array({ minLength: 6, maxLength: 6 }), fc.uint8Array({ minLength: 8, maxLength: 8 }))
      .map((value) => ({
        bytes: Buffer.from(value),
        text: Buffer.from(value).toString('hex').match(/../g)!.join(':'),
      })),
  ),
  asText(
    'char',
    fc.nat(255).map((byte) => ({
      bytes: Buffer.from([byte]),
      text: byte === 0 ? '' : byte < 128 ? String.fromCharCode(byte) : `\\${byte.toString(8)}`,
    })),
  ),
  asText(
    'tid',
    fc.tuple(fc.nat(0xffff_ffff), fc.nat(0xffff)).map(([page, place]) => ({
      bytes: sized(6, (b) => b.writeUInt16BE(place, b.writeUInt32BE(page))),
      text: `(${page},${place})`,
    })),
  ),
  asText(
    'lsn',
    fc.tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff)).map((halves) => ({
      bytes: sized(8, (b) => b.writeUInt32BE(halves[1], b.writeUInt32BE(halves[0]))),
      text: halves.map((half) => half.toString(16).toUpperCase()).join('/'),
    })),
  ),
  asText(
    'versioned',
    anyText.map((field) => ({ ...field, bytes: Buffer.concat([Buffer.from([1]), field.bytes]) })),
  ),
];
