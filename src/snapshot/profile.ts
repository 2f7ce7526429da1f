import type { RecordBatch } from 'apache-arrow';
import { secretValues } from '../core/parameters.js';
import type { RunListener } from '../core/progress.js';
import { reveals } from '../core/secret.js';
import type { OpenSource, SourceModule, TablePlan } from '../core/source.js';
import { arrowSchema } from '../core/types.js';
import { type ProfiledTable, type Proposal, propose, TableProfiler } from '../expectation/profile/index.js';
import { BatchPipeline } from '../lane/batch-pipeline.js';
import { InlinePipeline, type Pipeline } from '../lane/pipeline.js';
import { onlyTarget, type Stage } from '../lane/stage.js';
import { lastMoment } from '../manifest/logical-date.js';
import { openSource } from './open-source.js';
import { isTrial, type Plan } from './plan.js';
import { installedPorts } from './ports.js';
import { rowGroupLimitsOf } from './thread-plan.js';
import { untilUnlocked } from './until-unlocked.js';

/** The most rows of a view, a query or the like that are looked at: of a table, pages from all over it are. */
const mostRows = 100_000;

/** What has no pages that can be picked is read whole up to this size. */
const mostBytes = 64 * 1024 * 1024;

/** So many ranges are read whole: pages picked from all over them could be of the last one, and would count twice. */
const fewRanges = 4;

/** What a table is like, as far as a sample tells. */
export interface TableProfile extends Proposal {
  readonly name: string;
  /** As it was asked for: a table or a query. */
  readonly table: string | undefined;
  readonly query: string | undefined;
  /** How many rows were looked at. */
  readonly sampled: number;
}

/**
 * Looks at a sample of every table's rows, and proposes what could be expected of them. Writes nothing.
 * @throws TidemarkError request.invalid, source.*; data.misfit; the signal's reason
 */
export async function profileTables(
  plan: Plan,
  { signal, listener = () => undefined }: { readonly signal: AbortSignal; readonly listener?: RunListener },
): Promise<readonly TableProfile[]> {
  const patience = { lockWait: plan.lockWait, clock: installedPorts.machine.clock, signal, listener };
  const module = await installedPorts.loadSource(plan.sourceKind);
  const open = (asked: Plan): Promise<OpenSource> =>
    untilUnlocked(() => openSource(asked, installedPorts, signal), patience);
  const first = await open(plan);
  const large = first.tables.map(
    ({ sample, sourceBytes = Infinity }) => sample === undefined && sourceBytes > mostBytes,
  );
  const source = large.includes(true) ? await first.close().then(() => open(limited(plan, large))) : first;
  try {
    const lane = await module.openLane(source.ticket, signal);
    try {
      const profiles: TableProfile[] = [];
      for (const [index, table] of source.tables.entries()) {
        const profiler = new TableProfiler(table.columns.filter(({ hidden }) => !hidden));
        const pipeline = watching(module, table, plan, profiler);
        for (const range of sampleOf(table)) {
          await lane.read(table, range, rowGroupLimitsOf(plan), pipeline);
          await pipeline.finish();
        }
        profiles.push(profileOf(plan, index, table, profiler));
      }
      return profiles;
    } finally {
      await lane.close();
    }
  } finally {
    await source.close();
  }
}

function limited(plan: Plan, large: readonly boolean[]): Plan {
  const tables = plan.source.tables.map((table, index) =>
    large[index] ? { ...table, limit: Math.min(table.limit ?? mostRows, mostRows) } : table,
  );
  return { ...plan, source: { ...plan.source, tables } };
}

/** Pages from all over a table, and its last ones, where what is new mostly is. */
function sampleOf({ sample, ranges }: TablePlan): TablePlan['ranges'] {
  return sample === undefined || ranges.length <= fewRanges ? ranges : [...sample.ranges, ranges.at(-1)!];
}

function watching(module: SourceModule, table: TablePlan, plan: Plan, profiler: TableProfiler): Pipeline {
  const shown = table.columns.flatMap(({ hidden }, index) => (hidden ? [] : [index]));
  const stage: Stage = {
    *portions(batch: RecordBatch) {
      profiler.add(batch.selectAt(shown));
      const rowGroup = { rows: batch.numRows, bytes: new Uint8Array(0), meta: null };
      yield { target: onlyTarget, rowGroup, facts: { rows: batch.numRows, columns: [] } };
    },
  };
  const nowhere = (): void => undefined;
  const decoder = module.createDecoder?.(table.columns, plan.misfits);
  return decoder === undefined
    ? new BatchPipeline(arrowSchema(table.columns), rowGroupLimitsOf(plan), stage, nowhere)
    : new InlinePipeline(decoder, stage, nowhere);
}

function profileOf(plan: Plan, index: number, table: TablePlan, profiler: TableProfiler): TableProfile {
  const { name, table: relation, query } = plan.source.tables[index]!;
  const secrets = secretValues(plan.source.parameters);
  const sampled = profiler.rows;
  const proposal = propose({
    profiles: profiler.profiles(),
    rows: sampled,
    allRows: isTrial(plan, index) ? undefined : allRowsOf(table, sampled),
    primaryKey: table.primaryKey ?? [],
    now: lastMoment(plan.date, plan.startedAt, plan.timeZone),
    isSecret: (text) => secrets.some((secret) => reveals(text, secret)),
  });
  return { name, table: relation, query, sampled, ...proposal };
}

/** Where all were read they are counted; where reading was ended, nobody knows. */
function allRowsOf(table: TablePlan, sampled: number): ProfiledTable['allRows'] {
  const { estimatedRows } = table;
  if (sampleOf(table) === table.ranges) return sampled === mostRows ? undefined : { count: sampled, guessed: false };
  return estimatedRows === undefined ? undefined : { count: estimatedRows, guessed: true };
}
