import type { RecordBatch, Schema } from 'apache-arrow';
import { BatchHasher } from './batch-hasher.js';
import { bytesOfHash, DigestKernel } from './kernel.js';

/** Hashes of rows, one after the other, {@link bytesOfHash} bytes each: the same for equal rows of any version. docs/digest.md. */
export function rowHasher(schema: Schema): (batch: RecordBatch) => Uint8Array {
  const kernel = new DigestKernel();
  const hasher = new BatchHasher(schema, kernel);
  return (batch) => {
    const hashes = new Uint8Array(batch.numRows * bytesOfHash);
    hasher.sumsOf(batch, (at, from, count) => hashes.set(kernel.view(at, count * bytesOfHash), from * bytesOfHash));
    return hashes;
  };
}
