import type { LogicalType } from '../core/types.js';

type Order = (a: string, b: string) => number;

/**
 * The order of a type's text forms (those of `ColumnStatistics`): numbers by value, texts by their UTF-8 bytes as Parquet
 * orders them, dates and times by time, years of any length and sign included.
 */
export function textOrder(type: LogicalType): Order {
  switch (type.kind) {
    case 'int':
      return (a, b) => sign(BigInt(a) - BigInt(b));
    case 'decimal':
      return compareDecimals;
    case 'float':
      return compareFloats;
    case 'date':
    case 'timestamp':
    case 'time':
      return compareMoments;
    case 'bool':
    case 'text':
    case 'json':
    case 'binary':
    case 'uuid':
      return (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
}

/** Aligned to one scale, so that `1.5` and `1.50` are equal. */
function compareDecimals(a: string, b: string): number {
  const scale = Math.max(scaleOf(a), scaleOf(b));
  return sign(unscaled(a, scale) - unscaled(b, scale));
}

function scaleOf(decimal: string): number {
  const point = decimal.indexOf('.');
  return point < 0 ? 0 : decimal.length - point - 1;
}

function unscaled(decimal: string, scale: number): bigint {
  return BigInt(decimal.replace('.', '') + '0'.repeat(scale - scaleOf(decimal)));
}

/** −0 before 0, as Parquet's statistics have it. */
function compareFloats(a: string, b: string): number {
  const x = floatOf(a);
  const y = floatOf(b);
  if (x < y) return -1;
  if (x > y) return 1;
  return Number(Object.is(y, -0)) - Number(Object.is(x, -0));
}

function floatOf(text: string): number {
  return Number(text.replace(/^([+-]?)inf(inity)?$/i, '$1Infinity'));
}

/** `[±]year-rest` or a time of day; the rest is of fixed width, so its text order is its order in time. */
function compareMoments(a: string, b: string): number {
  const [x, y] = [momentOf(a), momentOf(b)];
  return x.year - y.year || (x.rest < y.rest ? -1 : Number(x.rest > y.rest));
}

function momentOf(text: string): { year: number; rest: string } {
  const plain = text.replace(/Z$/, '');
  const match = /^([+-]?\d{4,})(-.*)$/.exec(plain);
  return match ? { year: Number(match[1]), rest: match[2]! } : { year: 0, rest: plain };
}

function sign(difference: bigint): number {
  return difference < 0n ? -1 : Number(difference > 0n);
}
