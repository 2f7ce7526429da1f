import type { RecordBatch } from 'apache-arrow';
import { inLine } from '../core/in-line.js';
import { TidemarkError } from '../core/errors.js';
import { MisfitError } from '../core/misfit-error.js';
import { arrowSchema, type Column } from '../core/types.js';
import { folderOfNull, isTooLong, longestFolder, partitionName, type PartitionValues } from '../core/target-place.js';
import { formatCount } from '../core/units.js';
import { mostPartitions, type Partitioning } from './partitioning.js';
import { ValueCodes } from './value-codes.js';
import { ValueCombinations, type ValueLevel } from './value-combinations.js';

/** Which partitions there are so far, and by row which of them. */
export interface PartitionRouting {
  readonly partitions: readonly PartitionValues[];
  readonly of: Int32Array;
}

/**
 * Sends rows to partitions, which are numbered as they are met.
 * @param columns those that are written, checked by `checkPartitioning`
 * @returns a router that throws data.misfit for a value that no folder can be named for, data.partitions where there are too many
 */
export function partitionRouter(
  { by, columns: kept }: Partitioning,
  columns: readonly Column[],
): (written: RecordBatch) => PartitionRouting {
  const { fields } = arrowSchema(columns);
  const names = by.map(partitionName);
  const levels = by.map(({ column: name, unit }, level) => {
    const index = columns.findIndex((column) => column.name === name);
    const codes = new ValueCodes(fields[index]!, unit, kept === 'files' ? ['', folderOfNull] : []);
    return { index, codes, check: folderCheck(names[level]!, columns[index]!, index, kept) };
  });
  const combinations = new ValueCombinations(levels);
  const partitions: PartitionValues[] = [];
  return (written) => {
    const of = combinations.assign(written);
    assertFewPartitions(combinations.size, by);
    for (const values of combinations.texts().slice(partitions.length)) {
      partitions.push(Object.fromEntries(names.map((name, level) => [name, values[level]!])));
    }
    return { partitions, of };
  };
}

/** @throws data.partitions */
export function assertFewPartitions(count: number, by: Partitioning['by']): void {
  if (count <= mostPartitions) return;
  const names = by.map(partitionName).join(', ');
  throw new TidemarkError(
    'data.partitions',
    `partition-by: ${names} gives more than ${formatCount(mostPartitions)} partitions, each of which would be a folder`,
    {
      hint: 'Partition by fewer columns, by columns of fewer values, or by time: --partition-by created_at:month. Readers skip row groups by their statistics without partitions, too.',
    },
  );
}

/** Looks at texts that are new in a batch. */
function folderCheck(
  name: string,
  { name: column, sourceType, redacted }: Column,
  index: number,
  kept: Partitioning['columns'],
): NonNullable<ValueLevel['check']> {
  const refuse = (text: string, row: number, why: string, hint: string): never => {
    const shown = redacted ? 'a value (hidden: the column is redacted)' : JSON.stringify(text.slice(0, 80));
    const message = `Column "${inLine(column)}" (${sourceType}): ${shown} ${why}`;
    throw new MisfitError({ column: index, row }, 'data.misfit', message, hint);
  };
  return (texts, from, own) => {
    for (let code = from; code < texts.length; code++) {
      const text = texts[code]!;
      const rowOf = (): number => own.indexOf(code);
      if (isTooLong(name, text)) {
        const hint = 'Partition by another column, or by a part of it in the query: left(url, 100) AS site.';
        refuse(text, rowOf(), `is too long for the name of a folder (at most ${longestFolder} bytes)`, hint);
      }
      if (kept === 'path' && (text === '' || text === folderOfNull)) {
        const hint = 'Leave --partition-columns at files, which have the value itself; or choose another column.';
        refuse(text, rowOf(), "cannot be told from NULL by a folder's name", hint);
      }
    }
  };
}
