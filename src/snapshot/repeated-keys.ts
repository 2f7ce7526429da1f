import { addFacts, type Facts, noFacts } from '../core/facts.js';
import { mostExamples, type RuleCounts } from '../core/rule-counts.js';
import type { Scratch } from '../core/scratch.js';
import type { OpenSource } from '../core/source.js';
import type { FindRule, TableChecks } from '../expectation/checks.js';
import type { CoordinatorOptions } from '../lane/coordinator.js';
import type { LaneStart } from '../lane/messages.js';
import { spoolRanges } from '../lane/targets.js';
import { countRepeats } from '../partition/entities/index.js';
import { routeNowhere } from '../partition/router.js';
import { counting, unwritten } from './first-pass.js';
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

/**
 * Counts the rows whose keys must not come twice, and do. Of those keys hashes alone are known: where there are some, the key's
 * columns are read once more, to tell a few of them.
 */
export async function repeatedKeys(
  checks: readonly (TableChecks | undefined)[],
  tables: readonly WrittenRows[],
  tools: RepeatsTools,
): Promise<Repeats> {
  const found = tables.map(() => new Map<number, RuleCounts>());
  const evidence: unknown[] = [];
  for (const [table, { keys }] of tables.entries()) {
    for (const [number, rule] of (checks[table]?.rules ?? []).entries()) {
      if (rule.kind !== 'unique') continue;
      const own = keys.filter(({ key }) => key === String(number));
      const { repeats, some } = countRepeats(spooledRecords(own, tools.scratch), tools.scratch, mostExamples);
      if (repeats === 0) continue;
      const seen = await findKeys(table, { kind: 'find', columns: rule.columns, hashes: some }, tools);
      evidence.push(...seen.evidence);
      found[table]!.set(number, { broken: repeats, examples: seen.facts.rules?.[0]?.examples ?? [] });
    }
    for (const name of new Set(keys.map((piece) => piece.name))) tools.scratch.remove(name);
  }
  return { found, evidence };
}

/** Reads a table's keys once more, and looks for those with some hashes. */
async function findKeys(
  index: number,
  rule: FindRule,
  { source, start, options, scratch }: RepeatsTools,
): Promise<{ readonly facts: Facts; readonly evidence: readonly unknown[] }> {
  const table = source.tables[index]!;
  const indices = [...table.columns.keys()].filter((column) => rule.columns.includes(table.columns[column]!.name));
  const { ranges } = await spoolRanges(
    {
      ...start,
      tables: [unwritten(source.narrowed(table, indices))],
      routes: [routeNowhere],
      checks: [{ rules: [rule], key: [] }],
      maskKey: undefined,
    },
    { ...options, listener: counting(options.listener) },
  );
  for (const { spool } of ranges) scratch.remove(spool!.name);
  const inOrder = [...ranges].sort((a, b) => a.range - b.range);
  const facts = inOrder.map(({ spool }): Facts => ({ rows: 0, columns: [], ...spool!.told }));
  return { facts: facts.reduce(addFacts, noFacts(0)), evidence: ranges.flatMap((receipt) => receipt.evidence) };
}
