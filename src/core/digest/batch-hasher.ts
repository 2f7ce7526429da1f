import type { Data, RecordBatch, Schema } from 'apache-arrow';
import { dictionaryOf } from '../arrow/dictionary.js';
import { plainData } from '../arrow/plain-data.js';
import { type ColumnHasher, dictionaryHasher, fieldHashers } from './column-hashes.js';
import { type Address, bytesOfHash, DigestKernel } from './kernel.js';
import { seedsOf } from './seeds.js';
import type { RowSums } from '../facts.js';
import type { HashSum } from './sums.js';

/** Rows that are hashed at a time: what is computed of them stays in the processor's cache. */
export const rowsAtOnce = 2048;

/** What is done with the hashes of rows: `count` of them from row `from` of the batch. */
export type TakeRowHashes = (hashes: Address, from: number, count: number) => void;

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

  /** The sums of rows and columns. `take` sees the hashes of rows meanwhile, in the kernel's memory. */
  sumsOf({ data, numRows }: RecordBatch, take: TakeRowHashes = () => undefined): RowSums {
    const { kernel } = this;
    const start = kernel.mark;
    const total = kernel.reserveZeros((1 + data.children.length) * bytesOfHash);
    const columns = data.children.map((child, i) => this.pieces(this.columns[i]!, child));
    for (let from = 0; from < numRows; from += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, numRows - from);
      const mark = kernel.mark;
      const rows = kernel.reserveZeros(count * bytesOfHash);
      for (const [i, hashes] of columns.entries()) {
        const before = kernel.mark;
        const at = hashes(from, count);
        kernel.functions.addToRows(at, rows, total + (1 + i) * bytesOfHash, count);
        kernel.release(before);
      }
      const hashed = kernel.reserve(count * bytesOfHash);
      kernel.functions.hashPairs(this.rowSeeds, rows, count, hashed);
      kernel.functions.addToSum(hashed, total, count);
      take(hashed, from, count);
      kernel.release(mark);
    }
    const sums = readSums(kernel.view(total, (1 + columns.length) * bytesOfHash));
    kernel.release(start);
    return { rows: sums[0]!, columns: sums.slice(1) };
  }

  /** The hashes of a column, some rows at a time; values that stand once are hashed once. */
  private pieces(hashes: ColumnHasher, data: Data): (from: number, count: number) => Address {
    const dictionary = dictionaryOf(data);
    if (dictionary !== undefined) return dictionaryHasher(this.kernel, hashes, data, dictionary);
    const plain = plainData(data);
    return (from, count) => hashes(plain, from, count);
  }
}

function readSums(bytes: Uint8Array): HashSum[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / bytesOfHash }, (_, i) => {
    return [view.getBigUint64(i * bytesOfHash, true), view.getBigUint64(i * bytesOfHash + 8, true)] as const;
  });
}
