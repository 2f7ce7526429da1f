import { invalidRequest } from '../../core/errors.js';
import type { Expected, Rule } from '../../expectation/rule.js';
import type { Expectations } from './expecting-kinds.js';

/** Options that say what is expected, of all tables or of one. */
export interface ExpectingValues {
  readonly expect?: Expectations;
  readonly 'expect-warn'?: Expectations;
}

/**
 * Rules, in the order in which they are written, those first that must not be broken.
 * @param of what they are said of, for messages: `tables: orders.`, or nothing for all tables
 * @throws request.invalid for what says nothing, or cannot be
 */
export function resolveExpectations(values: ExpectingValues, of = ''): readonly Rule[] {
  return (
    [
      ['expect', 'fail'],
      ['expect-warn', 'warn'],
    ] as const
  ).flatMap(([key, severity]) => {
    const given = values[key];
    return given === undefined ? [] : rulesIn(given, `${of}${key}`).map((rule): Rule => ({ ...rule, severity }));
  });
}

function rulesIn({ rows, unique = [], columns = {} }: Expectations, label: string): readonly Expected[] {
  const rules = [
    ...(rows === undefined ? [] : rowsRules(rows, label)),
    ...unique.map((names): Expected => ({ kind: 'unique', columns: named(names, label) })),
    ...Object.entries(columns).flatMap(([column, expected]) => columnRules(column, expected, label)),
  ];
  if (rules.length === 0) throw invalidRequest(`${label}: nothing is expected`, 'Leave it out, or name a rule.');
  return rules;
}

function rowsRules(
  { min, max, 'max-change': most }: NonNullable<Expectations['rows']>,
  label: string,
): readonly Expected[] {
  const change = most === undefined ? [] : [{ kind: 'change', most } as const];
  if (min === undefined && max === undefined) {
    if (change.length > 0) return change;
    throw invalidRequest(`${label}: rows has none of min, max and max-change`, 'Give one of them.');
  }
  if (min !== undefined && max !== undefined && min > max) {
    throw invalidRequest(`${label}: rows has a min of ${min}, above its max of ${max}`, 'Change one of them.');
  }
  return [{ kind: 'rows', ...(min !== undefined && { min }), ...(max !== undefined && { max }) }, ...change];
}

function named(names: readonly string[], label: string): readonly string[] {
  if (names.length > 0) return names;
  throw invalidRequest(`${label}: unique has a list without a column`, 'Name columns: [[order_id, line]].');
}

function columnRules(
  column: string,
  expected: NonNullable<Expectations['columns']>[string],
  label: string,
): readonly Expected[] {
  const { unique, in: values, min, max, pattern, 'not-null': notNull, 'max-nulls': most, 'max-age': age } = expected;
  if (Object.keys(expected).length === 0) {
    throw invalidRequest(`${label}: columns.${column} says nothing`, 'Leave it out, or name a rule.');
  }
  if (pattern !== undefined) assertPattern(pattern, `${label}: columns.${column}.pattern`);
  return [
    ...(notNull ? [{ kind: 'nulls', column, most: 0 } as const] : []),
    ...(most === undefined ? [] : [{ kind: 'nulls', column, most } as const]),
    ...(unique ? [{ kind: 'unique', columns: [column] } as const] : []),
    ...(values === undefined ? [] : [{ kind: 'in', column, values } as const]),
    ...(min === undefined && max === undefined
      ? []
      : [{ kind: 'range', column, ...(min !== undefined && { min }), ...(max !== undefined && { max }) } as const]),
    ...(pattern === undefined ? [] : [{ kind: 'pattern', column, pattern } as const]),
    ...(age === undefined ? [] : [{ kind: 'age', column, most: age } as const]),
  ];
}

function assertPattern(pattern: string, label: string): void {
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    const why = (error as Error).message.replace(/^.*\/u?: /, '');
    throw invalidRequest(
      `${label}: "${pattern}" is no regular expression: ${why}`,
      'It is one of JavaScript, with the flag u.',
    );
  }
}
