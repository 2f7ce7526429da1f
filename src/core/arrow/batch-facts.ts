import type { Data, RecordBatch, Schema } from 'apache-arrow';
import type { ColumnFacts, Facts } from '../facts.js';
import type { MisfitCounts } from '../source.js';
import { boundsFinder } from './column-bounds.js';
import { dictionaryOf, occurring } from './dictionary.js';
import { plainData } from './plain-data.js';

/** What others have learned of a batch's rows already, by column. */
export interface KnownOfBatch {
  readonly misfits?: MisfitCounts;
  /** Where not given, they are looked for. */
  readonly bounds?: readonly ColumnFacts['bounds'][] | undefined;
}

/**
 * Counts the facts of record batches of one schema.
 * @param redacted names of the columns of whose values nothing may be told
 */
export function factsCounter(
  schema: Schema,
  redacted: ReadonlySet<string>,
): (batch: RecordBatch, known?: KnownOfBatch) => Facts {
  const finders = schema.fields.map((field) => (redacted.has(field.name) ? undefined : boundsFinder(field)));
  return ({ data, numRows }, { misfits, bounds } = {}) => ({
    rows: numRows,
    columns: data.children.map((child, index): ColumnFacts => {
      const found = bounds === undefined ? finders[index]?.(comparable(child)) : bounds[index];
      return {
        nulls: child.nullCount,
        nulled: misfits?.nulled[index] ?? 0,
        extreme: misfits?.extreme[index] ?? 0,
        ...(found !== undefined && { bounds: found }),
      };
    }),
  });
}

/** Plain data that has all values of a column, each once where that is known. */
function comparable(data: Data): Data {
  const dictionary = dictionaryOf(data);
  return dictionary === undefined ? plainData(data) : occurring(data, dictionary);
}
