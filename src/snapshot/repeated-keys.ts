import { mostExamples, type RuleCounts } from '../core/rule-counts.js';
import type { Scratch } from '../core/scratch.js';
import type { OpenSource } from '../core/source.js';
import type { FindRule, TableChecks } from '../expectation/checks.js';
import type { CoordinatorOptions } from '../lane/coordinator.js';
import type { LaneStart } from '../lane/messages.js';
import { spoolRanges } from '../lane/targets.js';
import { RepeatCounter } from '../partition/entities/index.js';
import { routeNowhere } from '../partition/router.js';
import { counting, lookingAt } from './first-pass.js';
import { spooledRecords } from './entity-records.js';
import type { WrittenRows } from './write-shards.js';

export interface RepeatsTools {
  readonly source: OpenSource;
  readonly start: Omit<LaneStart, 'encoders'>;
  readonly options: CoordinatorOptions;
  readonly scratch: Scratch;
}

export interface Repeats {
  /** By table, then by number of the rule. */
  readonly found: readonly ReadonlyMap<number, RuleCounts>[];
  /** What readers saw, for the source to confirm. */
  readonly evidence: readonly unknown[];
}

/** Keys of a table that come twice. */
interface Repeated {
  /** Index of the table. */
  readonly table: number;
  /** Number of the rule. */
  readonly rule: number;
  /** Rows whose key came before. */
  readonly rows: number;
  /** A few of those keys, by their hashes. */
  readonly find: FindRule;
}

/**
 * Counts the rows whose keys must not come twice, and do. Of those keys hashes alone are known: where there are some, the keys'
 * columns are read once more, to tell a few of them.
 */
export async function repeatedKeys(
  checks: readonly (TableChecks | undefined)[],
  tables: readonly WrittenRows[],
  tools: RepeatsTools,
): Promise<Repeats> {
  const repeated = countTables(checks, tables, tools.scratch);
  const found = tables.map(() => new Map<number, RuleCounts>());
  if (repeated.length === 0) return { found, evidence: [] };
  const { examples, evidence } = await findKeys(repeated, tools);
  for (const one of repeated) {
    found[one.table]!.set(one.rule, { broken: one.rows, examples: examples.get(one) ?? [] });
  }
  return { found, evidence };
}

function countTables(
  checks: readonly (TableChecks | undefined)[],
  tables: readonly WrittenRows[],
  scratch: Scratch,
): readonly Repeated[] {
  const counter = new RepeatCounter(scratch, mostExamples);
  return tables.flatMap(({ keys }, table) => {
    const repeated = (checks[table]?.rules ?? []).flatMap((rule, number): readonly Repeated[] => {
      if (rule.kind !== 'unique') return [];
      const own = keys.filter(({ key }) => key === String(number));
      const { repeats, some } = counter.count(spooledRecords(own, scratch));
      const find: FindRule = { kind: 'find', columns: rule.columns, hashes: some };
      return repeats === 0 ? [] : [{ table, rule: number, rows: repeats, find }];
    });
    for (const name of new Set(keys.map((piece) => piece.name))) scratch.remove(name);
    return repeated;
  });
}

/** Reads the keys of tables once more, and looks for those with some hashes. */
async function findKeys(
  repeated: readonly Repeated[],
  { source, start, options, scratch }: RepeatsTools,
): Promise<{
  readonly examples: ReadonlyMap<Repeated, RuleCounts['examples']>;
  readonly evidence: readonly unknown[];
}> {
  const tables = [...new Set(repeated.map(({ table }) => table))];
  const wanted = tables.map((table) => repeated.filter((one) => one.table === table));
  const narrowed = tables.map((table, index) => {
    const plan = source.tables[table]!;
    const names = wanted[index]!.flatMap(({ find }) => find.columns);
    const indices = [...plan.columns.keys()].filter((column) => names.includes(plan.columns[column]!.name));
    return source.narrowed(plan, indices);
  });
  const { ranges, told } = await spoolRanges(
    {
      ...lookingAt(narrowed, start),
      routes: tables.map(() => routeNowhere),
      checks: wanted.map((of) => ({ rules: of.map(({ find }) => find), key: [] })),
    },
    { ...options, listener: counting(options.listener) },
  );
  for (const { spool } of ranges) scratch.remove(spool!.name);
  const examples = wanted.flatMap((of, index) =>
    of.map((one, rule) => [one, told[index]!.rules?.[rule]?.examples ?? []] as const),
  );
  return { examples: new Map(examples), evidence: ranges.flatMap((receipt) => receipt.evidence) };
}
