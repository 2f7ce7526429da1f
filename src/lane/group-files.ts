import type { DraftObjects } from '../core/destination.js';
import { writtenColumns } from '../core/types.js';
import { type ShardIndex, shardPath } from '../manifest/shard-names.js';
import type { LoadedFormat } from './load-format.js';
import type { ThreadPlan } from './messages.js';
import { ShardSequence } from './shard-sequence.js';

/** The files of one group, named and not begun. */
export function groupFiles(
  { tables, shardName, shardSize }: ThreadPlan,
  format: LoadedFormat,
  objects: DraftObjects,
  { table, group, groups }: { readonly table: number } & Pick<ShardIndex, 'group' | 'groups'>,
  onWritten: (bytes: number) => void,
): ShardSequence {
  const { columns, name } = tables[table]!;
  const pathOf = (part: number): string => shardPath(shardName, name, { group, groups, part }, format.ending);
  return new ShardSequence({ objects, table, group, shardSize, pathOf }, writtenColumns(columns), format, onWritten);
}
