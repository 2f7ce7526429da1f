import type { RecordBatch } from 'apache-arrow';
import { plainBatch } from '../core/arrow/plain-data.js';
import { RowsCollector } from '../core/arrow/rows-collector.js';
import { arrowSchema, type Column } from '../core/types.js';
import { readSpool } from '../lane/spool.js';
import type { WaitingRows } from './read-versions.js';

/** Rows that are looked at together. */
const rowsAtOnce = 4096;

/** Rows that wait, in batches. */
export function* batchesOf(
  columns: readonly Column[],
  { pieces, scratch }: Pick<WaitingRows, 'pieces' | 'scratch'>,
): Generator<RecordBatch> {
  const collector = new RowsCollector(arrowSchema(columns));
  let waiting = 0;
  for (const piece of pieces)
    for (const { rows, bytes } of readSpool(scratch, piece, piece)) {
      collector.add(bytes);
      waiting += rows;
      if (waiting < rowsAtOnce) continue;
      waiting = 0;
      yield plainBatch(collector.finish());
    }
  if (waiting > 0) yield plainBatch(collector.finish());
}
