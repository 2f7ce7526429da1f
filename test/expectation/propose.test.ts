import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ColumnFacts } from '../../src/core/facts.js';
import type { Column, LogicalType } from '../../src/core/types.js';
import { type ColumnProfile } from '../../src/expectation/profile/column-profile.js';
import { propose } from '../../src/expectation/profile/propose.js';

const now = { instant: new Date('2024-03-10T12:00:00Z'), wallClock: Date.parse('2024-03-10T12:00:00Z') };
const table = { profiles: [], rows: 0, allRows: undefined, primaryKey: [], now, isSecret: () => false };

function profileOf(type: LogicalType, facts: Partial<ColumnFacts>, more: Partial<ColumnProfile> = {}): ColumnProfile {
  const column: Column = { name: 'c', sourceType: '', type, wire: '', exactness: 'exact', redacted: false };
  const counted = { nulls: 0, nulled: 0, extreme: 0, ...facts };
  return { column, facts: counted, classes: undefined, unique: undefined, patterns: [], ...more };
}

const rulesOf = (profile: ColumnProfile, rows: number) =>
  propose({ ...table, profiles: [profile], rows }).columns['c']?.rules ?? {};

describe('what is proposed', () => {
  it('of rows are whole numbers that the rows lie between', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.double({ min: 1, max: 1e12, noNaN: true })), (count) => {
        const { min, max } = propose({ ...table, allRows: { count, guessed: true } }).rows!.rules as Record<
          string,
          number
        >;
        expect([Number.isSafeInteger(min), Number.isSafeInteger(max)]).toEqual([true, true]);
        expect(min).toBeGreaterThanOrEqual(1);
        expect(min).toBeLessThanOrEqual(count);
        expect(max).toBeGreaterThan(count);
      }),
    );
    expect(propose({ ...table, allRows: { count: 0, guessed: false } }).rows).toBeUndefined();
  });

  it('of NULLs leaves room above their share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (nulls) => {
        const rules = rulesOf(profileOf({ kind: 'text' }, { nulls }), 10_000);
        if (nulls === 0) expect(rules).toEqual({ 'not-null': true });
        else if ('max-nulls' in rules) expect(parseFloat(String(rules['max-nulls']))).toBeGreaterThan(nulls / 100);
        else expect(nulls).toBeGreaterThan(5000);
      }),
    );
  });

  it.each<[string, LogicalType, number, object]>([
    ['a date of today', { kind: 'date' }, Date.parse('2024-03-10') / 864e5, { 'max-age': '1d' }],
    ['a date of three days ago', { kind: 'date' }, Date.parse('2024-03-07') / 864e5, { 'max-age': '7d' }],
    ['a date of the future', { kind: 'date' }, Date.parse('2025-01-01') / 864e5, {}],
    ['a date of long ago', { kind: 'date' }, Date.parse('2020-01-01') / 864e5, {}],
    ['an instant', { kind: 'timestamp', utc: true }, Date.parse('2024-03-09T00:00:00Z') * 1000, { 'max-age': '3d' }],
  ])('of %s', (_, type, max, expected) => {
    expect(rulesOf(profileOf(type, { bounds: { min: max, max } }), 10)).toEqual({ 'not-null': true, ...expected });
  });

  it('are values only where they come again and again, and none is a secret', () => {
    const classes = new Map([
      ['a', 150],
      ['b', 60],
    ]);
    const few = profileOf({ kind: 'text' }, {}, { classes });
    expect(rulesOf(few, 210)).toEqual({ 'not-null': true, in: ['a', 'b'] });
    const told = propose({ ...table, profiles: [few], rows: 210, isSecret: (text) => text === 'b' });
    expect(told.columns['c']!.rules).toEqual({ 'not-null': true });
    const rare = profileOf(
      { kind: 'text' },
      {},
      {
        classes: new Map([
          ['a', 209],
          ['b', 1],
        ]),
      },
    );
    expect(rulesOf(rare, 210)).toEqual({ 'not-null': true });
  });
});
