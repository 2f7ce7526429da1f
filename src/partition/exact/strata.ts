import type { RecordBatch } from 'apache-arrow';
import { TidemarkError } from '../../core/errors.js';
import { arrowSchema, type Column } from '../../core/types.js';
import { formatCount } from '../../core/units.js';
import { ValueCodes } from '../value-codes.js';
import { ValueCombinations } from '../value-combinations.js';

/** For each stratum an entry stands in the manifest. */
const mostStrata = 10_000;

/** Which strata there are so far, and by row which of them. */
interface StrataOfRows {
  /** By number, the texts of the columns' values. */
  readonly strata: readonly (readonly (string | null)[])[];
  readonly of: Int32Array;
}

/**
 * Tells rows' strata, which are numbered as they are met.
 * @param columns those that are read; `names` some of them, checked by `checkStrata`
 * @returns what throws data.strata where there are too many
 */
export function strataOf(names: readonly string[], columns: readonly Column[]): (read: RecordBatch) => StrataOfRows {
  const { fields } = arrowSchema(columns);
  const combinations = new ValueCombinations(
    names.map((name) => {
      const index = columns.findIndex((column) => column.name === name);
      return { index, codes: new ValueCodes(fields[index]!, undefined, []) };
    }),
  );
  return (read) => {
    const of = combinations.assign(read);
    if (combinations.size > mostStrata) throw tooMany(names);
    return { strata: combinations.texts(), of };
  };
}

function tooMany(names: readonly string[]): TidemarkError {
  return new TidemarkError(
    'data.strata',
    `split-strata: ${names.join(', ')} gives more than ${formatCount(mostStrata)} strata`,
    { hint: 'Choose columns of fewer values, such as the classes that a model is to tell apart.' },
  );
}

/** Two strata have the same one only where all values are the same. */
export const stratumKey = (values: readonly (string | null)[]): string => JSON.stringify(values);
export const stratumOfKey = (key: string): readonly (string | null)[] => JSON.parse(key) as (string | null)[];
