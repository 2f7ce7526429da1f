import { type Data, type DataType, type Decimal, Int32, Int64, makeData, type Struct, Utf8 } from 'apache-arrow';
import { copyBits } from '../../../core/arrow/bitmap.js';
import { bytesOf, unscaledAt, unsignedWordsOf } from '../../../core/arrow/words.js';
import { MisfitError } from '../../../core/misfit-error.js';
import type { ColumnPart, LogicalType } from '../../../core/types.js';
import { arrowType } from '../../../core/type-table.js';
import type { Wire } from '../plan/type-rule.js';

/** What a column's values are to become. */
export type Target = Pick<ColumnPart, 'type' | 'wire' | 'parts'>;

/** Where a column is, for messages about its values. */
export interface Place {
  readonly column: number;
  /** The row of the range with which the batch begins. */
  readonly firstRow: number;
}

/** A column of a batch as it is written. Where values stay what they are, no value is touched. @throws data.misfit */
export function converted(data: Data, target: Target, place: Place): Data {
  const type = arrowType(target.type);
  switch (target.wire as Wire) {
    case 'asIs':
      return typed(data, target.type);
    case 'digits':
      return digitsAsText(data);
    case 'scaled':
      return scaled(data, target.type as Extract<LogicalType, { readonly kind: 'decimal' }>, place);
    case 'interval':
      return intervalNumbers(data, type);
    case 'parts':
      return withChildren(
        data,
        type,
        data.children.map((child, index) => converted(child, target.parts![index]!, place)),
      );
  }
}

/** The same buffers under the type's own names: fields of the service's lists and structs are called otherwise. */
function typed(data: Data, type: LogicalType): Data {
  if (type.kind === 'list') return withChildren(data, arrowType(type), [typed(data.children[0]!, type.of)]);
  if (type.kind === 'struct') {
    const children = data.children.map((child, index) => typed(child, type.fields[index]!.type));
    return withChildren(data, arrowType(type), children);
  }
  return data.clone(arrowType(type), data.offset, data.length, data.nullCount, data.buffers);
}

const withChildren = (data: Data, type: DataType, children: Data[]): Data =>
  data.clone(type, data.offset, data.length, data.nullCount, data.buffers, children);

/** The integers that decimals are, by row; undefined: NULL. */
function integersOf(data: Data): (row: number) => bigint | undefined {
  const { bitWidth } = data.type as Decimal;
  const words = unsignedWordsOf(data.values as Uint32Array);
  return (row) => (data.getValid(row) ? unscaledAt(words, bitWidth, row) : undefined);
}

function digitsAsText(data: Data): Data {
  const { scale } = data.type as Decimal;
  const integerAt = integersOf(data);
  const valueOffsets = new Int32Array(data.length + 1);
  let text = '';
  for (let row = 0; row < data.length; row++) {
    const value = integerAt(row);
    if (value !== undefined) text += decimalText(value, scale);
    valueOffsets[row + 1] = text.length;
  }
  return makeData({ type: new Utf8(), ...validityOf(data), valueOffsets, data: Buffer.from(text, 'latin1') });
}

/** As the service writes it: without zeros at the end. */
export function decimalText(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Months, days and nanoseconds, of which the service has whole microseconds, each in a column of its own. */
function intervalNumbers(data: Data, type: DataType): Data {
  const { length } = data;
  const words = new Int32Array(bytesOf(data.values as Int32Array).slice().buffer);
  const [months, days, microseconds] = [new Int32Array(length), new Int32Array(length), new BigInt64Array(length)];
  const nanoseconds = new BigInt64Array(words.buffer);
  for (let row = 0; row < length; row++) {
    months[row] = words[row * 4]!;
    days[row] = words[row * 4 + 1]!;
    microseconds[row] = nanoseconds[row * 2 + 1]! / 1000n;
  }
  const known = validityOf(data);
  const children = [
    makeData({ type: new Int32(), ...known, data: months }),
    makeData({ type: new Int32(), ...known, data: days }),
    makeData({ type: new Int64(), ...known, data: microseconds }),
  ];
  return makeData({ type: type as Struct, ...known, children });
}

function scaled(data: Data, type: Extract<LogicalType, { readonly kind: 'decimal' }>, place: Place): Data {
  const { scale } = data.type as Decimal;
  const target = arrowType(type) as Decimal;
  const count = target.bitWidth / 32;
  const [up, down] = [10n ** BigInt(Math.max(0, type.scale - scale)), 10n ** BigInt(Math.max(0, scale - type.scale))];
  const limit = 10n ** BigInt(type.precision);
  const words = new Uint32Array(data.length * count);
  const integerAt = integersOf(data);
  for (let row = 0; row < data.length; row++) {
    const given = integerAt(row);
    if (given === undefined) continue;
    const value = (given * up) / down;
    if (value * down !== given * up || value >= limit || value <= -limit)
      throw misfit(place, row, `${decimalText(given, scale)} does not fit decimal(${type.precision},${type.scale})`);
    let left = value;
    for (let word = 0; word < count; word++, left >>= 32n) words[row * count + word] = Number(BigInt.asUintN(32, left));
  }
  return makeData({ type: target, ...validityOf(data), data: words });
}

function misfit({ column, firstRow }: Place, row: number, why: string): MisfitError {
  const hint =
    'Cast it to a decimal that holds it, or make NULL of it in a query: SELECT SAFE_CAST(x AS NUMERIC) AS x ….';
  return new MisfitError({ column, row: firstRow + row }, 'data.misfit', why, hint);
}

/** Which rows are NULL, for data that begins with the first one. */
function validityOf(data: Data): Pick<Data, 'length' | 'nullCount'> & { readonly nullBitmap: Uint8Array | null } {
  const { length, nullCount } = data;
  if (nullCount === 0) return { length, nullCount, nullBitmap: null };
  const nullBitmap = new Uint8Array((length + 7) >> 3);
  copyBits({ bits: data.nullBitmap!, offset: data.offset }, 0, length, nullBitmap);
  return { length, nullCount, nullBitmap };
}
