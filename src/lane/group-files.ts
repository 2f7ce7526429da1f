import type { DraftObjects } from '../core/destination.js';
import { writtenColumns } from '../core/types.js';
import { type ShardIndex, shardPath } from '../manifest/shard-names.js';
import type { LoadedFormat } from './load-format.js';
import type { ThreadPlan } from './messages.js';
import { ShardSequence } from './shard-sequence.js';

/** The files of one group, named and not begun. */
export function groupFiles(
  { tables, shardNames, shardSize }: ThreadPlan,
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
  const { table, group, groups } = place;
  const { columns, name } = tables[table]!;
  const pathOf = (part: number): string => shardPath(shardNames[table]!, name, { group, groups, part }, format.ending);
  return new ShardSequence({ objects, table, group, shardSize, pathOf }, writtenColumns(columns), format, onWritten);
}
