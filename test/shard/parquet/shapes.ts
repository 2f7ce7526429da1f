import type { Kind, Value } from './kind.js';

/** Enough rows that samples are taken and hash tables grow. */
export const rows = 40_000;

/** A full-period sequence of numbers below `n` without order: the same on every run. */
const scattered = (row: number, n: number) => (row * 7_919 + Math.floor(row / n) * 13) % n;
/** Half of the rows are one value, the other half are `n` different ones. */
const skewed = (row: number, n: number) => (row % 2 === 0 ? 0 : 1 + (((row - 1) / 2) % n));
const bytes16 = (n: number) => Uint8Array.from({ length: 16 }, (_, i) => (n >> ((i % 4) * 8)) & 255);

export interface Shape {
  readonly name: string;
  readonly kind: Kind;
  readonly value: (row: number) => Value;
  /** What the rules must decide. */
  readonly encoding: 'RLE_DICTIONARY' | 'PLAIN' | 'DELTA_BINARY_PACKED' | 'DELTA_LENGTH_BYTE_ARRAY';
}
const int32: Kind = { kind: 'int', bits: 32 };
const int64: Kind = { kind: 'int', bits: 64 };

/** Columns whose values are distributed in ways that matter to the encoder. */
export const shapes: readonly Shape[] = [
  {
    name: 'a narrow range',
    kind: int32,
    value: (row) => BigInt(scattered(row, 9_973)) - 5_000n,
    encoding: 'DELTA_BINARY_PACKED',
  },
  {
    name: 'a narrow range around the smallest number',
    kind: int32,
    value: (row) => BigInt(row % 7) - 2n ** 31n,
    encoding: 'RLE_DICTIONARY',
  },
  {
    name: 'both ends of the range',
    kind: int32,
    value: (row) => (row % 3 ? 2n ** 31n - 1n : -(2n ** 31n)),
    encoding: 'RLE_DICTIONARY',
  },
  {
    name: 'few numbers far apart',
    kind: int32,
    value: (row) => BigInt(scattered(row, 6_007)) * 100_003n,
    encoding: 'RLE_DICTIONARY',
  },
  { name: 'one number', kind: int32, value: () => 7n, encoding: 'RLE_DICTIONARY' },
  { name: 'all different', kind: int32, value: (row) => BigInt(row * 50_000), encoding: 'DELTA_BINARY_PACKED' },
  {
    name: 'more than half different',
    kind: int32,
    value: (row) => BigInt(scattered(row, 25_000)) * 100_003n - 2n ** 31n,
    encoding: 'PLAIN',
  },
  { name: 'skewed', kind: int32, value: (row) => BigInt(skewed(row, 19_000)) * 100_003n, encoding: 'RLE_DICTIONARY' },
  {
    name: 'skewed 64-bit',
    kind: int64,
    value: (row) => BigInt(skewed(row, 15_000)) * 2n ** 41n,
    encoding: 'RLE_DICTIONARY',
  },
  {
    name: 'narrow 64-bit',
    kind: int64,
    value: (row) => BigInt(row - 20_000) * 100_000n,
    encoding: 'DELTA_BINARY_PACKED',
  },
  {
    name: 'narrow until the last',
    kind: int64,
    value: (row) => (row === rows - 1 ? 2n ** 40n : BigInt(row)),
    encoding: 'DELTA_BINARY_PACKED',
  },
  {
    name: 'narrow 64-bit, differences of 33 bits',
    kind: int64,
    value: (row) => (row % 7 === 3 ? -(2n ** 31n) : 2n ** 31n - 1n - BigInt(row)),
    encoding: 'DELTA_BINARY_PACKED',
  },
  {
    name: 'moments in their order',
    kind: int64,
    value: (row) => 1_700_000_000_000_000n + BigInt(row) * 1_234_567n + BigInt((row * 7_919) % 1_000_003),
    encoding: 'DELTA_BINARY_PACKED',
  },
  {
    name: 'moments in no order',
    kind: int64,
    value: (row) => 1_700_000_000_000_000n + BigInt(scattered(row, 31_607)) * 987_654_321n,
    encoding: 'DELTA_BINARY_PACKED',
  },
  {
    name: 'differences that wrap around',
    kind: int64,
    value: (row) => BigInt(row) + (row < 20_000 ? 2n ** 63n - 20_000n : -(2n ** 63n)),
    encoding: 'DELTA_BINARY_PACKED',
  },
  {
    name: 'many numbers of 64 bits',
    kind: int64,
    value: (row) => BigInt.asIntN(64, BigInt(row + 1) ** 5n * 0x9e37_79b9_7f4a_7c15n),
    encoding: 'PLAIN',
  },
  {
    name: 'orders and their items',
    kind: int64,
    value: (row) => BigInt(Math.floor(row / 4)) * 8n,
    encoding: 'DELTA_BINARY_PACKED',
  },
  {
    name: 'long runs',
    kind: int64,
    value: (row) => BigInt(Math.floor(row / 1_000)) << 33n,
    encoding: 'RLE_DICTIONARY',
  },
  {
    name: 'doubles',
    kind: { kind: 'float', bits: 64 },
    value: (row) => [NaN, -0, 0, 1.5, row % 900][row % 5]!,
    encoding: 'RLE_DICTIONARY',
  },
  {
    name: 'short texts',
    kind: { kind: 'text' },
    value: (row) => ['', 'a', 'b', 'ab', 'ba', 'é', 'abc', '\0', '\0\0'][row % 9]!,
    encoding: 'RLE_DICTIONARY',
  },
  {
    name: 'texts',
    kind: { kind: 'text' },
    value: (row) => `value ${scattered(row, 8_999)}`,
    encoding: 'RLE_DICTIONARY',
  },
  {
    name: 'skewed texts',
    kind: { kind: 'text' },
    value: (row) => `a longer value ${skewed(row, 15_000)}`,
    encoding: 'RLE_DICTIONARY',
  },
  {
    name: 'texts that differ between their ends and their middle alone',
    kind: { kind: 'text' },
    value: (row) => {
      const n = String(scattered(row, 5_000)).padStart(4, '0');
      return `https://${n.slice(0, 2)}.example/items/the-same-middle/pages/${n.slice(2)}/index.html`;
    },
    encoding: 'RLE_DICTIONARY',
  },
  {
    name: 'texts of four to thirteen bytes',
    kind: { kind: 'text' },
    value: (row) => 'abcdefghijklm'.slice(0, 4 + (row % 10)).replace(/.$/u, String(scattered(row, 10))),
    encoding: 'RLE_DICTIONARY',
  },
  {
    name: 'different texts',
    kind: { kind: 'text' },
    value: (row) => `${row}`.repeat(1 + (row % 40)),
    encoding: 'DELTA_LENGTH_BYTE_ARRAY',
  },
  {
    name: 'texts too long for a dictionary',
    kind: { kind: 'text' },
    value: (row) => `${row % 300}`.padStart(5_000),
    encoding: 'DELTA_LENGTH_BYTE_ARRAY',
  },
  { name: 'UUIDs', kind: { kind: 'uuid' }, value: (row) => bytes16(scattered(row, 5_000)), encoding: 'RLE_DICTIONARY' },
  {
    name: 'long decimals',
    kind: { kind: 'decimal', precision: 38, scale: 2 },
    value: (row) => 10n ** 30n * BigInt((row % 2_000) - 1_000),
    encoding: 'RLE_DICTIONARY',
  },
  { name: 'bools', kind: { kind: 'bool' }, value: (row) => row % 977 < 500, encoding: 'PLAIN' },
];
