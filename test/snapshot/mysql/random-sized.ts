import type { Seeded } from '../types/random/seeded.js';
import { decimalValue } from '../types/random/sized-types.js';
import { randomValues } from './random-values.js';
import { type Specimen, specimens } from './specimens.js';

/** A type of the server, and what makes values of it, as SQL writes them. */
export interface RandomType extends Omit<Specimen, 'name' | 'values'> {
  value(random: Seeded): string;
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
const exact = { exactness: 'exact' } as const;
const widened = { exactness: 'widened' } as const;

/** Values that are long for the server, though `repeat` writes them in few letters. */
const isLong = (value: string): boolean => value.startsWith('repeat') || value.length > 500;

/** Generated columns are not written to. */
export const knownTypes: readonly RandomType[] = specimens
  .filter(({ values }) => values.length > 0)
  .map(({ sql, arrow, exactness, shown, values }) => {
    // Of the newer versions of UUIDs the server refuses some.
    const more = (randomValues[sql] ?? []).filter((value) => sql !== 'uuid' || /^'.{14}[1-5]/.test(value));
    const short = values.filter((value) => !isLong(value));
    const common = short.length > 0 ? short : values;
    return {
      ...{ sql, arrow, exactness, ...(shown !== undefined && { shown }) },
      value: (random) => {
        if (more.length > 0 && random.chance(0.6)) return random.pick(more);
        return random.pick(random.chance(0.01) ? values : common);
      },
    };
  });

function decimal(random: Seeded): RandomType {
  const precision = random.chance(0.8) ? random.int(1, 38) : random.int(39, 65);
  const scale = random.int(0, Math.min(precision, 38));
  const type =
    precision <= 38 ? { arrow: `decimal128(${precision},${scale})`, ...exact } : { arrow: 'utf8', ...widened };
  return {
    ...{ sql: `decimal(${precision},${scale})`, ...type },
    value: (from) => decimalValue(from, precision, scale),
  };
}

function bits(random: Seeded): RandomType {
  const length = random.int(2, 64);
  return {
    ...{ sql: `bit(${length})`, ...widened, shown: 'c + 0', arrow: length < 64 ? 'int64' : 'decimal128(20,0)' },
    value: (from) => `b'${from.many(length, () => from.int(0, 1)).join('')}'`,
  };
}

const two = (random: Seeded, min: number, max: number): string => String(random.int(min, max)).padStart(2, '0');
const clock = (random: Seeded): string =>
  `${two(random, 0, 23)}:${two(random, 0, 59)}:${two(random, 0, 59)}.${random.digits(6)}`;

/** The server cuts off what is finer than a type's precision. */
function moment(random: Seeded): RandomType {
  const precision = random.int(0, 6);
  const [kind, from, to] = random.pick([
    ['datetime', 1, 9999],
    ['timestamp', 1971, 2037],
    ['time', 0, 0],
  ] as const);
  if (kind === 'time')
    return { sql: `time(${precision})`, arrow: 'time64[us]', ...exact, value: (of) => quote(clock(of)) };
  return {
    sql: `${kind}(${precision})${kind === 'timestamp' ? ' NULL' : ''}`,
    ...{ arrow: kind === 'timestamp' ? 'timestamp[us, UTC]' : 'timestamp[us]', ...exact },
    value: (of) => {
      const year = String(of.int(from, to)).padStart(4, '0');
      return quote(`${year}-${two(of, 1, 12)}-${two(of, 1, 28)} ${clock(of)}`);
    },
  };
}

const alphabets: Readonly<Record<string, readonly string[]>> = {
  utf8mb4: [...'aZ 09\'"\\%_äß€日本🦆\u0001\n\t'],
  utf8mb3: [...'aZ \'"\\äß€日本'],
  latin1: [...'aZ \'"\\äß€é'],
  utf16: [...'aZ \'"\\äß€日🦆'],
  ascii: [...'aZ \'"\\~'],
  cp1251: [...'aZ \'"\\Жя'],
  sjis: [...'aZ \'"日本'],
};

function text(random: Seeded): RandomType {
  const [set, letters] = random.pick(Object.entries(alphabets));
  const length = random.pick([1, 3, 20, 255, 256, 1000]);
  // Spaces at the end of a char are not kept by the server, and so none of its text.
  const sql = `${length < 256 && random.chance(0.4) ? 'char' : 'varchar'}(${length}) character set ${set}`;
  return {
    ...{ sql, arrow: 'utf8', ...exact },
    value: (from) => quote(from.many(from.int(0, Math.min(length, 40)), () => from.pick(letters)).join('')),
  };
}

function labels(random: Seeded): RandomType {
  const isSet = random.chance(0.5);
  const count = isSet ? random.int(1, 64) : random.pick([1, 2, 40, 255, 256, 700]);
  const all = random.many(count, (i) => `${random.pick(['a', 'ä', "it''s ", '日', 'B'])}${i}`);
  const chosen = (from: Seeded): string => (isSet ? all.filter(() => from.chance(0.1)).join(',') : from.pick(all));
  const list = all.map((label) => `'${label}'`).join(',');
  return { sql: `${isSet ? 'set' : 'enum'}(${list})`, arrow: 'utf8', ...exact, value: (from) => `'${chosen(from)}'` };
}

function bytes(random: Seeded): RandomType {
  const length = random.pick([1, 2, 8, 16, 255]);
  const kind = random.pick(['binary', 'varbinary']);
  return {
    ...{ sql: `${kind}(${length})`, arrow: 'binary', ...exact, shown: 'LOWER(HEX(c))' },
    value: (from) =>
      `x'${from.many(from.int(0, Math.min(length, 40)), () => from.int(0, 255).toString(16).padStart(2, '0')).join('')}'`,
  };
}

/** A type with a length, precision, character set or labels of its own. */
export function sizedType(random: Seeded): RandomType {
  return random.pick([decimal, decimal, bits, moment, moment, text, text, labels, bytes])(random);
}
