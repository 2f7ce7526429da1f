import type { Kind, Value } from './kind.js';

const ascii = (size: number) => 'abcdefghijklmnop'.repeat(Math.ceil(size / 16)).slice(0, size);
const bytes = (...list: number[]) => Uint8Array.from(list);
const filled = (size: number, byte: number) => new Uint8Array(size).fill(byte);
const max = (precision: number) => 10n ** BigInt(precision) - 1n;

function integers(bits: number, signed: boolean): bigint[] {
  const highest = 2n ** BigInt(signed ? bits - 1 : bits) - 1n;
  const lowest = signed ? -highest - 1n : 0n;
  const beyondDoubles = bits === 64 ? [2n ** 53n, 2n ** 53n + 1n, 2n ** 32n, 2n ** 31n, 2n ** 31n - 1n] : [];
  return [0n, 1n, 2n, highest, lowest, highest - 1n, lowest + 1n, ...beyondDoubles, ...(signed ? [-1n, -100n] : [])];
}

function decimals(precision: number): bigint[] {
  return [0n, 1n, -1n, 12n, -12n, max(precision), -max(precision), max(precision) / 3n, 5n];
}

const doubles = [0, -0, 1.5, -1.5, NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308, 0.1, 1e21, 123456789.125];
const floats = [
  0,
  -0,
  1.5,
  NaN,
  Infinity,
  -Infinity,
  Math.fround(0.1),
  Math.fround(1e-45),
  Math.fround(3.4028234663852886e38),
];
const texts = [
  '',
  'a',
  'NULL',
  '\\N',
  'naïve',
  '漢字',
  '😀',
  'a\u0000b',
  'line\nbreak',
  '"quoted"',
  ascii(63),
  ascii(64),
  ascii(65),
  `${ascii(62)}é😀`,
  '\u{10ffff}'.repeat(20),
  '\ufeffmark',
  ascii(3000),
];
const binaries = [bytes(), bytes(0), bytes(255), filled(64, 255), filled(65, 255), filled(100, 7), bytes(1, 2, 3)];

