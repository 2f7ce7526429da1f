import type { Shape } from '../shapes.js';
import { decodedTypes, type Specimen } from '../specimens.js';
import { textTypes } from '../specimens-as-text.js';
import { nestedTypes } from '../specimens-nested.js';
import { moreValues } from './more-values.js';
import type { Seeded } from './seeded.js';

/** A type of the server, and what makes values of it: texts as its input takes them. */
export interface RandomType extends Omit<Specimen, 'name' | 'values' | 'since'> {
  value(random: Seeded): string;
  /** Statements that make it. */
  readonly made: readonly string[];
  /** Statements that change it when there are rows; its values are shown as they are after that. */
  readonly changed: readonly string[];
}

function ofSpecimen({ sql, arrow, shownAs, exactness, shape, values }: Specimen): RandomType {
  const more = moreValues[sql] ?? [];
  // Texts that are long would be most of a table's bytes.
  const short = values.filter((value) => value.length <= 500);
  const common = short.length > 0 ? short : values;
  return {
    ...{ sql, arrow, made: [], changed: [] },
    ...(shownAs && { shownAs }),
    ...(exactness && { exactness }),
    ...(shape && { shape }),
    value: (random) => {
      if (more.length > 0 && random.chance(0.6)) return random.pick(more);
      return random.pick(random.chance(0.003) ? values : common);
    },
  };
}

/** Arrays of thousands: the server counts to each element anew when it is asked for its text. */
const slow = new Set(['a_long', 'a_texts']);

const known = (version: number, specimens: readonly Specimen[]): RandomType[] =>
  specimens.filter(({ name, since = 14 }) => since <= version && !slow.has(name)).map(ofSpecimen);

/** Not regclass: the cast by which rows are inserted looks names up, in another way than its input does. */
export const knownTypes = (version: number): RandomType[] =>
  known(
    version,
    [...decodedTypes, ...nestedTypes, ...textTypes].filter(({ sql }) => !sql.startsWith('regclass')),
  );

/** Single types that are the same inside of others. */
const texts = ['numeric', 'numeric(39,0)', 'numeric(1000,500)', 'timetz', 'inet', 'cidr', 'macaddr', 'macaddr8'];
const inside = new Set([...texts, 'bit(10)', 'varbit', 'pg_lsn', 'jsonpath']);

/** Types that others are made of: single ones, and some that are nested themselves. */
export const elementTypes = (version: number): RandomType[] => [
  // A value of money has no form inside of others that does not depend on where it is shown.
  ...known(version, decodedTypes).filter(({ sql }) => sql !== 'money'),
  ...known(version, textTypes).filter(({ sql }) => inside.has(sql)),
  ...known(version, nestedTypes),
];

export const shapeOf = (type: RandomType): Shape => type.shape ?? type.arrow;
