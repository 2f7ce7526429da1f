import type { DraftObjects } from '../core/destination.js';
import { shardPath } from '../manifest/shard-names.js';
import type { LoadedFormat } from './load-format.js';
import type { Work } from './messages.js';
import { ShardSequence } from './shard-sequence.js';

/** The files of one group, named and not begun. */
export function groupFiles(
  { tables, groups, shardName, shardSize }: Work,
  format: LoadedFormat,
  objects: DraftObjects,
  { table, group }: { readonly table: number; readonly group: number },
  onWritten: (bytes: number) => void,
): ShardSequence {
  const { columns, name } = tables[table];
  const index = { group, groups: groups[table].length };
  const pathOf = (part: number): string => shardPath(shardName, name, { ...index, part }, format.ending);
  return new ShardSequence({ objects, table, group, shardSize, pathOf }, columns, format, onWritten);
}
