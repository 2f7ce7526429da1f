import type { DraftObjects } from '../core/destination.js';
import { writtenColumns } from '../core/types.js';
import { type ShardIndex, shardPath } from '../manifest/shard-names.js';
import type { LoadedFormat } from './load-format.js';
import type { ThreadPlan } from './messages.js';
import { ShardSequence } from './shard-sequence.js';

/** Where files of a group lie in the version, by their numbers in it. */
export function groupPath(
  { tables, shardNames }: ThreadPlan,
  { ending }: Pick<LoadedFormat, 'ending'>,
  { table, group, groups }: { readonly table: number } & Pick<ShardIndex, 'group' | 'groups'>,
): (part: number) => string {
  return (part) => shardPath(shardNames[table]!, tables[table]!.name, { group, groups, part }, ending);
}

/** The files of one group, named and not begun. */
export function groupFiles(
  work: ThreadPlan,
  {
    format,
    objects,
    place,
  }: {
    readonly format: LoadedFormat;
    readonly objects: DraftObjects;
    readonly place: { readonly table: number } & Pick<ShardIndex, 'group' | 'groups'>;
  },
  onWritten: (bytes: number) => void,
): ShardSequence {
  const { table, group } = place;
  const { columns } = work.tables[table]!;
  const pathOf = groupPath(work, format, place);
  const at = { objects, table, group, shardSize: work.shardSize, pathOf };
  return new ShardSequence(at, writtenColumns(columns), format, onWritten);
}
