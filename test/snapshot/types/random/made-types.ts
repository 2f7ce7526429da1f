import { field, type Shape } from '../shapes.js';
import { type RandomType, shapeOf } from './random-type.js';
import { rangeType } from './range-types.js';
import type { Seeded } from './seeded.js';
import { sizedType } from './sized-types.js';

/** What types are made of, and the name that the next one takes. */
export interface Workshop {
  readonly random: Seeded;
  readonly elements: readonly RandomType[];
  readonly name: (kind: string) => string;
}

const escaped = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
const widenedIf = (types: readonly RandomType[]) =>
  types.some(({ exactness }) => exactness === 'widened') ? ({ exactness: 'widened' } as const) : {};
const fieldName = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));

function listType({ random }: Workshop, of: RandomType): RandomType {
  const most = random.pick([1, 3, 3, 6, 40]);
  const nulls = random.pick([0, 0.1, 0.5, 1]);
  return {
    ...{ sql: `${of.sql}[]`, arrow: `list<${of.arrow}>`, shape: { elements: shapeOf(of) }, ...widenedIf([of]) },
    ...{ made: of.made, changed: of.changed },
    value: (from) => {
      const items = from.many(from.int(0, most), () => (from.chance(nulls) ? 'NULL' : escaped(of.value(from))));
      return `{${items.join(',')}}`;
    },
  };
}

const names = ['a', 'b c', 'select', 'Ü', 'q"d', "it's", 'a,b', 'Case', 'back\\slash', 'list', 'element', ' '];

function compositeType({ random, name }: Workshop, of: readonly RandomType[]): RandomType {
  const sql = name('comp');
  const nulls = random.pick([0, 0.1, 0.5, 1]);
  // One that is dropped or added later leaves rows that were stored with others.
  const fields = of.map((type, i) => {
    const drawn = random.share();
    const when = drawn < 0.08 ? 'gone' : drawn < 0.13 ? 'dropped' : drawn < 0.18 ? 'added' : 'kept';
    const label = random.chance(0.5) ? `f${i}` : `${random.pick(names)}${i}`;
    return { type, label, quoted: `"${label.replaceAll('"', '""')}"`, when };
  });
  if (fields.every(({ when }) => when !== 'kept')) fields[0]!.when = 'kept';
  const are = (...when: string[]) => fields.filter((one) => when.includes(one.when));
  const written = are('kept', 'dropped');
  const shown = [...are('kept'), ...are('added')];
  const shape: Shape = { fields: shown.map(({ label, type }) => field(label, shapeOf(type))) };
  const list = fields.filter(({ when }) => when !== 'added').map(({ quoted, type }) => `${quoted} ${type.sql}`);
  return {
    ...{ sql, shape, ...widenedIf(shown.map(({ type }) => type)) },
    arrow: `struct<${shown.map(({ label, type }) => `${fieldName(label)}: ${type.arrow}`).join(', ')}>`,
    made: [
      ...of.flatMap(({ made }) => made),
      `CREATE TYPE ${sql} AS (${list.join(', ')})`,
      ...are('gone').map(({ quoted }) => `ALTER TYPE ${sql} DROP ATTRIBUTE ${quoted}`),
    ],
    changed: [
      ...of.flatMap(({ changed }) => changed),
      ...are('dropped').map(({ quoted }) => `ALTER TYPE ${sql} DROP ATTRIBUTE ${quoted}`),
      ...are('added').map(({ quoted, type }) => `ALTER TYPE ${sql} ADD ATTRIBUTE ${quoted} ${type.sql}`),
    ],
    value: (from) => {
      const values = written.map(({ type }) => (from.chance(nulls) ? '' : escaped(type.value(from))));
      return `(${values.join(',')})`;
    },
  };
}

function domainType({ name }: Workshop, of: RandomType): RandomType {
  const sql = name('dom');
  return { ...of, sql, made: [...of.made, `CREATE DOMAIN ${sql} AS ${of.sql}`] };
}

/** A type of types of types, as deep as `depth`. */
export function madeType(shop: Workshop, depth: number): RandomType {
  const { random, elements } = shop;
  const smaller = (): RandomType => madeType(shop, depth - 1);
  if (depth === 0) return random.chance(0.35) ? sizedType(random, shop.name) : random.pick(elements);
  const drawn = random.share();
  if (drawn < 0.25) {
    const of = smaller();
    // Arrays of arrays there are only by a domain over the inner one.
    return listType(shop, of.sql.endsWith('[]') ? domainType(shop, of) : of);
  }
  if (drawn < 0.65) return compositeType(shop, random.many(random.int(1, 5), smaller));
  if (drawn < 0.75) return domainType(shop, smaller());
  if (drawn < 0.95) return rangeType(random, shop.name);
  return smaller();
}
