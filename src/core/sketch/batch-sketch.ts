import { type DataType as ArrowType, type Data, DataType, type RecordBatch } from 'apache-arrow';
import { fractionDigits } from '../arrow/calendar.js';
import { plainData } from '../arrow/plain-data.js';
import { valuesOf } from '../arrow/value-at.js';
import { unsignedWordsOf } from '../arrow/words.js';
import { rowsAtOnce } from '../digest/batch-hasher.js';
import { fieldHashers } from '../digest/column-hashes.js';
import { bytesOfHash, DigestKernel } from '../digest/kernel.js';
import { arrowSchema, type Column } from '../types.js';
import { addHashes } from './distinct.js';

/** How many registers count the distinct values of a column: the more columns, the fewer. */
export const registersOf = (columns: number): number => (columns <= 128 ? 4096 : 1024);

/** Of so many rows one is in the sample, about; 1: all are. */
export type SampledOneIn = number;

/**
 * What is looked at in a batch's rows to say how the values of columns lie: of each column the registers of its distinct values, and then of
 * each sampled row a number of 64 bits for each column: its value where values have an order, else what tells it from others; NaN for NULL. Which
 * rows are sampled follows from their places in the batch.
 */
export function batchSketcher(columns: readonly Column[], oneIn: SampledOneIn): (batch: RecordBatch) => Uint8Array {
  const kernel = new DigestKernel();
  const { fields } = arrowSchema(columns);
  const hashers = fieldHashers(kernel, fields, 'column');
  const registers = registersOf(columns.length);
  return ({ data, numRows }) => {
    const rows = sampledRows(numRows, oneIn);
    const values = new Float64Array(rows.length * columns.length);
    const out = new Uint8Array(columns.length * registers + values.byteLength);
    for (const [index, child] of data.children.entries()) {
      const plain = plainData(child);
      const own = out.subarray(index * registers, (index + 1) * registers);
      const number = isOrdered(plain.type as ArrowType) ? numbersOf(plain) : undefined;
      let next = 0;
      for (let from = 0; from < numRows; from += rowsAtOnce) {
        const count = Math.min(rowsAtOnce, numRows - from);
        const mark = kernel.mark;
        const words = unsignedWordsOf(kernel.view(hashers[index]!(plain, from, count), count * bytesOfHash));
        addHashes(words, own);
        for (; next < rows.length && rows[next]! < from + count; next++) {
          const row = rows[next]!;
          const hash = 4 * (row - from);
          const isNull = words[hash] === 0 && words[hash + 1] === 0;
          values[next * columns.length + index] = isNull ? NaN : (number?.(row) ?? words[hash + 2]!);
        }
        kernel.release(mark);
      }
    }
    out.set(new Uint8Array(values.buffer), columns.length * registers);
    return out;
  };
}

/** Ascending. */
function sampledRows(count: number, oneIn: SampledOneIn): Int32Array {
  const rows = new Int32Array(count);
  const below = 2 ** 32 / oneIn;
  let sampled = 0;
  for (let row = 0; row < count; row++) if (mixed(row) < below) rows[sampled++] = row;
  return rows.subarray(0, sampled);
}

/** Spreads numbers evenly over 32 bits (the finalizer of MurmurHash3). */
function mixed(number: number): number {
  let hash = number;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Whether values lie on a line. */
export function isOrdered(type: ArrowType): boolean {
  return [
    DataType.isInt,
    DataType.isFloat,
    DataType.isDecimal,
    DataType.isDate,
    DataType.isTime,
    DataType.isTimestamp,
  ].some((is) => is(type));
}

function numbersOf(data: Data): (row: number) => number {
  const valueAt = valuesOf(data);
  const unit = 10 ** digitsOf(data.type as ArrowType);
  return (row) => Number(valueAt(row)) / unit;
}

/** Digits behind the point: the same value is the same number, whatever its type's scale or unit. */
function digitsOf(type: ArrowType): number {
  if (DataType.isDecimal(type)) return type.scale;
  return DataType.isTime(type) || DataType.isTimestamp(type) ? fractionDigits[type.unit] : 0;
}