/** Every type that is written, with its extreme values. */
export const kinds: readonly { readonly name: string; readonly kind: Kind; readonly values: readonly Value[] }[] = [
  { name: 'bool', kind: { kind: 'bool' }, values: [true, false, false, true, true] },
  ...([8, 16, 32, 64] as const).flatMap((bits) => [
    { name: `int${bits}`, kind: { kind: 'int', bits } as const, values: integers(bits, true) },
    { name: `uint${bits}`, kind: { kind: 'uint', bits } as const, values: integers(bits, false) },
  ]),
  { name: 'float16', kind: { kind: 'float16' }, values: [0, -0, 1.5, NaN, Infinity, -Infinity, 65504, 2 ** -24, 0.25] },
  { name: 'float32', kind: { kind: 'float', bits: 32 }, values: floats },
  { name: 'float64', kind: { kind: 'float', bits: 64 }, values: doubles },
  ...(
    [
      [4, 2],
      [9, 0],
      [10, 5],
      [18, 18],
      [15, 2],
      [19, 4],
      [28, 10],
      [38, 0],
      [38, 38],
    ] as const
  ).map(([precision, scale]) => ({
    name: `decimal128(${precision},${scale})`,
    kind: { kind: 'decimal', precision, scale } as const,
    values: decimals(precision),
  })),
  { name: 'decimal256(39,3)', kind: { kind: 'decimal', precision: 39, scale: 3 }, values: decimals(39) },
  { name: 'decimal256(57,0)', kind: { kind: 'decimal', precision: 57, scale: 0 }, values: decimals(57) },
  { name: 'decimal256(58,0)', kind: { kind: 'decimal', precision: 58, scale: 0 }, values: decimals(58) },
  { name: 'decimal256(76,10)', kind: { kind: 'decimal', precision: 76, scale: 10 }, values: decimals(76) },
  { name: 'decimal256(12,2)', kind: { kind: 'decimal', precision: 12, scale: 2, wide: true }, values: decimals(12) },
  { name: 'utf8', kind: { kind: 'text' }, values: texts },
  { name: 'large_utf8', kind: { kind: 'large-text' }, values: texts },
  { name: 'utf8_view', kind: { kind: 'text-view' }, values: texts },
  { name: 'json', kind: { kind: 'json' }, values: ['{}', '{"a":[1,2,null]}', 'null', '"text"', '{"b":"é","a":1.5}'] },
  { name: 'binary', kind: { kind: 'binary' }, values: binaries },
  { name: 'large_binary', kind: { kind: 'large-binary' }, values: binaries },
  {
    name: 'fixed_size_binary(3)',
    kind: { kind: 'fixed', width: 3 },
    values: [bytes(0, 0, 0), bytes(255, 255, 255), bytes(1, 2, 3)],
  },
  {
    name: 'uuid',
    kind: { kind: 'uuid' },
    values: [filled(16, 0), filled(16, 255), Uint8Array.from({ length: 16 }, (_, i) => i * 17)],
  },
  { name: 'date32', kind: { kind: 'date' }, values: [0n, -1n, 19000n, -719162n, -2440588n, 2932896n, 11000n] },
  { name: 'date32, years past 9999', kind: { kind: 'date' }, values: [2932897n, 100000000n, 2147483493n, -719529n] },
  { name: 'date64', kind: { kind: 'date-ms' }, values: [0n, -86400000n, 19000n * 86400000n] },
  ...(['s', 'ms', 'us', 'ns'] as const).map((unit) => ({
    name: `time[${unit}]`,
    kind: { kind: 'time', unit } as const,
    values: timesOfDay(unit),
  })),
  ...(['s', 'ms', 'us', 'ns'] as const).flatMap((unit) => [
    { name: `timestamp[${unit}]`, kind: { kind: 'timestamp', unit } as const, values: moments(unit) },
    { name: `timestamp[${unit}, UTC]`, kind: { kind: 'timestamp', unit, zone: 'UTC' } as const, values: moments(unit) },
  ]),
  {
    name: 'timestamp[us], BC and past 9999',
    kind: { kind: 'timestamp', unit: 'us' },
    values: [-210866803200000000n, -62135596800000001n, 9224318015999999999n / 10n, 253402300800000000n],
  },
  { name: 'duration[us]', kind: { kind: 'duration' }, values: [0n, -1n, 2n ** 62n] },
  { name: 'null', kind: { kind: 'null' }, values: [null] },
  { name: 'dictionary(utf8)', kind: { kind: 'dictionary', of: { kind: 'text' } }, values: texts },
  {
    name: 'dictionary(int64)',
    kind: { kind: 'dictionary', of: { kind: 'int', bits: 64 } },
    values: integers(64, true),
  },
  {
    name: 'list(int32)',
    kind: { kind: 'list', of: { kind: 'int', bits: 32 } },
    values: [[1n, 2n], [], [null], [3n, null, 4n], [null, null], [5n]],
  },
  {
    name: 'list(utf8)',
    kind: { kind: 'list', of: { kind: 'text' } },
    values: [['a', ''], [], [null, 'é'], ['x'.repeat(100)]],
  },
  {
    name: 'list(list(int32))',
    kind: { kind: 'list', of: { kind: 'list', of: { kind: 'int', bits: 32 } } },
    values: [[[1n], []], [], [null, [null, 2n]], [[]], [[3n, 4n], [5n]]],
  },
  {
    name: 'fixed_size_list(3)',
    kind: { kind: 'fixed-list', of: { kind: 'float', bits: 32 }, size: 3 },
    values: [
      [1, 2, 3],
      [0.5, -0.5, null],
    ],
  },
  {
    name: 'struct',
    kind: {
      kind: 'struct',
      fields: { a: { kind: 'int', bits: 32 }, b: { kind: 'text' }, c: { kind: 'decimal', precision: 20, scale: 2 } },
    },
    values: [
      [1n, 'x', 5n],
      [null, null, null],
      [2n, '', -7n],
    ],
  },
  {
    name: 'struct of required',
    kind: { kind: 'struct', fields: { a: { kind: 'int', bits: 64 }, b: { kind: 'text' } }, required: true },
    values: [
      [1n, 'x'],
      [2n, ''],
    ],
  },
  {
    name: 'list(struct)',
    kind: {
      kind: 'list',
      of: { kind: 'struct', fields: { id: { kind: 'int', bits: 64 }, tags: { kind: 'list', of: { kind: 'text' } } } },
    },
    values: [[[1n, ['a', null]], null, [null, null]], [], [[2n, []]]],
  },
  {
    name: 'map(utf8, int32)',
    kind: { kind: 'map', key: { kind: 'text' }, of: { kind: 'int', bits: 32 } },
    values: [
      [
        ['a', 1n],
        ['b', null],
      ],
      [],
      [['c', 3n]],
    ],
  },
];

function timesOfDay(unit: 's' | 'ms' | 'us' | 'ns'): bigint[] {
  const perSecond = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n }[unit];
  return [0n, 1n, 86_400n * perSecond - 1n, 43_200n * perSecond, 3_661n * perSecond];
}

/** Within the years 1677 to 2262, which nanoseconds reach. */
function moments(unit: 's' | 'ms' | 'us' | 'ns'): bigint[] {
  const perSecond = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n }[unit];
  return [0n, -1n, 1n, 1_700_000_000n * perSecond + 1n, -9_000_000_000n * perSecond, 9_000_000_000n * perSecond];
}
