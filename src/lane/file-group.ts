import { oneFile } from '../core/shard.js';
import type { TablePlan } from '../core/source.js';

/** Consecutive ranges of a table whose rows go into the same files: those before `end`, from `first` on. */
export interface FileGroup {
  readonly first: number;
  readonly end: number;
}

/** How full a file should be with what is expected in it: rows are larger here and smaller there. */
const filledShare = 0.8;

/**
 * Which ranges of a table share files: consecutive ones, so many that they fill a shard to two or four fifths, as far as a
 * sample tells. Their number is a power of two, so that it stays when the table grows a little. It is a function of the table
 * and the shard size, never of lanes.
 * @param sampled bytes that the table's sample takes in the format; undefined: there is none, and no range shares a file
 */
export function fileGroups(
  { ranges, sample, sameFiles }: Pick<TablePlan, 'ranges' | 'sample' | 'sameFiles'>,
  sampled: number | undefined,
  shardSize: number,
): FileGroup[] {
  if (shardSize === oneFile || sameFiles) return [{ first: 0, end: ranges.length }];
  const together =
    sample === undefined || sampled === undefined ? 1 : fitting(ranges, sampled / sample.bytes, shardSize);
  const groups: FileGroup[] = [];
  for (let first = 0; first < ranges.length; first += together) {
    groups.push({ first, end: Math.min(ranges.length, first + together) });
  }
  return groups;
}

/** How many ranges are expected to fit into a file. */
function fitting(ranges: TablePlan['ranges'], ratio: number, shardSize: number): number {
  const largest = ranges.reduce((most, { bytes = Infinity }) => Math.max(most, bytes), 1);
  const expected = largest * ratio;
  // Nothing is known of a sample without rows.
  if (!(expected > 0) || expected > shardSize * filledShare) return 1;
  return 2 ** Math.floor(Math.log2((shardSize * filledShare) / expected));
}
