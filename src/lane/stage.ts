import type { RecordBatch } from 'apache-arrow';
import { factsCounter } from '../core/arrow/batch-facts.js';
import type { Facts } from '../core/facts.js';
import type { EncodedRowGroup, RowGroupEncoder } from '../core/shard.js';
import type { MisfitCounts } from '../core/source.js';
import { arrowSchema, type Column } from '../core/types.js';

/** A row group on its way to a target, with the facts of its rows. */
export interface Portion {
  /** Index of the place that the rows go to. */
  readonly target: number;
  /** Valid until the stage's next portion. */
  readonly rowGroup: EncodedRowGroup;
  readonly facts: Facts;
}

/**
 * What happens to rows between decoding and writing, wherever that runs: batch → facts → where its rows go → portions. It
 * depends on the batch alone, so that any thread may do it.
 */
export interface Stage {
  /** @param misfits of the batch's rows, as its decoder counted them */
  portions(batch: RecordBatch, misfits: MisfitCounts): IterableIterator<Portion>;
}

/** The stage of one table, whose rows all go to one target. */
export function tableStage(target: number, columns: readonly Column[], encoder: RowGroupEncoder): Stage {
  const redacted = new Set(columns.filter((column) => column.redacted).map((column) => column.name));
  const factsOf = factsCounter(arrowSchema(columns), redacted);
  return {
    *portions(batch, misfits) {
      const rowGroup = encoder.encode(batch);
      yield { target, rowGroup, facts: factsOf(batch, { misfits, bounds: rowGroup.bounds }) };
    },
  };
}
