import { describe, expect, it } from 'vitest';
import type { Column, LogicalType } from '../../src/core/types.js';
import { checkRule } from '../../src/expectation/check-rule.js';
import type { Expected } from '../../src/expectation/rule.js';

const column = (type: LogicalType, more: Partial<Column> = {}): Column => {
  return { name: 'c', sourceType: 'its type', type, wire: '', exactness: 'exact', redacted: false, ...more };
};
const int = column({ kind: 'int', bits: 32 });
const decimal = column({ kind: 'decimal', precision: 10, scale: 2 });
const bool = column({ kind: 'bool' });
const text = column({ kind: 'text' });
const uuid = column({ kind: 'uuid' });
const float = column({ kind: 'float', bits: 64 });
const date = column({ kind: 'date' });
const wall = column({ kind: 'timestamp', utc: false });
const time = column({ kind: 'time' });
const json = column({ kind: 'json' });
const list = column({ kind: 'list', of: { kind: 'text' } });
const numeric = column({ kind: 'text' }, { manyTexts: true });

function refusal(of: Column, rule: Expected): string | undefined {
  try {
    checkRule({ ...rule, severity: 'fail' }, [of]);
    return undefined;
  } catch (error) {
    const { message, hint } = error as { message: string; hint: string };
    return `${message} / ${hint}`;
  }
}

const among = (...values: string[]): Expected => ({ kind: 'in', column: 'c', values });
const range = (min?: string, max?: string): Expected => {
  return { kind: 'range', column: 'c', ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
};
const pattern: Expected = { kind: 'pattern', column: 'c', pattern: 'a' };
const age: Expected = { kind: 'age', column: 'c', most: 1 };
const unique: Expected = { kind: 'unique', columns: ['c'] };

describe('a rule that a column cannot have', () => {
  it.each([
    [int, among('1.5'), /^expect: in: column "c" \(its type, written as int32\): "1.5" is no whole number/],
    [int, among('one'), /"one" is no number/],
    [int, pattern, /^expect: pattern: .* has no texts \/ Choose another rule/],
    [int, age, /^expect: max-age: .* has no dates or timestamps/],
    [decimal, among('1.234'), /"1.234" has more than 2 digits behind the point/],
    [bool, among('yes'), /"yes" is neither true nor false/],
    [bool, range('0'), /^expect: min and max: .* has no numbers, dates or times/],
    [text, range('a', 'b'), /^expect: min and max: /],
    [uuid, among('1'), /"1" is no UUID/],
    [float, range('x'), /^expect: min: .*"x" is no number/],
    [float, unique, /^expect: unique: .* cannot be told to be unique: the same number can come out as two/],
    [date, range('2024-02-30'), /"2024-02-30" is no day or moment/],
    [date, range(undefined, '2024-01-01T00:00:00'), /^expect: max: .*has a time of day, and a date has none/],
    [wall, range('2024-01-01T00:00:00Z'), /has a zone, and the column has none/],
    [time, among('25:00'), /"25:00" is no time of day/],
    [json, among('{}'), /^expect: in: .* has no booleans, texts/],
    [json, unique, /only single values can/],
    [list, among('a'), /^expect: in: /],
    [list, pattern, /^expect: pattern: /],
    [
      numeric,
      range('1'),
      /is kept as text, whose order is not that of numbers \/ Cast it .* --cast 'c=decimal\(20,2\)'/,
    ],
    [numeric, unique, /equal values may have different texts/],
    [int, range('2', '1'), /^expect: min: .*"2" is above the max, "1"/],
    [date, range('2024-01-02', '2024-01-01'), /"2024-01-02" is above the max, "2024-01-01"/],
  ])('is refused: %o', (of, rule, message) => {
    expect(refusal(of, rule)).toMatch(message);
  });

  it.each([
    [int, among('1', '-7', '+3', '2.0')],
    [decimal, range('0.005', '99999999999999999999')],
    [decimal, among('1.5', '-0')],
    [float, among('1e-3', 'Infinity', '-0')],
    [wall, range('2024-01-01', '2024-01-01 12:00:00.5')],
    [column({ kind: 'timestamp', utc: true, unit: 'ns' }), range('2024-01-01T00:00:00+02:00')],
    [list, { kind: 'nulls', column: 'c', most: 0 } as Expected],
    [numeric, pattern],
    [numeric, { kind: 'nulls', column: 'c', most: 0.1 } as Expected],
    [text, unique],
  ])('is taken where it can be: %o', (of, rule) => {
    expect(refusal(of, rule)).toBeUndefined();
  });
});

it('a line feed in a name begins no line of a message', () => {
  const odd = { ...list, name: 'c\nerror: no' };
  expect(refusal(odd, { kind: 'pattern', column: odd.name, pattern: 'a' })).toContain('column "c\\u000aerror: no" (');
});
