import { TidemarkError } from '../../../core/errors.js';

/** Values of a type that none lies below, and none above; undefined: the type has no such value. */
type Extremes = readonly [low: string, high: string | undefined];

const endless: Extremes = ['-infinity', 'infinity'];

/** By the type's object id, which is fixed for built-in types. */
const extremes: Readonly<Record<number, Extremes>> = {
  1184: endless,
  1114: endless,
  1082: endless,
  21: ['-32768', '32767'],
  23: ['-2147483648', '2147483647'],
  20: ['-9223372036854775808', '9223372036854775807'],
  1700: endless,
  701: endless,
  2950: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  25: ['', undefined],
  1043: ['', undefined],
};

/**
 * What stands for `:low` or `:high` where the window has no such end: before the first run, and while it is looked where it ends.
 * @param type oid that the server resolved for the parameter
 * @throws request.invalid for a type without such a value
 */
export function endlessValue(end: 'low' | 'high', type: number): string {
  const found = extremes[type]?.[end === 'low' ? 0 : 1];
  if (found !== undefined) return found;
  throw new TidemarkError(
    'request.invalid',
    `query: :${end} is of a type that has no ${end === 'low' ? 'smallest' : 'largest'} value`,
    {
      hint: `Leave :${end} out, since rows of the query are looked at in any case; or say which type it has: :${end}::timestamptz.`,
    },
  );
}
