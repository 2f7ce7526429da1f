import type { ShardReceipt } from '../core/shard.js';
import type { TablePlan } from '../core/source.js';
import { orderReceipts } from '../manifest/build.js';
import { shardNames } from '../manifest/shard-names.js';
import { formatOf } from '../shard/registry.js';
import type { Plan } from './plan.js';

/** A shard and the name under which it is published. */
export interface NamedShard {
  readonly path: string;
  readonly receipt: ShardReceipt;
}

/** Names the shards by table, in the order of their rows: the same whatever lane wrote them, and when. */
export function shardPaths(
  plan: Plan,
  tables: readonly TablePlan[],
  receipts: readonly ShardReceipt[],
): readonly (readonly NamedShard[])[] {
  const ordered = orderReceipts(receipts, tables.length);
  const counts = tables.map((table, index) => ({ name: table.name, shards: ordered[index].length }));
  const names = shardNames(plan.name, counts, formatOf(plan.format).ending);
  return ordered.map((shards, table) => shards.map((receipt, index) => ({ path: names[table][index], receipt })));
}
