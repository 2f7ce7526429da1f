import { secretValues } from '../core/parameters.js';
import type { RunListener } from '../core/progress.js';
import { reveals } from '../core/secret.js';
import type { TablePlan } from '../core/source.js';
import { type ProfiledTable, type Proposal, propose, TableProfiler } from '../expectation/profile/index.js';
import { lastMoment } from '../manifest/logical-date.js';
import { isTrial, type Plan } from './plan.js';
import { isReadWhole, sampleTables } from './sampled-rows.js';

/** The most rows of a view, a query or the like that are looked at: of a table, pages from all over it are. */
const mostRows = 100_000;

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
export function profileTables(
  plan: Plan,
  { signal, listener = () => undefined }: { readonly signal: AbortSignal; readonly listener?: RunListener },
): Promise<readonly TableProfile[]> {
  return sampleTables(plan, { signal, listener, mostRows }, (table, index) => {
    const columns = table.columns.flatMap(({ hidden }, column) => (hidden ? [] : [column]));
    const profiler = new TableProfiler(columns.map((column) => table.columns[column]!));
    return {
      columns,
      take: (batch) => profiler.add(batch),
      result: () => profileOf(plan, index, table, profiler),
    };
  });
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
  if (isReadWhole(table)) return sampled === mostRows ? undefined : { count: sampled, guessed: false };
  return estimatedRows === undefined ? undefined : { count: estimatedRows, guessed: true };
}
