import * as canonical from '../../readers/canonical.js';
import type { Seeded } from '../../snapshot/types/random/seeded.js';

/** What is told the server, and what an independent reader must find in the files. */
export interface RandomValue {
  readonly literal: string;
  readonly found: string;
}

export interface RandomColumn {
  readonly name: string;
  readonly type: string;
  readonly value: (random: Seeded) => RandomValue;
}

const same = (text: string): RandomValue => ({ literal: text, found: text });

const words = [
  ...['', ' ', 'NULL', '\\N', '\\', '\\\\', "'", "''", '"', '""', ',', ';', '\n', '\r\n', '\t', '\u0001', '\u007f'],
  ...['😀', '👩‍👩‍👧', 'Ünï', 'e\u0301', 'مرحبا', '\u2028', 'x\uFEFF', '\uFFFD', '日本', '$1', ':low', '%s', '--', '{}'],
];
const text = (random: Seeded): RandomValue =>
  same(
    random
      .many(random.int(0, 4), () => (random.chance(0.7) ? random.pick(words) : `x${random.digits(random.int(1, 9))}`))
      .join(''),
  );

/** Ends, zero and its neighbours, and numbers of every length between. */
function integer(random: Seeded, bits: number): bigint {
  const least = -(1n << BigInt(bits - 1));
  const most = -least - 1n;
  if (random.chance(0.3)) return random.pick([least, least + 1n, -1n, 0n, 1n, most - 1n, most]);
  const value = BigInt.asIntN(bits, BigInt(random.digits(20)));
  return value >> BigInt(random.int(0, bits - 1));
}
const int =
  (bits: number) =>
  (random: Seeded): RandomValue =>
    same(String(integer(random, bits)));

const numeric =
  (precision: number, scale: number) =>
  (random: Seeded): RandomValue => {
    const most = 10n ** BigInt(precision) - 1n;
    const digits = BigInt(random.digits(random.int(1, precision)));
    const value = random.chance(0.2) ? random.pick([0n, 1n, most]) : digits;
    return same(canonical.decimalText(random.chance(0.5) ? value : -value, scale));
  };

/** Of computed columns, whose scale the server does not say. */
const freeNumeric = (random: Seeded): RandomValue => {
  const whole = String(BigInt(random.digits(random.int(1, 30))));
  return same(random.chance(0.5) ? whole : `${whole}.${random.digits(random.int(1, 8))}`);
};

const float =
  (bits: 32 | 64) =>
  (random: Seeded): RandomValue => {
    const bytes = Buffer.from(random.many(8, () => random.int(0, 255)));
    const anyBits = bits === 32 ? bytes.readFloatBE() : bytes.readDoubleBE();
    const most = bits === 32 ? 3.4028234663852886e38 : Number.MAX_VALUE;
    const least = bits === 32 ? 1.401298464324817e-45 : Number.MIN_VALUE;
    const value = random.chance(0.3)
      ? random.pick([NaN, Infinity, -Infinity, -0, 0, most, -most, least, -least, 1.5, 2 ** 24 + 2])
      : anyBits;
    const found = canonical.floatText(value, bits);
    return { literal: found, found };
  };

const dayOf = (year: number, month = 1, day = 1): number =>
  Math.round(new Date(0).setUTCFullYear(year, month - 1, day) / 86_400_000);
/** Of Redshift's documentation; JavaScript's calendar ends a little later than this. */
const [firstDay, lastDay] = [dayOf(-4712), dayOf(270_000)];
const oddDays = [
  ...[firstDay, dayOf(-43, 3, 15), dayOf(0, 2, 29), dayOf(0, 12, 31), dayOf(1), dayOf(1582, 10, 4)],
  ...[dayOf(1582, 10, 15), dayOf(1900, 2, 28), -1, 0, dayOf(2000, 2, 29), dayOf(9999, 12, 31), dayOf(10_000), lastDay],
];
const dayNumber = (random: Seeded): number =>
  random.chance(0.4)
    ? random.pick(oddDays)
    : random.chance(0.3)
      ? random.int(firstDay, lastDay)
      : random.int(dayOf(1), dayOf(9999));

/** The server's own form: no year 0, and BC at the end. */
function literalDay(days: number, rest = ''): string {
  const [, sign, year, monthAndDay] = /^([+-]?)(\d+)(-\d\d-\d\d)$/.exec(canonical.dateText(BigInt(days)))!;
  const number = Number(`${sign}${year}`);
  const shown = String(number > 0 ? number : 1 - number).padStart(4, '0');
  return `${shown}${monthAndDay}${rest}${number > 0 ? '' : ' BC'}`;
}
const date = (random: Seeded): RandomValue => {
  const days = dayNumber(random);
  return { literal: literalDay(days), found: canonical.dateText(BigInt(days)) };
};

