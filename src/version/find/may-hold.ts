import { type DataType, type RecordBatch } from 'apache-arrow';
import { plainData } from '../../core/arrow/plain-data.js';
import { type PlainValue, valuesOf } from '../../core/arrow/value-at.js';
import { isOrdered } from '../../core/sketch/batch-sketch.js';
import type { Column } from '../../core/types.js';
import type { ManifestColumnFacts } from '../../manifest/shape.js';
import type { Sought } from './sought.js';
import { valuesOfTexts } from './values.js';

/** Whether values between these bounds may be one of those that are sought. */
export type MayHold = (facts: readonly ManifestColumnFacts[]) => Promise<boolean>;

/**
 * Says of files by their smallest and largest values which of them cannot have a key. Where nothing is told of a column (redacted, of no
 * order), any may.
 * @param indices of the key's columns in the table's schema
 */
export function mayHold({ columns, candidates }: Sought, indices: readonly number[]): MayHold {
  const sought = columns.map((_, index) => candidates.map((batch) => valueIn(batch, index)));
  return async (facts) => {
    for (const [index, column] of columns.entries()) {
      const { min, max } = facts[indices[index]!]!;
      const values = sought[index]!;
      if (min === undefined || max === undefined || values.some((value) => value === undefined)) continue;
      const bounds = await boundsOf(column, min, max);
      if (bounds === undefined) continue;
      if (values.every((value) => value! < bounds[0] || value! > bounds[1])) return false;
    }
    return true;
  };
}

/** Undefined where values have no order that is known here. */
function valueIn(batch: RecordBatch, index: number): PlainValue | undefined {
  const data = plainData(batch.data.children[index]!);
  const type = data.type as DataType;
  const isText = type.toString() === 'Utf8';
  return isText || isOrdered(type) ? valuesOf(data)(0) : undefined;
}

async function boundsOf(
  column: Column,
  min: string,
  max: string,
): Promise<readonly [PlainValue, PlainValue] | undefined> {
  const batch = await valuesOfTexts([column], [[min], [max]]);
  if (batch?.numRows !== 2) return undefined;
  const at = valuesOf(plainData(batch.data.children[0]!));
  return [at(0), at(1)];
}
