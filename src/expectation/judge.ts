import type { Field } from 'apache-arrow';
import { boundText } from '../core/arrow/value-text.js';
import type { ExpectationResult } from '../core/expectation-result.js';
import type { WallMoment } from '../core/moment.js';
import type { RuleCounts } from '../core/rule-counts.js';
import { arrowSchema, type Column } from '../core/types.js';
import { formatCount, formatDuration } from '../core/units.js';
import { ageOf } from './ages.js';
import type { AgeRule, ChangeRule, RowsRule, Rule } from './rule.js';
import { percent, ruleText } from './rule-text.js';

/** A table as it was read, and what was counted of it. */
export interface Looked {
  readonly table: string;
  /** Those that were read. */
  readonly columns: readonly Column[];
  readonly rows: number;
  /** Whether these are only some of its rows, as the run was asked to take. */
  readonly trial: boolean;
  /** Rows that it had in the earlier version, and has now with all that is inherited; undefined: there is none. */
  readonly change?: { readonly before: number; readonly now: number } | undefined;
}

/** What became of a rule. */
export function judge(rule: Rule, counts: RuleCounts, looked: Looked, moment: WallMoment): ExpectationResult {
  const { table, rows, trial, columns, change } = looked;
  const about = { table, rule: ruleText(rule), severity: rule.severity };
  if (rule.kind === 'rows') {
    const { held, found } = judgeRows(rule, rows);
    if (trial) return { ...about, outcome: 'unchecked', found: `${found}, of those that were asked for` };
    return { ...about, outcome: held ? 'held' : 'broken', found };
  }
  if (rule.kind === 'change') return { ...about, ...judgeChange(rule, trial ? undefined : change) };
  if (rule.kind === 'age') {
    const column = columns.find(({ name }) => name === rule.column)!;
    return { ...about, ...judgeAge(rule, counts, column, moment) };
  }
  // A quotient is the double nearest to the share, as one that is written is; a product may be next to it.
  const held = counts.broken === 0 || (rule.kind === 'nulls' && counts.broken / rows <= rule.most);
  const found = foundRows(rule, counts.broken, rows);
  const examples = held || counts.examples.length === 0 ? {} : { examples: counts.examples };
  return { ...about, outcome: held ? 'held' : 'broken', found, rows: counts.broken, ...examples };
}

function judgeRows(
  { min = 0, max = Infinity }: RowsRule,
  rows: number,
): { readonly held: boolean; readonly found: string } {
  return { held: rows >= min && rows <= max, found: `${formatCount(rows)} ${rows === 1 ? 'row' : 'rows'}` };
}

function judgeChange({ most }: ChangeRule, change: Looked['change']): Pick<ExpectationResult, 'outcome' | 'found'> {
  if (change === undefined) return { outcome: 'unchecked', found: 'there is no earlier version' };
  const { before, now } = change;
  if (before === 0) return { outcome: 'unchecked', found: 'the earlier version has no rows' };
  const share = Math.abs(now - before) / before;
  const found = `${formatCount(before)} rows before, ${formatCount(now)} now (${percent(share)})`;
  return { outcome: share <= most ? 'held' : 'broken', found };
}

const broken = {
  nulls: 'NULL',
  unique: 'with a key that came before',
  in: 'with another value',
  range: 'outside',
  pattern: 'where it is not found',
} as const;

function foundRows({ kind }: { readonly kind: keyof typeof broken }, count: number, rows: number): string {
  const share = kind === 'nulls' && count > 0 ? ` (${percent(count / rows)})` : '';
  return `${formatCount(count)} of ${formatCount(rows)} rows ${broken[kind]}${share}`;
}

function judgeAge(
  { most }: AgeRule,
  { newest }: RuleCounts,
  column: Column,
  moment: WallMoment,
): Pick<ExpectationResult, 'outcome' | 'found'> {
  if (newest === undefined) return { outcome: 'broken', found: 'there is no value' };
  const { type } = column;
  // A date is a whole day, and counts until it ends.
  const age = Math.max(0, ageOf(newest, type, moment) - (type.kind === 'date' ? 86_400_000 : 0));
  const outcome = age <= most ? 'held' : 'broken';
  if (column.redacted || column.mask !== undefined) return { outcome, found: 'the newest value is not told' };
  const [field] = arrowSchema([column]).fields as [Field];
  return { outcome, found: `the newest is ${boundText(newest, field)}, ${formatDuration(age)} old` };
}
