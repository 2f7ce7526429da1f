import { type Data, type DataType, type Decimal, Int16, makeData, Type } from 'apache-arrow';
import { copyBits } from '../../../../core/arrow/bitmap.js';
import { bytesOf, unscaledAt, unsignedWordsOf } from '../../../../core/arrow/words.js';
import { MisfitError } from '../../../../core/misfit-error.js';
import { arrowType } from '../../../../core/type-table.js';
import type { ColumnPart, LogicalType } from '../../../../core/types.js';
import type { Wire } from '../../plan/type-rule.js';
import {
  decimalColumn,
  type DecimalType,
  digitsColumn,
  intervalColumn,
  misfit,
  type Place,
  type Validity,
  withNulls,
} from '../columns.js';

/** What a column's values are to become. */
export type Target = Pick<ColumnPart, 'type' | 'wire' | 'parts'>;

/** A column of a batch as it is written. Where values stay what they are, no value is touched. @throws data.misfit */
export function converted(data: Data, target: Target, place: Place): Data {
  const type = arrowType(target.type);
  switch (target.wire as Wire) {
    case 'asIs':
      return typed(data, target.type);
    case 'digits':
      return digitsColumn(validityOf(data), { at: integersOf(data), scale: (data.type as Decimal).scale });
    case 'scaled':
      return decimalColumn(
        validityOf(data),
        { at: integersOf(data), scale: (data.type as Decimal).scale },
        target.type as DecimalType,
        place,
      );
    case 'interval':
      return intervalNumbers(data, place);
    case 'narrowed':
      return makeData({
        type: new Int16(),
        ...validityOf(data),
        data: Int16Array.from(data.values as BigInt64Array, Number),
      });
    case 'parts':
      return withChildren(data, type, partsOf(data, target, place));
  }
}

function partsOf(data: Data, { parts }: Target, place: Place): Data[] {
  try {
    return data.children.map((child, index) => converted(child, parts![index]!, place));
  } catch (thrown) {
    if (!(thrown instanceof MisfitError) || data.type.typeId !== Type.List) throw thrown;
    // The list of which it is an item.
    const item = thrown.row - place.firstRow;
    const offsets = data.valueOffsets as Int32Array;
    throw thrown.at(place.firstRow + offsets.findIndex((end, index) => index > 0 && end > item) - 1);
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

/**
 * Months, days and nanoseconds, each in a column of its own. The service has whole microseconds, and up to 87,840,000 hours: more than 64 bits count in
 * nanoseconds. What remains of such a number in 64 bits, wrapped or cut, is never one of whole microseconds: 2^64 is 616 modulo 1000.
 */
function intervalNumbers(data: Data, place: Place): Data {
  const words = new Int32Array(bytesOf(data.values as Int32Array).slice().buffer);
  const nanoseconds = new BigInt64Array(words.buffer);
  const misfits: number[] = [];
  for (let row = 0; row < data.length; row++)
    if (nanoseconds[row * 2 + 1]! % 1000n !== 0n && data.getValid(row)) misfits.push(row);
  if (place.nulled !== undefined) place.nulled[place.column]! += misfits.length;
  else if (misfits.length > 0) throw misfit(place, misfits[0]!, uncounted);
  return intervalColumn(withNulls(validityOf(data), misfits), (row) => ({
    months: words[row * 4]!,
    days: words[row * 4 + 1]!,
    microseconds: nanoseconds[row * 2 + 1]! / 1000n,
  }));
}

const uncounted = {
  value: 'a value',
  problem: 'has more hours than Arrow can count',
  hint: 'Read pages, which have it whole: --via rest. Or let it be NULL: --misfit null.',
};

/** Which rows are NULL, for data that begins with the first one. */
function validityOf(data: Data): Validity {
  const { length, nullCount } = data;
  if (nullCount === 0) return { length, nullCount, nullBitmap: null };
  const nullBitmap = new Uint8Array((length + 7) >> 3);
  copyBits({ bits: data.nullBitmap!, offset: data.offset }, 0, length, nullBitmap);
  return { length, nullCount, nullBitmap };
}
