import { describe, expect, it } from 'vitest';
import type { Column, LogicalType } from '../../src/core/types.js';
import { judge } from '../../src/expectation/judge.js';
import type { Expected, Rule } from '../../src/expectation/rule.js';

const column = (type: LogicalType): Column => {
  return { name: 'c', sourceType: '', type, wire: '', exactness: 'exact', redacted: false };
};
const now = { instant: new Date('2024-03-10T12:00:00Z'), wallClock: Date.parse('2024-03-10T14:00:00Z') };
const nothing = { broken: 0, examples: [] };

describe('a rule', () => {
  it.each([
    ['29%', 0.29, 29, 100, 'held'],
    ['7%', 0.07, 7, 100, 'held'],
    ['0.1%', 0.001, 1, 1000, 'held'],
    ['0.1%', 0.001, 1, 999, 'broken'],
    ['nothing', 0, 1, 6_000_000, 'broken'],
    ['nothing, of no rows', 0, 0, 0, 'held'],
  ])('allows %s to be NULL', (_, most, broken, rows, outcome) => {
    const rule: Rule = { kind: 'nulls', column: 'c', most, severity: 'fail' };
    const looked = { table: 't', columns: [], rows, trial: false };
    expect(judge(rule, { ...nothing, broken }, looked, now).outcome).toBe(outcome);
  });

  const micro = (text: string): number => Date.parse(text) * 1000;
  it.each<[LogicalType, number | bigint | undefined, number, string, string]>([
    [{ kind: 'timestamp', utc: true }, micro('2024-03-10T10:00:00Z'), 2, 'held', '2024-03-10T10:00:00Z, 2 h old'],
    [{ kind: 'timestamp', utc: true }, micro('2024-03-10T09:59:59Z'), 2, 'broken', '2024-03-10T09:59:59Z, 2 h old'],
    [{ kind: 'timestamp', utc: false }, micro('2024-03-10T12:00:00Z'), 2, 'held', '2024-03-10T12:00:00, 2 h old'],
    [{ kind: 'timestamp', utc: false }, micro('2024-03-10T11:00:00Z'), 2, 'broken', '2024-03-10T11:00:00, 3 h old'],
    [
      { kind: 'timestamp', utc: true, unit: 'ns' },
      BigInt(micro('2024-03-09T12:00:00Z')) * 1000n,
      24,
      'held',
      '2024-03-09T12:00:00Z, 24 h old',
    ],
    [{ kind: 'date' }, Date.parse('2024-03-09') / 864e5, 14, 'held', '2024-03-09, 14 h old'],
    [{ kind: 'date' }, Date.parse('2024-03-08') / 864e5, 14, 'broken', '2024-03-08, 38 h old'],
    [{ kind: 'date' }, Date.parse('2024-03-10') / 864e5, 1, 'held', '2024-03-10, 0 s old'],
    [{ kind: 'date' }, undefined, 1, 'broken', 'there is no value'],
  ])('of age, for %j and %s, in hours %i: %s', (type, newest, hours, outcome, found) => {
    const rule: Rule = { kind: 'age', column: 'c', most: hours * 36e5, severity: 'fail' };
    const looked = { table: 't', columns: [column(type)], rows: 1, trial: false };
    const result = judge(rule, { ...nothing, ...(newest !== undefined && { newest }) }, looked, now);
    expect(result.outcome).toBe(outcome);
    expect(result.found).toBe(newest === undefined ? found : `the newest is ${found}`);
  });

  it('tells no newest value of a column of which nothing may be told', () => {
    const rule: Rule = { kind: 'age', column: 'c', most: 1, severity: 'fail' };
    const columns = [{ ...column({ kind: 'date' }), redacted: true }];
    const { outcome, found } = judge(
      rule,
      { ...nothing, newest: 1 },
      { table: 't', columns, rows: 1, trial: false },
      now,
    );
    expect([outcome, found]).toEqual(['broken', 'the newest value is not told']);
  });

  it.each([
    [{ kind: 'age', column: 'c', most: 129_600_000 }, 'c max-age 36 h'],
    [{ kind: 'age', column: 'c', most: 172_800_000 }, 'c max-age 2 d'],
    [{ kind: 'age', column: 'c', most: 1500 }, 'c max-age 1500 ms'],
    [{ kind: 'nulls', column: 'c', most: 0.001 }, 'c max-nulls 0.1 %'],
    [{ kind: 'rows', min: 1000, max: 2_000_000 }, 'rows min 1,000, max 2,000,000'],
    [{ kind: 'in', column: 'c', values: ['a', 'b c', '', 'd,e', ' f'] }, 'c in a, b c, "", "d,e", " f"'],
    [
      { kind: 'in', column: 'c', values: Array.from({ length: 1500 }, (_, i) => String(i)) },
      'c in 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … (1,490 more)',
    ],
    [{ kind: 'unique', columns: ['a', 'b'] }, '(a, b) unique'],
  ] as readonly (readonly [Expected, string])[])('%j is told as it is written', (rule, text) => {
    const looked = { table: 't', columns: [column({ kind: 'date' })], rows: 0, trial: false };
    expect(judge({ ...rule, severity: 'warn' }, nothing, looked, now).rule).toBe(text);
  });
});
