import { expect, it } from 'vitest';
import type { LogicalType } from '../../src/core/types.js';
import { mayHold } from '../../src/core/secret-columns.js';

const bool: LogicalType = { kind: 'bool' };
const int: LogicalType = { kind: 'int', bits: 32 };
const decimal: LogicalType = { kind: 'decimal', precision: 10, scale: 2 };
const date: LogicalType = { kind: 'date' };
const timestamp: LogicalType = { kind: 'timestamp', utc: true };
const interval: LogicalType = { kind: 'interval' };
const uuid: LogicalType = { kind: 'uuid' };
const text: LogicalType = { kind: 'text' };
const ints: LogicalType = { kind: 'list', of: int };

const all = { bool, int, decimal, date, timestamp, interval, uuid, text, ints };

/** Which of them may hold what the text says. */
const holders = (given: string): string =>
  Object.entries(all)
    .filter(([, type]) => mayHold(type, given))
    .map(([name]) => name)
    .join(' ');

it.each([
  ['hunter2', 'text'],
  ['acme-corp', 'text'],
  ['a1b2c3d4e5f60718', 'text'],
  ['3f2504e0-4f89-11d3-9a0c-0305e82c3301', 'uuid text'],
  ['42', 'int decimal date timestamp interval text ints'],
  [' -4.2e3 ', 'int decimal text ints'],
  ['NaN', 'int decimal text ints'],
  ['2024-01-15', 'date timestamp interval text'],
  ['Jan 15, 2024 04:05 PM', 'date timestamp interval text'],
  ['2024-01-15T04:05:06Z', 'date timestamp interval text'],
  ['P1Y2M3DT4H', 'date timestamp interval text'],
  ['3 days ago', 'date timestamp interval text'],
  ['infinity', 'int decimal date timestamp interval text ints'],
  ['true', 'bool text'],
  ['1', 'bool int decimal date timestamp interval text ints'],
  ['{1,2}', 'text ints'],
  ['', 'text'],
])('%s may be a value of: %s', (given, expected) => {
  expect(holders(given)).toBe(expected);
});
