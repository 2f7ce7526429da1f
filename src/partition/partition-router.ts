import type { RecordBatch } from 'apache-arrow';
import { plainData } from '../core/arrow/plain-data.js';
import { TidemarkError } from '../core/errors.js';
import { MisfitError } from '../core/misfit-error.js';
import { arrowSchema, type Column } from '../core/types.js';
import { folderOf, folderOfNull, partitionName, type PartitionValues } from '../core/target-place.js';
import { formatCount } from '../core/units.js';
import { mostPartitions, type Partitioning } from './partitioning.js';
import { ValueCodes } from './value-codes.js';

/** File systems take names of so many bytes. */
const longestFolder = 255;

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
  const levels = by.map((one) => {
    const index = columns.findIndex(({ name }) => name === one.column);
    const column = columns[index]!;
    const codes = new ValueCodes(fields[index]!, one.unit, kept === 'files' ? ['', folderOfNull] : []);
    return { index, name: partitionName(one), codes, check: folderCheck(partitionName(one), column, index, kept) };
  });
  const partitions: PartitionValues[] = [];
  /** By level: which prefix of a partition is meant by the prefix before it and the level's code. */
  const known = levels.map(() => new Map<number, number>());
  return (written) => {
    const of = new Int32Array(written.numRows);
    const own = new Int32Array(written.numRows);
    for (const [depth, { index, codes, check }] of levels.entries()) {
      const before = codes.texts.length;
      codes.assign(plainData(written.data.children[index]!), own);
      check(codes.texts, before, own);
      combine(of, own, known[depth]!);
    }
    assertFew(known.at(-1)!.size, by);
    if (partitions.length < known.at(-1)!.size) namePartitions(partitions, known, levels);
    return { partitions, of };
  };
}

/** More values of one column than any table has folders. */
const codesRoom = 0x200_0000;

/** Numbers pairs of what a row was before and its code at this level, as they are met. */
function combine(of: Int32Array, own: Int32Array, known: Map<number, number>): void {
  let [before, number] = [-1, -1];
  for (let row = 0; row < of.length; row++) {
    const pair = of[row]! * codesRoom + own[row]!;
    if (pair !== before) {
      const found = known.get(pair);
      number = found ?? known.size;
      if (found === undefined) known.set(pair, number);
      before = pair;
    }
    of[row] = number;
  }
}

function assertFew(count: number, by: Partitioning['by']): void {
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

/** Of those that were met since the last time. */
function namePartitions(
  partitions: PartitionValues[],
  known: readonly Map<number, number>[],
  levels: readonly { readonly name: string; readonly codes: ValueCodes }[],
): void {
  const pairs = known.map((map) => [...map.keys()]);
  for (let number = partitions.length; number < pairs.at(-1)!.length; number++) {
    const values: [string, string | null][] = [];
    for (let level = levels.length - 1, at = number; level >= 0; level--) {
      const pair = pairs[level]![at]!;
      values.unshift([levels[level]!.name, levels[level]!.codes.texts[pair % codesRoom]!]);
      at = Math.floor(pair / codesRoom);
    }
    partitions.push(Object.fromEntries(values));
  }
}

/** Looks at texts that are new in a batch. */
function folderCheck(
  name: string,
  { name: column, sourceType, redacted }: Column,
  index: number,
  kept: Partitioning['columns'],
): (texts: readonly (string | null)[], from: number, own: Int32Array) => void {
  const refuse = (text: string, row: number, why: string, hint: string): never => {
    const shown = redacted ? 'a value (hidden: the column is redacted)' : JSON.stringify(text.slice(0, 80));
    const message = `Column "${column}" (${sourceType}): ${shown} ${why}`;
    throw new MisfitError({ column: index, row }, 'data.misfit', message, hint);
  };
  return (texts, from, own) => {
    for (let code = from; code < texts.length; code++) {
      const text = texts[code]!;
      const rowOf = (): number => own.indexOf(code);
      if (Buffer.byteLength(folderOf(name, text)) > longestFolder) {
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
