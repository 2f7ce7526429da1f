import { type Data, DataType, type Field, type Timestamp } from 'apache-arrow';
import { bitAt, type Bitmap, validity } from '../core/arrow/bitmap.js';
import { fractionDigits } from '../core/arrow/calendar.js';
import { plainValueText, type ValueAt, valuesOf, wholeNumbers } from '../core/arrow/value-at.js';
import { dateText } from '../core/arrow/value-text.js';
import type { PartitionUnit } from './partitioning.js';

/** The code of NULL. */
const codeOfNull = 0;

/**
 * Numbers a column's values as they are met, so that rows can be told apart by small numbers. Values are looked at once, and
 * once more only where the row before had another.
 */
export class ValueCodes {
  /** By code. */
  readonly texts: (string | null)[] = [null];
  private readonly codes = new Map<number | bigint | string, number>();

  constructor(
    private readonly field: Field,
    private readonly unit: PartitionUnit | undefined,
    /** Texts that are no other partition than NULL. */
    private readonly likeNull: readonly string[],
  ) {}

  /** Writes every row's code to `out`. */
  assign(data: Data, out: Int32Array): void {
    const valueAt = this.unit === undefined ? valuesOf(data) : unitsOf(data);
    const valid = validity(data);
    let before: ReturnType<ValueAt> | undefined;
    let code = codeOfNull;
    for (let row = 0; row < out.length; row++) {
      if (isNull(valid, row)) {
        out[row] = codeOfNull;
        continue;
      }
      const value = valueAt(row);
      if (value !== before) code = this.codeOf(value);
      before = value;
      out[row] = code;
    }
  }

  private codeOf(value: ReturnType<ValueAt>): number {
    const found = this.codes.get(value);
    if (found !== undefined) return found;
    const text = this.unit === undefined ? this.textOf(value) : unitText(value as number, this.unit);
    const code = this.codeOfText(text);
    this.codes.set(value, code);
    return code;
  }

  private codeOfText(text: string): number {
    if (this.likeNull.includes(text)) return codeOfNull;
    // Two days of one month have one text.
    const known = this.unit === undefined ? -1 : this.texts.indexOf(text);
    return known < 0 ? this.texts.push(text) - 1 : known;
  }

  private textOf(value: ReturnType<ValueAt>): string {
    const text = plainValueText(value, this.field);
    return DataType.isTimestamp(this.field.type) ? text.replace('T', ' ').replace(/Z$/, '') : text;
  }
}

const isNull = (valid: Bitmap | undefined, row: number): boolean => valid !== undefined && bitAt(valid, row) === 0;

/** Days since 1970-01-01, of dates and timestamps. */
function unitsOf(data: Data): ValueAt {
  const numberAt = wholeNumbers(data.values as Int32Array | BigInt64Array);
  if (DataType.isDate(data.type)) return numberAt;
  const perDay = 86_400 * 10 ** fractionDigits[(data.type as Timestamp).unit];
  return (row) => {
    const value = numberAt(row) as number | bigint;
    return typeof value === 'number' ? Math.floor(value / perDay) : daysOf(value, BigInt(perDay));
  };
}

function daysOf(value: bigint, perDay: bigint): number {
  const rest = value % perDay;
  return Number((value - (rest < 0n ? rest + perDay : rest)) / perDay);
}

/** `2024-03-15`, `2024-03`, `2024`, of the day that is so many days after 1970-01-01. */
function unitText(days: number, unit: PartitionUnit): string {
  const text = dateText(BigInt(days));
  return unit === 'day' ? text : text.slice(0, unit === 'month' ? -3 : -6);
}
