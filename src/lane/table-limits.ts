import type { RowGroupLimits, TablePlan } from '../core/source.js';
import { writtenColumns } from '../core/types.js';
import type { ThreadPlan } from './messages.js';

/** A column chunk has pages, statistics and indexes of its own, and of fewer bytes they take longer than its values. */
const bytesPerColumn = 32 * 1024;
/** Of a table with as many columns as there can be; `limits.bytes` is a quarter of it. */
const mostBytes = 32 * 1024 * 1024;

/** Where row groups of a table end: those of a wide one are larger, where a shard has room for two. */
export function tableLimits(
  { limits, shardSize }: Pick<ThreadPlan, 'limits' | 'shardSize'>,
  { columns }: Pick<TablePlan, 'columns'>,
): RowGroupLimits {
  const wide = Math.min(mostBytes, writtenColumns(columns).length * bytesPerColumn, Math.floor(shardSize / 2));
  return { ...limits, bytes: Math.max(limits.bytes, wide) };
}
