import type { Bound, Facts } from '../../src/core/facts.js';
import type { ColumnStatistics } from '../../src/core/statistics.js';
import type { Column, LogicalType } from '../../src/core/types.js';

/** A column's facts as they are told, and what of its values did not fit. */
export interface ToldFacts extends ColumnStatistics {
  readonly nulled?: number;
  readonly extreme?: number;
}

/** The facts of rows of which that is told. */
export function factsOf(columns: readonly Column[], rows: number, told: readonly ToldFacts[]): Facts {
  return {
    rows,
    columns: told.map(({ nulls, min, max, nulled = 0, extreme = 0 }, index) => {
      const { type } = columns[index]!;
      const bounds =
        min === undefined || max === undefined ? {} : { bounds: { min: bound(min, type), max: bound(max, type) } };
      return { nulls, nulled, extreme, ...bounds };
    }),
    sums: { rows: [BigInt(rows), 1n], columns: columns.map((_, index) => [BigInt(index), BigInt(rows)] as const) },
  };
}

function bound(text: string, type: LogicalType): Bound {
  switch (type.kind) {
    case 'bool':
      return text === 'true' ? 1 : 0;
    case 'int':
      return type.bits === 64 ? BigInt(text) : Number(text);
    case 'float':
      return Number(text);
    case 'decimal':
      return BigInt(text.replace('.', '') + '0'.repeat(type.scale - (text.split('.')[1] ?? '').length));
    case 'date':
      return days(text);
    case 'timestamp': {
      const [day, clock] = text.replace(/Z|\+00$/, '').split(/[T ]/);
      return BigInt(days(day!)) * 86_400_000_000n + microseconds(clock!);
    }
    case 'time':
      return microseconds(text);
    case 'uuid':
      return Buffer.from(text.replaceAll('-', ''), 'hex');
    default:
      return Buffer.from(text);
  }
}

/** Days from 1970-01-01. JavaScript's calendar does not reach as far, but repeats itself every 400 years. */
function days(text: string): number {
  const [, year, month, day] = /^([+-]?\d+)-(\d\d)-(\d\d)$/.exec(text)!;
  const cycles = Math.floor(Number(year) / 400);
  return (
    Date.UTC(2000 + Number(year) - cycles * 400, Number(month) - 1, Number(day)) / 86_400_000 + (cycles - 5) * 146_097
  );
}

function microseconds(clock: string): bigint {
  const [, hours, minutes, seconds, fraction = ''] = /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/.exec(clock)!;
  const whole = (BigInt(hours!) * 60n + BigInt(minutes!)) * 60n + BigInt(seconds!);
  return whole * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}
