import type { RecordBatch } from 'apache-arrow';
import { unsignedWordsOf } from '../core/arrow/words.js';
import { BatchHasher } from '../core/digest/batch-hasher.js';
import { type Address, bytesOfHash, DigestKernel } from '../core/digest/kernel.js';
import { keyHashes } from '../core/digest/key-hashes.js';
import { seedsOf } from '../core/digest/seeds.js';
import { arrowSchema, type Column } from '../core/types.js';
import type { HashPart, HashSplit } from './split.js';

/**
 * Writes for each row of a batch which part it belongs to.
 * @param hashes where the four words of every row's hash go, if they are asked for
 */
export type AssignRows = (batch: RecordBatch, of: Int32Array, hashes?: Uint32Array) => void;

/** What rows are assigned to by the salted hash of their key, or of all that is written of them. */
export interface HashAssignment extends Pick<HashSplit, 'salt' | 'parts'> {
  /** For what: a split and a sample with the same salt are independent of each other. */
  readonly place: 'split' | 'sample';
}

/**
 * Rows by the salted hash of their key. docs/splits.md.
 * @param columns those that are read; `key` their indices
 */
export function hashAssignment(
  { place, salt, parts }: HashAssignment,
  columns: readonly Column[],
  key: readonly number[],
): AssignRows {
  const kernel = new DigestKernel();
  const seeds = kernel.copyIn(seedsOf({ place, kind: 'struct', name: salt }));
  const assign: AssignPairs = (pairs, count, of, words) => {
    const hashes = kernel.reserve(count * bytesOfHash);
    kernel.functions.hashPairs(seeds, pairs, count, hashes);
    words?.set(unsignedWordsOf(kernel.view(hashes, count * bytesOfHash)));
    const at = kernel.reserve(count * 4);
    kernel.functions.positions(hashes, count, at);
    assignParts(unsignedWordsOf(kernel.view(at, count * 4)), parts, of);
  };
  return key.length === 0 ? byRow(kernel, columns, assign) : byKey(kernel, columns, key, assign);
}

type AssignPairs = (pairs: Address, count: number, of: Int32Array, hashes: Uint32Array | undefined) => void;

function byKey(
  kernel: DigestKernel,
  columns: readonly Column[],
  key: readonly number[],
  assign: AssignPairs,
): AssignRows {
  const hash = keyHashes(kernel, columns, key);
  return (batch, of, hashes) =>
    hash(batch, (pairs, from, count) =>
      assign(pairs, count, of.subarray(from, from + count), hashes?.subarray(4 * from, 4 * (from + count))),
    );
}

function byRow(kernel: DigestKernel, columns: readonly Column[], assign: AssignPairs): AssignRows {
  const shown = columns.flatMap((column, index) => (column.hidden ? [] : [index]));
  const hasher = new BatchHasher(arrowSchema(shown.map((index) => columns[index]!)), kernel);
  return (batch, of) => {
    hasher.sumsOf(batch.selectAt(shown), (hashes, from, count) =>
      assign(hashes, count, of.subarray(from, from + count), undefined),
    );
  };
}

function assignParts(positions: Uint32Array, parts: readonly HashPart[], of: Int32Array): void {
  const below = parts.map((part) => part.below);
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    let part = 0;
    while (position >= below[part]!) part++;
    of[i] = part;
  }
}
