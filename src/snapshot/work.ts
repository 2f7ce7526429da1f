import type { ShardReceipt } from '../core/shard.js';
import type { OpenSource, RowGroupLimits } from '../core/source.js';
import { tool } from './tool.js';
import type { LoadedFormat } from '../lane/load-format.js';
import type { LaneStart, Work } from '../lane/messages.js';
import { ShardSequence } from '../lane/shard-sequence.js';
import type { Plan } from './plan.js';

/**
 * Where row groups end. Rows: what readers of Parquet like to take at once. Bytes, as they come from the server: they
 * bound the memory of a lane whatever the rows are like.
 */
export const rowGroupLimits: RowGroupLimits = { rows: 131_072, bytes: 32 * 1024 * 1024 };

/** What every thread of the run needs to know. */
export function workOf(plan: Plan, source: OpenSource): Work {
  return {
    sourceKind: plan.sourceKind,
    tables: source.tables,
    misfits: plan.misfits,
    format: {
      format: plan.format,
      compression: plan.compression,
      createdBy: `${tool.name} version ${tool.version}`,
    },
    limits: rowGroupLimits,
    shardSize: plan.shardSize,
  };
}

/** Writes one shard without rows for each of the tables given by index. */
export function writeEmptyShards(
  start: Omit<LaneStart, 'encoders'>,
  format: LoadedFormat,
  tables: readonly number[],
): readonly ShardReceipt[] {
  return tables.flatMap((table) => {
    const place = { folder: start.folder, table, range: 0, attempt: 0, shardSize: start.shardSize };
    return new ShardSequence(place, start.tables[table].columns, format, () => undefined).finish({ empty: true });
  });
}
