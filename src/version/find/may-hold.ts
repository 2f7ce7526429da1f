import { type DataType, type RecordBatch } from 'apache-arrow';
import { plainData } from '../../core/arrow/plain-data.js';
import { type PlainValue, valuesOf } from '../../core/arrow/value-at.js';
import { isOrdered } from '../../core/sketch/batch-sketch.js';
import type { PageBounds, RowGroupBounds } from '../../core/format.js';
import type { Column } from '../../core/types.js';
import type { ManifestColumnFacts } from '../../manifest/shape.js';
import type { Sought } from './sought.js';
import { valuesOfTexts } from './values.js';

/** Says of bounds whether values between them may be one of those that are sought. */
export interface MayHold {
  /** A file, by what the manifest tells of it. */
  file(facts: readonly ManifestColumnFacts[]): Promise<boolean>;
  /** A row group, by what its pages are told to have. */
  rowGroup(bounds: RowGroupBounds): Promise<boolean>;
}

/**
 * Says of files and row groups by their smallest and largest values which of them cannot have a key. Where nothing is told of a column (redacted, of no
 * order), any may; so may any have NaN, which is in no bounds.
 * @param indices of the key's columns in the table's schema
 */
export function mayHold(
  { columns, candidates, inOrder }: Pick<Sought, 'columns' | 'candidates' | 'inOrder'>,
  indices: readonly number[],
): MayHold {
  const sought = columns.map((_, index) => candidates.map((batch) => valueIn(batch, index)));
  const mayBe = async (index: number, bounds: readonly PageBounds[] | undefined): Promise<boolean> => {
    const values = sought[index]!;
    if (bounds === undefined || !inOrder[index] || values.some((value) => value === undefined || Number.isNaN(value)))
      return true;
    const known = await valuesOfBounds(columns[index]!, bounds);
    return known?.some(([min, max]) => values.some((value) => value! >= min && value! <= max)) ?? true;
  };
  const allMayBe = async (boundsOf: (index: number) => readonly PageBounds[] | undefined): Promise<boolean> => {
    for (const index of columns.keys()) if (!(await mayBe(index, boundsOf(index)))) return false;
    return true;
  };
  return {
    file: (facts) =>
      allMayBe((index) => {
        const { min, max } = facts[indices[index]!]!;
        return min === undefined || max === undefined ? undefined : [{ min, max }];
      }),
    rowGroup: (bounds) => allMayBe((index) => bounds[index]),
  };
}

/** Undefined where values have no order that is known here. */
function valueIn(batch: RecordBatch, index: number): PlainValue | undefined {
  const data = plainData(batch.data.children[index]!);
  const type = data.type as DataType;
  const isText = type.toString() === 'Utf8';
  return isText || isOrdered(type) ? valuesOf(data)(0) : undefined;
}

/** Undefined where they are no values of the column. */
async function valuesOfBounds(
  column: Column,
  bounds: readonly PageBounds[],
): Promise<readonly (readonly [PlainValue, PlainValue])[] | undefined> {
  if (bounds.length === 0) return [];
  const batch = await valuesOfTexts(
    [column],
    bounds.flatMap(({ min, max }) => [[min], [max]]),
  );
  if (batch?.numRows !== 2 * bounds.length) return undefined;
  const at = valuesOf(plainData(batch.data.children[0]!));
  return bounds.map((_, index) => [at(2 * index), at(2 * index + 1)]);
}
