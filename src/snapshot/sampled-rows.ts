import type { RecordBatch } from 'apache-arrow';
import type { RunListener } from '../core/progress.js';
import type { OpenSource, SourceModule, TablePlan } from '../core/source.js';
import { arrowSchema } from '../core/types.js';
import { asTheyCome, BatchPipeline } from '../lane/batch-pipeline.js';
import { InlinePipeline, type Outlet, type Pipeline } from '../lane/pipeline.js';
import { onlyTarget, type Stage } from '../lane/stage.js';
import type { Plan } from './plan.js';
import { installedPorts } from './ports.js';
import { rowGroupLimitsOf } from './thread-plan.js';
import { openUnlocked } from './until-unlocked.js';
import { WorkClock } from '../lane/work-clock.js';

/** What has no pages that can be picked is read whole up to this size. */
const mostBytes = 64 * 1024 * 1024;

/** So many ranges are read whole: pages picked from all over them could be of the last one, and would count twice. */
const fewRanges = 4;

export interface Sampling {
  readonly signal: AbortSignal;
  readonly listener: RunListener;
  /** The most rows of a view, a query or the like that are looked at: of a table, pages from all over it are. */
  readonly mostRows: number;
}

/** What is wanted of the sample of one table. */
export interface Look<Result> {
  /** Numbers of the columns that are read; none: no row is. */
  readonly columns: readonly number[];
  /** Takes rows of these columns. */
  take(batch: RecordBatch): void;
  result(): Result;
}

/**
 * Reads a sample of tables, at one moment of its own. Writes nothing.
 * @throws TidemarkError request.invalid, source.*; data.misfit; the signal's reason
 */
export async function sampleTables<Result>(
  plan: Plan,
  { signal, listener, mostRows }: Sampling,
  lookAt: (table: TablePlan, index: number) => Look<Result> | Promise<Look<Result>>,
): Promise<Result[]> {
  const module = await installedPorts.loadSource(plan.sourceKind);
  const open = (asked: Plan): Promise<OpenSource> => openUnlocked(asked, { ports: installedPorts, signal, listener });
  const first = await open(plan);
  const large = first.tables.map(
    ({ sample, sourceBytes = Infinity }) => sample === undefined && sourceBytes > mostBytes,
  );
  const source = large.includes(true) ? await first.close().then(() => open(limited(plan, large, mostRows))) : first;
  try {
    const lane = await module.openLane(source.ticket, signal);
    try {
      const results: Result[] = [];
      for (const [index, table] of source.tables.entries()) {
        const look = await lookAt(table, index);
        for (const read of look.columns.length === 0 ? [] : partsOf(source, table, look.columns)) {
          const pipeline = watching(module, read, plan, look);
          await lane.read(read, read.ranges[0]!, rowGroupLimitsOf(plan), pipeline);
          await pipeline.finish();
        }
        results.push(look.result());
      }
      return results;
    } finally {
      await lane.close();
    }
  } finally {
    await source.close();
  }
}

/** Whether all rows are looked at, or, of what was limited, the first ones. */
export function isReadWhole(table: TablePlan): boolean {
  return sampleOf(table) === table.ranges;
}

function limited(plan: Plan, large: readonly boolean[], mostRows: number): Plan {
  const tables = plan.source.tables.map((table, index) =>
    large[index] ? { ...table, limit: Math.min(table.limit ?? mostRows, mostRows) } : table,
  );
  return { ...plan, source: { ...plan.source, tables } };
}

/** Pages from all over a table, and its last ones, where what is new mostly is. */
function sampleOf({ sample, ranges }: TablePlan): TablePlan['ranges'] {
  return sample === undefined || ranges.length <= fewRanges ? ranges : [...sample.ranges, ranges.at(-1)!];
}

/** The table with some of its columns, once for each range that is looked at. */
function partsOf(source: OpenSource, table: TablePlan, columns: readonly number[]): TablePlan[] {
  const narrowed = source.narrowed({ ...table, ranges: sampleOf(table) }, columns);
  return narrowed.ranges.map((range) => ({ ...narrowed, ranges: [range] }));
}

function watching(module: SourceModule, table: TablePlan, plan: Plan, look: Look<unknown>): Pipeline {
  const stage: Stage = {
    *portions(batch: RecordBatch) {
      look.take(batch);
      const rowGroup = { rows: batch.numRows, bytes: new Uint8Array(0), meta: null };
      yield { target: onlyTarget, rowGroup, facts: { rows: batch.numRows, columns: [] } };
    },
  };
  const out: Outlet = { sink: () => undefined, work: new WorkClock() };
  const decoder = module.createDecoder?.(table.columns, plan.misfits);
  return decoder === undefined
    ? new BatchPipeline(arrowSchema(table.columns), asTheyCome, stage, out)
    : new InlinePipeline(decoder, stage, out);
}
