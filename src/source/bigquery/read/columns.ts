import { type Data, type DataType, type Decimal, Int32, Int64, makeData, type Struct, Utf8 } from 'apache-arrow';
import { inLine } from '../../../core/in-line.js';
import { MisfitError } from '../../../core/misfit-error.js';
import { arrowType } from '../../../core/type-table.js';
import { type Column, type LogicalType, typeName } from '../../../core/types.js';
import { intervalType } from '../../../core/interval-type.js';

/** Which rows are NULL, for data that begins with the first one. */
export type Validity = Pick<Data, 'length' | 'nullCount'> & { readonly nullBitmap: Uint8Array | null };

/** Where a column is, for messages about its values. */
export interface Place {
  readonly column: number;
  readonly of: Pick<Column, 'name' | 'sourceType' | 'redacted' | 'redactedBecause'>;
  /** The row of the range with which the batch begins. */
  readonly firstRow: number;
  /** Misfits become NULL, and are counted here by column; undefined: they are errors. */
  readonly nulled: number[] | undefined;
}

/** Decimals as the integers that they are at a scale, by row; undefined: NULL. */
export interface Unscaled {
  at(row: number): bigint | undefined;
  readonly scale: number;
}

export type DecimalType = Extract<LogicalType, { readonly kind: 'decimal' }>;

/** Decimals as their digits. */
export function digitsColumn(known: Validity, values: Unscaled): Data {
  const valueOffsets = new Int32Array(known.length + 1);
  let text = '';
  for (let row = 0; row < known.length; row++) {
    const value = values.at(row);
    if (value !== undefined) text += decimalText(value, values.scale);
    valueOffsets[row + 1] = text.length;
  }
  return makeData({ type: new Utf8(), ...known, valueOffsets, data: Buffer.from(text, 'latin1') });
}

/** As the service writes it: without zeros at the end. */
export function decimalText(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Decimals of a type. @throws data.misfit for values that it does not hold */
export function decimalColumn(known: Validity, { at, scale }: Unscaled, type: DecimalType, place: Place): Data {
  const target = arrowType(type) as Decimal;
  const count = target.bitWidth / 32;
  const [up, down] = [10n ** BigInt(Math.max(0, type.scale - scale)), 10n ** BigInt(Math.max(0, scale - type.scale))];
  const limit = 10n ** BigInt(type.precision);
  const words = new Uint32Array(known.length * count);
  const misfits: number[] = [];
  for (let row = 0; row < known.length; row++) {
    const given = at(row);
    if (given === undefined) continue;
    const value = (given * up) / down;
    if (value * down !== given * up || value >= limit || value <= -limit) {
      if (place.nulled === undefined)
        throw misfit(place, row, {
          value: decimalText(given, scale),
          problem: `does not fit ${typeName(type)}`,
          hint: castIt,
        });
      misfits.push(row);
      continue;
    }
    let left = value;
    for (let word = 0; word < count; word++, left >>= 32n) words[row * count + word] = Number(BigInt.asUintN(32, left));
  }
  if (place.nulled !== undefined) place.nulled[place.column]! += misfits.length;
  return makeData({ type: target, ...withNulls(known, misfits), data: words });
}

/** @param rows that are NULL, too, and were not */
export function withNulls({ length, nullCount, nullBitmap }: Validity, rows: readonly number[]): Validity {
  if (rows.length === 0) return { length, nullCount, nullBitmap };
  const bits = nullBitmap?.slice() ?? new Uint8Array((length + 7) >> 3).fill(0xff);
  for (const row of rows) bits[row >> 3]! &= ~(1 << (row & 7));
  return { length, nullCount: nullCount + rows.length, nullBitmap: bits };
}

const castIt = 'Cast it to a decimal that holds it, or let it be NULL: --misfit null.';

/** The error for a value that a column cannot hold. Of columns that are redacted it shows none. */
export function misfit(
  { column, of: { name, sourceType, redacted, redactedBecause }, firstRow }: Place,
  row: number,
  { value, problem, hint }: { readonly value: string; readonly problem: string; readonly hint: string },
): MisfitError {
  const shown = redacted ? `a value (hidden: ${redactedBecause ?? 'the column is redacted'})` : value;
  const message = `Column "${inLine(name)}" (${sourceType}): ${shown} ${problem}`;
  return new MisfitError({ column, row: firstRow + row }, 'data.misfit', message, hint);
}

export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly microseconds: bigint;
}

/** Intervals, each of their numbers in a column of its own. @param at undefined: NULL */
export function intervalColumn(known: Validity, at: (row: number) => Interval | undefined): Data {
  const { length } = known;
  const [months, days, microseconds] = [new Int32Array(length), new Int32Array(length), new BigInt64Array(length)];
  for (let row = 0; row < length; row++) {
    const value = at(row);
    if (value === undefined) continue;
    months[row] = value.months;
    days[row] = value.days;
    microseconds[row] = value.microseconds;
  }
  const children = [
    makeData({ type: new Int32(), ...known, data: months }),
    makeData({ type: new Int32(), ...known, data: days }),
    makeData({ type: new Int64(), ...known, data: microseconds }),
  ];
  const type: DataType = arrowType(intervalType);
  return makeData({ type: type as Struct, ...known, children });
}
