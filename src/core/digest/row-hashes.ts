import type { RecordBatch, Schema } from 'apache-arrow';
import type { RowSums } from '../facts.js';
import { BatchHasher } from './batch-hasher.js';
import { bytesOfHash, DigestKernel } from './kernel.js';

/** What was hashed of a batch. */
export interface HashedRows {
  /** One after the other, {@link bytesOfHash} bytes each: the same for equal rows of any version. docs/digest.md. */
  readonly hashes: Uint8Array;
  readonly sums: RowSums;
}

/** Hashes of rows, and their sums. */
export function rowHasher(schema: Schema): (batch: RecordBatch) => HashedRows {
  const kernel = new DigestKernel();
  const hasher = new BatchHasher(schema, kernel);
  return (batch) => {
    const hashes = new Uint8Array(batch.numRows * bytesOfHash);
    const sums = hasher.sumsOf(batch, (at, from, count) =>
      hashes.set(kernel.view(at, count * bytesOfHash), from * bytesOfHash),
    );
    return { hashes, sums };
  };
}
