import type { RecordBatch, Schema } from 'apache-arrow';
import type { ColumnFacts, Facts } from '../facts.js';
import type { MisfitCounts } from '../source.js';
import { boundsFinder } from './column-bounds.js';
import { plainData } from './plain-data.js';

/** What others have learned of a batch's rows already, by column. */
export interface KnownOfBatch {
  readonly misfits?: MisfitCounts;
  /** Where not given, they are looked for. */
  readonly bounds?: readonly ColumnFacts['bounds'][];
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
  const find = ({ data }: RecordBatch) => data.children.map((child, index) => finders[index]?.(plainData(child)));
  return (batch, { misfits, bounds = find(batch) } = {}) => ({
    rows: batch.numRows,
    columns: batch.data.children.map((child, index): ColumnFacts => {
      const found = bounds[index];
      return {
        nulls: plainData(child).nullCount,
        nulled: misfits?.nulled[index] ?? 0,
        extreme: misfits?.extreme[index] ?? 0,
        ...(found !== undefined && { bounds: found }),
      };
    }),
  });
}
