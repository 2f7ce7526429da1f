import type { Field, RecordBatch } from 'apache-arrow';
import { bitAt, validity } from '../core/arrow/bitmap.js';
import { boundsFinder } from '../core/arrow/column-bounds.js';
import { plainData } from '../core/arrow/plain-data.js';
import type { RuleCounts } from '../core/rule-counts.js';
import { arrowSchema, type Column, indicesOf } from '../core/types.js';
import type { FindRule, TableChecks } from './checks.js';
import { ExampleRows } from './examples.js';
import { keyFinder, keyRecords } from './key-records.js';
import type { Rule } from './rule.js';
import { countBroken, isValueRule, valueTest } from './value-tests.js';

/** What was found in a batch. */
export interface Checked {
  /** Rule by rule. */
  readonly counts: readonly RuleCounts[];
  /** Records of keys that must not come twice, by the number of the rule. */
  readonly keys: readonly { readonly rule: number; readonly records: Uint8Array }[];
}

type CountRule = (batch: RecordBatch) => RuleCounts;

const nothing: RuleCounts = { broken: 0, examples: [] };

/**
 * Looks at batches for what a table's rows are expected to be.
 * @param columns those that are read, which `checkRule` has found to be what the rules need
 */
export function checker({ rules, key }: TableChecks, columns: readonly Column[]): (batch: RecordBatch) => Checked {
  const examples = new ExampleRows(columns, indicesOf(key, columns));
  const counters = rules.map((rule) => counterOf(rule, columns, examples));
  const keyed = rules.flatMap((rule, index) =>
    rule.kind === 'unique' ? [{ rule: index, recordsOf: keyRecords(columns, indicesOf(rule.columns, columns)) }] : [],
  );
  return (batch) => ({
    counts: counters.map((count) => count(batch)),
    keys: keyed.map(({ rule, recordsOf }) => ({ rule, records: recordsOf(batch) })),
  });
}

function counterOf(rule: Rule | FindRule, columns: readonly Column[], examples: ExampleRows): CountRule {
  if (rule.kind === 'rows' || rule.kind === 'change' || rule.kind === 'unique') return () => nothing;
  if (rule.kind === 'find') return foundKeys(rule, columns);
  const [index] = indicesOf([rule.column], columns) as [number];
  if (rule.kind === 'nulls') return nullRows(index, examples);
  const [field] = arrowSchema([columns[index]!]).fields as [Field];
  if (isValueRule(rule)) {
    const test = valueTest(rule, field, columns[index]!.type);
    return (batch) => {
      const some = examples.of(batch, index);
      const broken = countBroken(plainData(batch.data.children[index]!), test, (row) => {
        if (!some.full) some.add(row);
      });
      return { broken, examples: some.all };
    };
  }
  const find = boundsFinder(field)!;
  return ({ data }) => {
    const found = find(plainData(data.children[index]!));
    return found === undefined ? nothing : { ...nothing, newest: (found as { readonly max: number | bigint }).max };
  };
}

function nullRows(index: number, examples: ExampleRows): CountRule {
  return (batch) => {
    const column = plainData(batch.data.children[index]!);
    const valid = validity(column);
    if (valid === undefined) return nothing;
    const some = examples.of(batch, undefined);
    for (let row = 0; !some.full && row < column.length; row++) if (bitAt(valid, row) === 0) some.add(row);
    return { broken: column.nullCount, examples: some.all };
  };
}

/** Their keys are all that examples of keys show. */
function foundKeys({ columns: names, hashes }: FindRule, columns: readonly Column[]): CountRule {
  const key = indicesOf(names, columns);
  const find = keyFinder(columns, key, hashes);
  const examples = new ExampleRows(columns, key);
  return (batch) => {
    const rows = find(batch);
    const some = examples.of(batch, undefined);
    for (const row of rows) if (!some.full) some.add(row);
    return { broken: rows.length, examples: some.all };
  };
}
