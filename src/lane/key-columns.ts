import type { RecordBatch } from 'apache-arrow';
import { withAllColumns } from '../core/arrow/complete-columns.js';
import type { StoredObject } from '../core/destination.js';
import type { ShardReader, StoredAs } from '../core/format.js';
import type { PartitionValues } from '../core/target-place.js';
import type { Column } from '../core/types.js';

/** A shard that is open, and how to read it. */
export interface OpenShard {
  readonly file: StoredObject;
  readonly reader: ShardReader;
  readonly bytes: number;
  readonly as: StoredAs;
  readonly partition: PartitionValues | undefined;
  /** Those that are read; absent: all. */
  readonly rowGroups?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads the columns of a key from a shard, those that stand in its path too. */
export async function* readKeyColumns(
  key: readonly Column[],
  { file, reader, bytes, as, partition, rowGroups, signal }: OpenShard,
): AsyncGenerator<RecordBatch> {
  const stored = key.filter(({ inPath }) => !inPath).map(({ name }) => name);
  // Of a key that stands in paths alone, any column tells how many rows there are.
  const columns = stored.length > 0 ? stored : [as.columns[0]!.name];
  const complete = withAllColumns(key, { partition });
  const options = { bytes, as, columns, ...(rowGroups && { rowGroups }), ...(signal && { signal }) };
  for await (const batch of reader.read(file, options)) yield complete(batch);
}
