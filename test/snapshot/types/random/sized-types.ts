import { randomTexts } from '../../../source/postgres/read/text/random-texts.js';
import type { RandomType } from './random-type.js';
import type { Seeded } from './seeded.js';

const single = (sql: string, arrow: string, value: RandomType['value'], rest: Partial<RandomType> = {}) => ({
  ...{ sql, arrow, value, made: [], changed: [] },
  ...rest,
});

/** Nearly all numbers of many digits have them all, unless a shorter one is asked for. */
function digits(random: Seeded, most: number): string {
  const least = random.chance(0.2) ? most : random.int(0, most);
  return random.chance(0.1) ? '9'.repeat(least) : random.digits(least);
}

export function decimalValue(random: Seeded, precision: number, scale: number): string {
  const whole = digits(random, precision - scale);
  const part = digits(random, scale);
  return `${random.chance(0.4) ? '-' : ''}${whole || '0'}${part && `.${part}`}`;
}

function decimal(random: Seeded): RandomType {
  const precision = random.chance(0.85) ? random.int(1, 38) : random.int(39, 120);
  const scale = random.int(0, precision);
  const sql = `numeric(${precision},${scale})`;
  const value = (of: Seeded): string => decimalValue(of, precision, scale);
  return precision <= 38
    ? single(sql, `decimal128(${precision},${scale})`, value)
    : single(sql, 'utf8', value, { exactness: 'widened' });
}

const textOf = (random: Seeded, most: number): string =>
  [...random.pick(randomTexts.text)].slice(0, random.int(0, most)).join('');

function text(random: Seeded): RandomType {
  const length = random.pick([1, 2, 7, 20, 300]);
  return single(`${random.pick(['varchar', 'char'])}(${length})`, 'utf8', (of) => textOf(of, length));
}

function bits(random: Seeded): RandomType {
  const length = random.pick([1, 7, 8, 9, 31, 64, 200]);
  const isFixed = random.chance(0.5);
  const value = (of: Seeded): string => of.many(isFixed ? length : of.int(0, length), () => of.int(0, 1)).join('');
  return single(`${isFixed ? 'bit' : 'varbit'}(${length})`, 'utf8', value, { exactness: 'widened' });
}

function moment(random: Seeded): RandomType {
  const precision = random.int(0, 6);
  // What is rounded up to 24:00:00 does not fit.
  if (random.chance(0.5))
    return single(`time(${precision})`, 'time64[us]', (of) => of.pick(randomTexts.time).replace(/^23/, '22'));
  const zoned = random.chance(0.5);
  const arrow = zoned ? 'timestamp[us, UTC]' : 'timestamp[us]';
  return single(`${zoned ? 'timestamptz' : 'timestamp'}(${precision})`, arrow, (of) =>
    of.pick(zoned ? randomTexts.timestamptz : randomTexts.timestamp),
  );
}

function labels(random: Seeded, name: (kind: string) => string): RandomType {
  const drawn = random.many(random.int(1, 300), () => textOf(random, 15));
  // The server holds labels to 63 bytes.
  const all = [...new Set(['', ...drawn])].filter((label) => Buffer.byteLength(label) < 64);
  const sql = name('enum');
  const list = all.map((label) => `'${label.replaceAll("'", "''")}'`).join(', ');
  return single(sql, 'utf8', (of) => of.pick(all), { made: [`CREATE TYPE ${sql} AS ENUM (${list})`] });
}

/** A single type with a length, precision or labels of its own. */
export function sizedType(random: Seeded, name: (kind: string) => string): RandomType {
  return random.pick([decimal, decimal, text, bits, moment, labels])(random, name);
}
