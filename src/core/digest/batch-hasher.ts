import type { Data, RecordBatch, Schema } from 'apache-arrow';
import { bitAt, validity } from '../arrow/bitmap.js';
import { type DictionaryColumn, dictionaryOf, type DistinctValues } from '../arrow/dictionary.js';
import { plainData } from '../arrow/plain-data.js';
import { take } from '../arrow/take.js';
import { bytesOf } from '../arrow/words.js';
import { type ColumnHasher, fieldHashers } from './column-hashes.js';
import { type Address, bytesOfHash, DigestKernel } from './kernel.js';
import { seedsOf } from './seeds.js';
import type { RowSums } from '../facts.js';
import type { HashSum } from './sums.js';

/** Rows that are hashed at a time: what is computed of them stays in the processor's cache. */
export const rowsAtOnce = 2048;

/** What is done with the hashes of rows: `count` of them from row `from` of the batch. */
export type TakeRowHashes = (hashes: Address, from: number, count: number) => void;

/** Where hashes of a column's values are added to: those of their rows, and one sum. */
interface Totals {
  readonly rows: Address;
  readonly sum: Address;
}

/** Adds the hashes of `count` values from row `from`. */
type AddHashes = (from: number, count: number, to: Totals) => void;

/** Hashes the rows of record batches of one schema. docs/digest.md. */
export class BatchHasher {
  private readonly rowSeeds: Address;
  private readonly columns: readonly ColumnHasher[];

  /** @throws source.unsupported for a column of a type without a digest */
  constructor(
    { fields }: Schema,
    private readonly kernel = new DigestKernel(),
  ) {
    this.rowSeeds = kernel.copyIn(seedsOf({ place: 'row', kind: 'struct' }));
    this.columns = fieldHashers(kernel, fields, 'column');
  }

  /**
   * The sums of rows and columns.
   * @param onRows sees the hashes of rows meanwhile, in the kernel's memory
   * @param distinct by column, its values where somebody has found which are equal: each is hashed once
   */
  sumsOf(
    { data, numRows }: RecordBatch,
    onRows: TakeRowHashes = () => undefined,
    distinct: readonly (DistinctValues | undefined)[] = [],
  ): RowSums {
    const { kernel } = this;
    const start = kernel.mark;
    const total = kernel.reserveZeros((1 + data.children.length) * bytesOfHash);
    const columns = data.children.map((child, i) => this.adder(this.columns[i]!, child, distinct[i]));
    for (let from = 0; from < numRows; from += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, numRows - from);
      const mark = kernel.mark;
      const rows = kernel.reserveZeros(count * bytesOfHash);
      for (const [i, add] of columns.entries()) {
        const before = kernel.mark;
        add(from, count, { rows, sum: total + (1 + i) * bytesOfHash });
        kernel.release(before);
      }
      const hashed = kernel.reserve(count * bytesOfHash);
      kernel.functions.hashPairs(this.rowSeeds, rows, count, hashed);
      kernel.functions.addToSum(hashed, total, count);
      onRows(hashed, from, count);
      kernel.release(mark);
    }
    const sums = readSums(kernel.view(total, (1 + columns.length) * bytesOfHash));
    kernel.release(start);
    return { rows: sums[0]!, columns: sums.slice(1) };
  }

  /** Adds the hashes of a column, some rows at a time; values that stand once are hashed once. */
  private adder(hashes: ColumnHasher, data: Data, distinct: DistinctValues | undefined): AddHashes {
    const { kernel } = this;
    const coded = distinct === undefined ? codedColumn(data) : distinctColumn(data, distinct);
    if (coded === undefined) {
      const plain = plainData(data);
      return (from, count, { rows, sum }) => kernel.functions.addToRows(hashes(plain, from, count), rows, sum, count);
    }
    const { values, codes } = coded;
    const own = hashes(values, 0, values.length);
    return (from, count, { rows, sum }) => {
      const picked = kernel.copyIn(bytesOf(codes.subarray(from, from + count)));
      kernel.functions.addPicked(own, values.length, picked, rows, sum, count);
    };
  }
}

/** Values that stand once each, and by row which it is; −1: NULL. */
function codedColumn(data: Data): DictionaryColumn | undefined {
  const dictionary = dictionaryOf(data);
  const valid = validity(data);
  if (dictionary === undefined || valid === undefined) return dictionary;
  const codes = dictionary.codes.map((code, row) => (bitAt(valid, row) === 1 ? code : -1));
  return { values: dictionary.values, codes };
}

const distinctColumn = (data: Data, { rows, codes }: DistinctValues): DictionaryColumn => ({
  values: take(plainData(data), rows),
  codes,
});

function readSums(bytes: Uint8Array): HashSum[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / bytesOfHash }, (_, i) => {
    return [view.getBigUint64(i * bytesOfHash, true), view.getBigUint64(i * bytesOfHash + 8, true)] as const;
  });
}
