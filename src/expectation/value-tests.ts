import type { Data, Field } from 'apache-arrow';
import { bitAt, validity } from '../core/arrow/bitmap.js';
import { boundsFinder } from '../core/arrow/column-bounds.js';
import { valuesOf } from '../core/arrow/value-at.js';
import type { LogicalType } from '../core/logical-type.js';
import type { Expected, InRule, PatternRule, RangeRule } from './rule.js';
import { type Read, readMember, readOrdered } from './rule-values.js';

/** Whether the value of a row, which is not NULL, breaks a rule. */
export type Breaks = (row: number) => boolean;

/** How values of plain data are looked at; undefined: none of them breaks the rule. */
export type ValueTest = (data: Data) => Breaks | undefined;

export type ValueRule = InRule | RangeRule | PatternRule;

export const isValueRule = (rule: Expected): rule is ValueRule =>
  rule.kind === 'in' || rule.kind === 'range' || rule.kind === 'pattern';

/** @throws Error where the column cannot have the rule, or values of the rule's cannot be the column's; `checkRule` says so before */
export function valueTest(rule: ValueRule, field: Field, type: LogicalType): ValueTest {
  switch (rule.kind) {
    case 'in':
      return memberTest(new Set(rule.values.map((text) => valueOf(readMember(text, type)))));
    case 'range': {
      const min = rule.min === undefined ? -Infinity : (valueOf(readOrdered(rule.min, type, 'up')) as number | bigint);
      const max = rule.max === undefined ? Infinity : (valueOf(readOrdered(rule.max, type, 'down')) as number | bigint);
      return type.kind === 'float' ? floatTest(min as number, max as number) : rangeTest(min, max, field);
    }
    case 'pattern':
      return patternTest(new RegExp(rule.pattern, 'u'));
  }
}

function valueOf(read: Read): Extract<Read, { value: unknown }>['value'] {
  if ('fault' in read) throw new Error(read.fault);
  return read.value;
}

function memberTest(members: ReadonlySet<unknown>): ValueTest {
  return (data) => {
    const valueAt = valuesOf(data);
    return (row) => !members.has(valueAt(row));
  };
}

/** NaN lies between no limits. */
function floatTest(min: number, max: number): ValueTest {
  return ({ values }) => {
    const floats = values as Float64Array | Float32Array;
    return (row) => !(floats[row]! >= min && floats[row]! <= max);
  };
}

/** The smallest and largest value are found faster than every value is compared. */
function rangeTest(min: number | bigint, max: number | bigint, field: Field): ValueTest {
  const find = boundsFinder(field)!;
  return (data) => {
    const found = find(data);
    if (found === undefined) return undefined;
    const bounds = found as { readonly min: number | bigint; readonly max: number | bigint };
    if (bounds.min >= min && bounds.max <= max) return undefined;
    const valueAt = valuesOf(data) as (row: number) => number | bigint;
    return (row) => {
      const value = valueAt(row);
      return value < min || value > max;
    };
  };
}

function patternTest(pattern: RegExp): ValueTest {
  return ({ values, valueOffsets }) => {
    const bytes = values as Uint8Array;
    const all = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
    const ends = valueOffsets as Int32Array;
    return (row) => !pattern.test(all.toString('utf8', ends[row], ends[row + 1]));
  };
}

/** How many values break a rule, NULLs left out. @param see is given each row that does */
export function countBroken(data: Data, test: ValueTest, see: (row: number) => void): number {
  const breaks = test(data);
  if (breaks === undefined) return 0;
  const valid = validity(data);
  let count = 0;
  for (let row = 0; row < data.length; row++) {
    if (valid !== undefined && bitAt(valid, row) === 0) continue;
    if (!breaks(row)) continue;
    count += 1;
    see(row);
  }
  return count;
}
