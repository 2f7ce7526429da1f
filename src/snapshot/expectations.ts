import { TidemarkError } from '../core/errors.js';
import type { ExpectationResult } from '../core/expectation-result.js';
import { missingColumn } from '../core/missing-column.js';
import { secretValues } from '../core/parameters.js';
import type { Example, RuleCounts } from '../core/rule-counts.js';
import { reveals } from '../core/secret.js';
import type { TablePlan } from '../core/source.js';
import { checkRule } from '../expectation/check-rule.js';
import type { TableChecks } from '../expectation/checks.js';
import { judge } from '../expectation/judge.js';
import { keyRules, type Rule, ruleColumns } from '../expectation/rule.js';
import { ruleText } from '../expectation/rule-text.js';
import { rowsWithInherited } from '../manifest/chain.js';
import { lastMoment } from '../manifest/logical-date.js';
import type { Manifest } from '../manifest/shape.js';
import { isTrial, type Plan, type TableWork } from './plan.js';
import type { WrittenRows } from './write-shards.js';

type Expecting = Pick<Plan, 'expected' | 'tables' | 'split'>;

/**
 * What is looked at in the rows of each table: what its own options expect, and what is expected of all tables as far as it has
 * the columns.
 * @throws request.invalid for a rule whose columns are not there, or cannot have it
 */
export function checksOf(plan: Expecting, tables: readonly TablePlan[]): readonly (TableChecks<Rule> | undefined)[] {
  for (const rule of plan.expected) assertSomewhere(rule, tables);
  return tables.map((table, index) => {
    const work = plan.tables[index]!;
    for (const rule of work.expected) assertThere(rule, table);
    const rules = [...plan.expected.filter((rule) => missingIn(rule, table) === undefined), ...work.expected];
    for (const rule of rules) checkRule(rule, table.columns);
    return rules.length === 0 ? undefined : { rules: distinct(rules), key: keyOf(table, work, plan) };
  });
}

/** Rules for people; those that only warn say so. */
export function rulesOf(checks: TableChecks<Rule> | undefined): readonly string[] {
  return (checks?.rules ?? []).map((rule) =>
    rule.severity === 'warn' ? `${ruleText(rule)} (a warning)` : ruleText(rule),
  );
}

/** A rule that is given for all tables and for one of them counts once. */
function distinct(rules: readonly Rule[]): readonly Rule[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}

function missingIn(rule: Rule, { columns }: TablePlan): string | undefined {
  return ruleColumns(rule).find((name) => !columns.some((column) => column.name === name));
}

function assertSomewhere(rule: Rule, tables: readonly TablePlan[]): void {
  if (tables.some((table) => missingIn(rule, table) === undefined)) return;
  const all = tables.flatMap(({ columns }) => columns);
  const nowhere = ruleColumns(rule).find((name) => !all.some((column) => column.name === name));
  if (nowhere !== undefined) throw missingColumn('expect', nowhere, tables);
  throw new TidemarkError('request.invalid', `expect: no table has all columns of "${ruleText(rule)}"`, {
    hint: 'Unique are rows of one table: name columns that stand in it together.',
  });
}

function assertThere(rule: Rule, table: TablePlan): void {
  const missing = missingIn(rule, table);
  if (missing !== undefined) throw missingColumn(`tables: ${table.name}.expect`, missing, [table]);
}

/** What tells a row from others in messages: the key of the table, or of its entities, or what is expected to be unique. */
function keyOf(
  { primaryKey = [], columns }: TablePlan,
  { split, sample, expected }: TableWork,
  plan: Expecting,
): readonly string[] {
  const unique = [...expected, ...plan.expected].flatMap((rule) => (rule.kind === 'unique' ? [rule.columns] : []));
  const known = [primaryKey, split?.key ?? [], sample?.key ?? [], ...unique.sort((a, b) => a.length - b.length)];
  const has = (name: string): boolean => columns.some((column) => column.name === name);
  return known.find((key) => key.length > 0 && key.every(has)) ?? [];
}

