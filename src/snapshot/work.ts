import type { ShardReceipt } from '../core/shard.js';
import type { OpenSource, RowGroupLimits } from '../core/source.js';
import { tool } from './tool.js';
import type { DraftObjects } from '../core/destination.js';
import type { LoadedFormat } from '../lane/load-format.js';
import type { Work } from '../lane/messages.js';
import { ShardSequence } from '../lane/shard-sequence.js';
import { shardPath } from '../manifest/shard-names.js';
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
    shardName: plan.name,
  };
}

/** Writes one shard without rows for each of the tables given by index. */
export async function writeEmptyShards(
  work: Work,
  format: LoadedFormat,
  objects: DraftObjects,
  tables: readonly number[],
): Promise<readonly ShardReceipt[]> {
  const written: ShardReceipt[] = [];
  for (const table of tables) {
    const { name, columns } = work.tables[table];
    const pathOf = (part: number): string =>
      shardPath(work.shardName, name, { group: 0, groups: 1, part }, format.ending);
    const place = { objects, table, range: 0, shardSize: work.shardSize, pathOf };
    written.push(...(await new ShardSequence(place, columns, format, () => undefined).finish({ empty: true })));
  }
  return written;
}
