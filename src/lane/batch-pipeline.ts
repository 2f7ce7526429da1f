import type { RecordBatch, Schema } from 'apache-arrow';
import type { Regrouper } from '../core/arrow/regroup.js';
import { TidemarkError } from '../core/errors.js';
import type { MisfitCounts } from '../core/source.js';
import { assertRows, handOn, type Outlet, type Pipeline, unexpected } from './pipeline.js';
import type { Stage } from './stage.js';

/** How batches become row groups. */
type Grouping = Pick<Regrouper, 'add' | 'finish'>;

/** Each batch as it comes, where no row groups are written. */
export const asTheyCome: Grouping = {
  *add(batch) {
    yield batch;
  },
  finish: () => undefined,
};

/** Takes rows that come as Arrow: nothing is decoded; batches are joined and cut into row groups, and encoded in this thread. */
export class BatchPipeline implements Pipeline {
  /** Misfits that were told, and not handed on yet. */
  private nulled: number[] = [];

  constructor(
    private readonly schema: Schema,
    private readonly grouping: Grouping,
    private readonly stage: Stage,
    private readonly out: Outlet,
  ) {}

  async batch(batch: RecordBatch, _bytes: number, nulled: readonly number[] = []): Promise<void> {
    assertSchema(batch.schema, this.schema);
    for (const [column, count] of nulled.entries()) this.nulled[column] = (this.nulled[column] ?? 0) + count;
    for (const rowGroup of this.grouping.add(batch)) await this.encode(rowGroup);
  }

  async finish(): Promise<void> {
    const last = this.grouping.finish();
    if (last !== undefined) await this.encode(last);
  }

  rows(): never {
    throw unexpected('frames', 'record batches');
  }

  cut(): never {
    throw unexpected('the end of a row group', 'record batches');
  }

  private async encode(rowGroup: RecordBatch): Promise<void> {
    // Which row group of a table a misfit is in, nobody asks.
    const misfits: MisfitCounts = { nulled: this.nulled, extreme: [] };
    this.nulled = [];
    assertRows(rowGroup.numRows, await handOn(this.stage.portions(rowGroup, misfits), this.out));
  }
}

/** A server that gives other columns than it described must not end as a file of other columns. @throws source.changed */
function assertSchema(given: Schema, planned: Schema): void {
  if (given === planned || columnsOf(given) === columnsOf(planned)) return;
  throw new TidemarkError(
    'source.changed',
    `the server gives the columns (${columnsOf(given)}), and planned were (${columnsOf(planned)})`,
    { hint: 'What is read was changed while it was read. Run again.' },
  );
}

function columnsOf({ fields }: Schema): string {
  return fields.map(({ name, type }) => `${name} ${String(type)}`).join(', ');
}