/** What was found in tables, by table. */
export interface LookedAt {
  readonly checks: readonly (TableChecks<Rule> | undefined)[];
  readonly written: readonly WrittenRows[];
  /** By number of the rule, what was found of keys that come twice. */
  readonly repeats: readonly ReadonlyMap<number, RuleCounts>[];
  /** The version that there was before, and whether its rows are inherited. */
  readonly earlier: { readonly version: Manifest['version']; readonly inherited: boolean } | undefined;
  /** By table, how many rows count after the run, where it is known which were deleted. */
  readonly live?: readonly { readonly rows: number }[] | undefined;
}

/** What became of every rule about every table. */
export function judgeTables(
  plan: Pick<Plan, 'date' | 'startedAt' | 'timeZone' | 'source' | 'sample'>,
  tables: readonly TablePlan[],
  { checks, written, repeats, earlier, live }: LookedAt,
): readonly ExpectationResult[] {
  const moment = lastMoment(plan.date, plan.startedAt, plan.timeZone);
  const secrets = secretValues(plan.source.parameters);
  return tables.flatMap(({ name, columns }, index) => {
    const { targets, rules } = written[index]!;
    const rows = targets.flatMap(({ shards }) => shards).reduce((sum, shard) => sum + shard.rows, 0);
    const trial = isTrial(plan, index);
    return (checks[index]?.rules ?? []).map((rule, number): ExpectationResult => {
      const counts = repeats[index]!.get(number) ?? rules?.[number] ?? { broken: 0, examples: [] };
      const told = { ...counts, examples: counts.examples.filter((example) => !givesAway(example, secrets)) };
      return judge(
        rule,
        told,
        { table: name, columns, rows, trial, change: changeOf(earlier, name, rows, live?.[index]?.rows) },
        moment,
      );
    });
  });
}

function changeOf(
  earlier: LookedAt['earlier'],
  name: string,
  rows: number,
  live: number | undefined,
): { readonly before: number; readonly now: number } | undefined {
  const before = earlier && rowsWithInherited(earlier.version, name);
  if (before === undefined) return undefined;
  return { before, now: live ?? (earlier!.inherited ? before + rows : rows) };
}

function givesAway({ key = {}, value }: Example, secrets: readonly string[]): boolean {
  const texts = [...Object.values(key), value].filter((text) => typeof text === 'string');
  return texts.some((text) => secrets.some((secret) => reveals(text, secret)));
}

/** @throws data.expectations where a rule is broken that ends the run: it names every one, with its figure and examples */
export function assertExpected(results: readonly ExpectationResult[], { source, tables }: Plan): void {
  const broken = results.filter(({ outcome, severity }) => outcome === 'broken' && severity === 'fail');
  if (broken.length === 0) return;
  const ofKeys = tables.flatMap(({ key = [] }, index) =>
    keyRules(key).map((rule) => `${source.tables[index]!.name}: ${ruleText(rule)}`),
  );
  const byKey = broken.some(({ table, rule }) => ofKeys.includes(`${table}: ${rule}`));
  const what = broken.length === 1 ? '1 expectation is' : `${broken.length} expectations are`;
  throw new TidemarkError(
    'data.expectations',
    [`${what} broken, and nothing was published:`, ...broken.map((result) => `  ${brokenText(result)}`)].join('\n'),
    {
      hint: byKey
        ? 'A key (--key) tells a row from all others, and is never NULL: name other columns, or mend the rows.'
        : 'Mend the rows, or change the rules; under expect-warn in place of expect, a broken rule is a warning.',
      expectations: broken,
    },
  );
}

/** `customers: plan in free, pro: 3 of 6,000,000 rows with another value, such as customer_id 17: "gold"`. */
export function brokenText({ table, rule, found, examples = [] }: ExpectationResult): string {
  const some = examples.length === 0 ? '' : `, such as ${examples.map(exampleText).join('; ')}`;
  return `${table}: ${rule}: ${found}${some}`;
}

function exampleText({ key, value }: Example): string {
  const keyed =
    key &&
    Object.entries(key)
      .map(([name, text]) => `${name} ${text ?? 'NULL'}`)
      .join(', ');
  const shown = value === undefined ? undefined : JSON.stringify(value);
  return [keyed, shown].filter((text) => text !== undefined).join(': ');
}