const dayMicros = 86_400_000_000;
const micros = (random: Seeded): number =>
  random.chance(0.3)
    ? random.pick([0, 1, 100_000, 43_200_000_000, dayMicros - 1_000_000, dayMicros - 1])
    : random.int(0, dayMicros - 1);
const clockOf = (value: number): string => canonical.timeText(BigInt(value), 1_000_000n);
const time = (random: Seeded): RandomValue => same(clockOf(micros(random)));
const timestamp =
  (zone: '' | '+00') =>
  (random: Seeded): RandomValue => {
    const [days, ofDay] = [dayNumber(random), micros(random)];
    const value = BigInt(days) * BigInt(dayMicros) + BigInt(ofDay);
    return {
      literal: literalDay(days, ` ${clockOf(ofDay)}${zone}`),
      found: canonical.timestampText(value, 1_000_000n, zone !== ''),
    };
  };
const zonedTime = (random: Seeded): RandomValue =>
  same(`${clockOf(micros(random))}${random.pick(['+00', '-08', '+05:30', '+14', '-12'])}`);

const bytes = (random: Seeded): RandomValue =>
  same(canonical.hexText(Buffer.from(random.many(random.int(0, 12), () => random.int(0, 255)))));

function json(random: Seeded, depth = 2): string {
  const inner = (): string => json(random, depth - 1);
  const plain = ['null', 'true', '1e400', '9007199254740993', '-0.10', '"\\u0000"', JSON.stringify(text(random).found)];
  if (depth === 0 || random.chance(0.5)) return random.pick(plain);
  const items = random.many(random.int(0, 3), inner);
  if (random.chance(0.5)) return `[${items.join(',')}]`;
  return `{${items.map((item) => `${JSON.stringify(text(random).found)}:${item}`).join(',')}}`;
}

const oneOf =
  (...values: readonly string[]) =>
  (random: Seeded): RandomValue =>
    same(random.pick(values));

const points = oneOf(
  '0101000000000000000000F03F0000000000000040',
  '0101000020E6100000000000000000F0BF0000000000000000',
);

/** A column of each type that has a rule, and of one that has none; under names that need care. */
export const randomColumns: readonly RandomColumn[] = [
  { name: 'Select', type: 'boolean', value: (random) => same(String(random.chance(0.5))) },
  { name: 'small int', type: 'smallint', value: int(16) },
  { name: "it's", type: 'integer', value: int(32) },
  { name: 'big"int"', type: 'bigint', value: int(64) },
  { name: 'back\\slash', type: 'oid', value: (random) => same(String(random.int(0, 4_294_967_295))) },
  { name: 'Größe', type: 'real', value: float(32) },
  { name: '$1', type: 'double precision', value: float(64) },
  { name: ':low', type: 'numeric', value: freeNumeric },
  { name: '日本', type: 'numeric(38,10)', value: numeric(38, 10) },
  { name: 'a;b', type: 'numeric(38,0)', value: numeric(38, 0) },
  { name: '--', type: 'numeric(38,37)', value: numeric(38, 37) },
  { name: '/*', type: 'numeric(18,2)', value: numeric(18, 2) },
  { name: ' padded ', type: 'varchar(200)', value: text },
  {
    ...{ name: '%s', type: 'char(8)' },
    value: (random) => {
      const literal = random.pick(['', 'a', "'", '\\', '12345678', ' b']);
      return { literal, found: literal.padEnd(8) };
    },
  },
  { name: '😀', type: 'text', value: text },
  { name: '"', type: '"char"', value: oneOf('a', '"', "'", '\\') },
  { name: 'a.b', type: 'name', value: oneOf('x', 'Größe', "o'clock") },
  { name: 'order', type: 'date', value: date },
  { name: '{}', type: 'time', value: time },
  { name: 'line\nbreak', type: 'timetz', value: zonedTime },
  { name: '1st', type: 'timestamp', value: timestamp('') },
  { name: 'UPPER', type: 'timestamptz', value: timestamp('+00') },
  {
    name: 'from',
    type: 'interval',
    value: oneOf('00:00:00', '1 year 2 mons -3 days +04:05:06.789', '-178000000 years'),
  },
  { name: 'months', type: 'intervaly2m', value: oneOf('1-2', '-178000000-11', '0-0') },
  { name: 'spans', type: 'intervald2s', value: oneOf('3 04:05:06.789', '-1 00:00:00.000001', '0 00:00:00') },
  { name: 'super', type: 'super', value: (random) => same(json(random)) },
  { name: 'varbyte', type: 'varbyte', value: bytes },
  { name: 'place', type: 'geometry', value: points },
  { name: 'spot', type: 'geography', value: points },
  { name: 'sketch', type: 'hllsketch', value: oneOf('{"version":1,"logm":15}') },
];
