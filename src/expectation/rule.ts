/** How many rows a table has. */
export interface RowsRule {
  readonly kind: 'rows';
  readonly min?: number;
  readonly max?: number;
}

/** How much the number of rows may differ from the earlier version's, as a share of it. */
export interface ChangeRule {
  readonly kind: 'change';
  readonly most: number;
}

/** The most that is NULL of a column, as a share; 0: nothing. */
export interface NullsRule {
  readonly kind: 'nulls';
  readonly column: string;
  readonly most: number;
}

/** No two rows have the same values in these columns; rows with a NULL in them are the same as no other. */
export interface UniqueRule {
  readonly kind: 'unique';
  readonly columns: readonly string[];
}

/** Values are some of these, as text. */
export interface InRule {
  readonly kind: 'in';
  readonly column: string;
  readonly values: readonly string[];
}

/** Values lie between, both included; as text. */
export interface RangeRule {
  readonly kind: 'range';
  readonly column: string;
  readonly min?: string;
  readonly max?: string;
}

/** A regular expression is found in each text. */
export interface PatternRule {
  readonly kind: 'pattern';
  readonly column: string;
  readonly pattern: string;
}

/** The largest value is no older than that, counted from the run's start, or from the end of its logical day. */
export interface AgeRule {
  readonly kind: 'age';
  readonly column: string;
  /** Milliseconds. */
  readonly most: number;
}

/** What is expected of a table's rows: plain data. Values that are NULL break no rule but that of NULLs. */
export type Expected = RowsRule | ChangeRule | NullsRule | UniqueRule | InRule | RangeRule | PatternRule | AgeRule;

/** What is expected, and whether a run ends where it is not so. */
export type Rule = Expected & { readonly severity: 'fail' | 'warn' };

/** What a key must be by which rows replace others: otherwise it would not be known which row counts. */
export function keyRules(key: readonly string[]): readonly Rule[] {
  return [
    ...key.map((column): Rule => ({ kind: 'nulls', column, most: 0, severity: 'fail' })),
    { kind: 'unique', columns: key, severity: 'fail' },
  ];
}

/** The columns that a rule is about. */
export function ruleColumns(rule: Expected): readonly string[] {
  if (rule.kind === 'rows' || rule.kind === 'change') return [];
  return rule.kind === 'unique' ? rule.columns : [rule.column];
}
