import { rangeShape } from '../shapes.js';
import type { RandomType } from './random-type.js';
import type { Seeded } from './seeded.js';
import { decimalValue } from './sized-types.js';

/** A type of bounds; its texts are in the order of its values, or their numbers are. */
interface Bound {
  readonly sql: string;
  readonly arrow: string;
  readonly known?: string;
  readonly more?: string;
  readonly exactness?: 'widened';
  readonly by: 'text' | 'number';
  value(random: Seeded): string;
}

const whole = (random: Seeded, bits: number): string => {
  const most = 2n ** BigInt(bits) - 2n;
  const drawn = BigInt(random.digits(19)) % most;
  return String(random.chance(0.1) ? most - 1n : random.chance(0.5) ? -drawn : drawn);
};
const two = (random: Seeded, min: number, max: number): string => String(random.int(min, max)).padStart(2, '0');
const date = (random: Seeded): string =>
  `${String(random.int(1, 9999)).padStart(4, '0')}-${two(random, 1, 12)}-${two(random, 1, 28)}`;
const clock = (random: Seeded): string =>
  `${two(random, 0, 23)}:${two(random, 0, 59)}:${two(random, 0, 59)}.${random.digits(6)}`;
const hex = (random: Seeded, digits: number): string =>
  random.many(digits, () => random.int(0, 15).toString(16)).join('');
const uuid = (random: Seeded): string => [8, 4, 4, 4, 12].map((digits) => hex(random, digits)).join('-');
const letters = [...'aZ 0"\\,()[]{}\''];

const bounds: readonly Bound[] = [
  { sql: 'int4', known: 'int4', arrow: 'int32', by: 'number', value: (random) => whole(random, 31) },
  { sql: 'int8', known: 'int8', arrow: 'int64', by: 'number', value: (random) => whole(random, 53) },
  { sql: 'date', known: 'date', arrow: 'date32', by: 'text', value: date },
  {
    ...{ sql: 'timestamp', known: 'ts', arrow: 'timestamp[us]', by: 'text' },
    value: (random) => `${date(random)} ${clock(random)}`,
  },
  {
    ...{ sql: 'timestamptz', known: 'tstz', arrow: 'timestamp[us, UTC]', by: 'text' },
    value: (random) => `${date(random)} ${clock(random)}+00`,
  },
  {
    ...{ sql: 'numeric', known: 'num', arrow: 'utf8', exactness: 'widened', by: 'number' },
    value: (random) => decimalValue(random, 15, random.int(0, 15)),
  },
  { sql: 'float8', arrow: 'float64', by: 'number', value: (random) => String((random.share() - 0.5) * 1e9) },
  { sql: 'float4', arrow: 'float32', by: 'number', value: (random) => String(random.int(-1000, 1000) / 8) },
  { sql: 'int2', arrow: 'int16', by: 'number', value: (random) => String(random.int(-32_768, 32_767)) },
  { sql: 'time', arrow: 'time64[us]', by: 'text', value: clock },
  { sql: 'uuid', arrow: 'uuid', by: 'text', value: uuid },
  {
    sql: 'oid',
    arrow: 'int64',
    exactness: 'widened',
    by: 'number',
    value: (random) => String(random.int(0, 2 ** 32 - 1)),
  },
  {
    ...{ sql: 'text', arrow: 'utf8', more: ', collation = "C"', by: 'text' },
    value: (random) => random.many(random.int(0, 6), () => random.pick(letters)).join(''),
  },
  { sql: 'bytea', arrow: 'binary', by: 'text', value: (random) => `\\x${hex(random, 2 * random.int(0, 5))}` },
  {
    ...{ sql: 'varbit', arrow: 'utf8', exactness: 'widened', by: 'text' },
    value: (random) => random.many(random.int(0, 12), () => random.int(0, 1)).join(''),
  },
];

function inOrder({ by, value }: Bound, random: Seeded): [string, string] {
  const [one, other] = [value(random), random.chance(0.05) ? undefined : value(random)];
  if (other === undefined) return [one, one];
  const isLess = by === 'text' ? one < other : Number(one) < Number(other);
  return isLess ? [one, other] : [other, one];
}

const escaped = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

function rangeText(bound: Bound, random: Seeded): string {
  if (random.chance(0.1)) return 'empty';
  const [lower, upper] = inOrder(bound, random);
  const from = random.chance(0.15) ? '' : escaped(lower);
  const to = random.chance(0.15) ? '' : escaped(upper);
  return `${random.pick(['[', '('])}${from},${to}${random.pick([']', ')'])}`;
}

/** A range or a multirange, of the server or made on the fly. */
export function rangeType(random: Seeded, name: (kind: string) => string): RandomType {
  const bound = random.pick(bounds);
  const isOwn = bound.known === undefined || random.chance(0.3);
  const own = name('of');
  const single = isOwn ? `range_${own}` : `${bound.known}range`;
  const many = isOwn ? `multi_${own}` : `${bound.known}multirange`;
  const { exactness, arrow: of } = bound;
  const arrow = `struct<lower: ${of}, upper: ${of}, lower_inc: bool, upper_inc: bool, empty: bool>`;
  const parts = `subtype = ${bound.sql}, multirange_type_name = ${many}${bound.more ?? ''}`;
  const made = {
    made: isOwn ? [`CREATE TYPE ${single} AS RANGE (${parts})`] : [],
    ...{ changed: [], ...(exactness && { exactness }) },
  };
  const value = (from: Seeded): string => rangeText(bound, from);
  if (random.chance(0.7)) return { ...made, sql: single, arrow, shape: rangeShape(of), value };
  return {
    ...{ ...made, sql: many, arrow: `list<${arrow}>`, shape: { elements: rangeShape(of), from: 'multirange' } },
    value: (from) => `{${from.many(from.int(0, 4), () => value(from)).join(',')}}`,
  };
}
