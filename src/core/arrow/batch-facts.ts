import type { RecordBatch, Schema } from 'apache-arrow';
import type { ColumnFacts, Facts } from '../facts.js';
import type { MisfitCounts } from '../source.js';
import { boundsFinder } from './column-bounds.js';
import { plainData } from './plain-data.js';

const noMisfits: MisfitCounts = { nulled: [], extreme: [] };

/**
 * Counts the facts of record batches of one schema.
 * @param redacted names of the columns of whose values nothing may be told
 */
export function factsCounter(
  schema: Schema,
  redacted: ReadonlySet<string>,
): (batch: RecordBatch, misfits?: MisfitCounts) => Facts {
  const finders = schema.fields.map((field) => (redacted.has(field.name) ? undefined : boundsFinder(field)));
  return ({ data, numRows }, { nulled, extreme } = noMisfits) => ({
    rows: numRows,
    columns: data.children.map((child, index): ColumnFacts => {
      const column = plainData(child);
      const bounds = finders[index]?.(column);
      return {
        nulls: column.nullCount,
        nulled: nulled[index] ?? 0,
        extreme: extreme[index] ?? 0,
        ...(bounds !== undefined && { bounds }),
      };
    }),
  });
}
