import { readFileSync } from 'node:fs';
import { type RecordBatch, RecordBatchReader, Schema } from 'apache-arrow';
import { expect, test } from 'vitest';
import { BatchHasher } from '../../../src/core/digest/batch-hasher.js';
import { rowsDigest, schemaFingerprint } from '../../../src/core/digest/digest.js';
import { DigestKernel } from '../../../src/core/digest/kernel.js';
import { kindText } from '../../../src/core/digest/kinds.js';
import { type Place, seedsOf } from '../../../src/core/digest/seeds.js';
import { hashSumText } from '../../../src/core/digest/sums.js';
import { noFacts, sumFacts } from '../../../src/core/facts.js';

const folder = new URL('../../../fixtures/digest/', import.meta.url);

const places: readonly Place[] = [
  { place: 'column', kind: 'number', name: 'id' },
  { place: 'column', kind: 'text', name: 'id' },
  { place: 'column', kind: 'number', name: 'id', occurrence: 1 },
  { place: 'column', kind: 'instant', name: 'Größe "μ"' },
  { place: 'field', kind: 'float', name: 'x' },
  { place: 'element', kind: 'number' },
  { place: 'entry', kind: 'struct' },
  { place: 'row', kind: 'struct' },
];

function seedVectors() {
  return places.map((place) => {
    const { occurrence = 0, name = '' } = place;
    const [a, b] = words(seedsOf(place));
    return { place: place.place, kind: place.kind, occurrence, name, a, b };
  });
}

/** Of 1 to 13 words, by way of lists: their hashes are of any number of words. */
function hashVectors() {
  const kernel = new DigestKernel();
  const seeds = kernel.copyIn(seedsOf({ place: 'row', kind: 'struct' }));
  const [a, b] = words(kernel.view(seeds, 16));
  return [0, 1, 2, 3, 4, 5, 6].map((elements) => {
    const values = new BigUint64Array(elements * 2).map((_, i) =>
      BigInt.asUintN(64, 0x9e3779b97f4a7c15n * BigInt(i + 1)),
    );
    const at = kernel.copyIn(new Uint8Array(values.buffer));
    const offsets = kernel.copyIn(new Uint8Array(Int32Array.of(0, elements).buffer));
    const out = kernel.reserve(16);
    kernel.functions.hashLists(seeds, offsets, at, 1, out);
    return { a, b, words: [...values, BigInt(elements)].map(hex), hash: words(kernel.view(out, 16)) };
  });
}

function valueVectors(name: string) {
  const batches = [...RecordBatchReader.from(readFileSync(new URL(name, folder)))];
  const { schema } = batches[0]!;
  const hasher = new BatchHasher(schema);
  const facts = batches.map((batch) => ({
    ...noFacts(schema.fields.length),
    rows: batch.numRows,
    sums: hasher.sumsOf(batch),
  }));
  const all = sumFacts(schema.fields.length, facts);
  const fingerprint = schemaFingerprint(schema);
  return {
    arrow: name,
    columns: schema.fields.map((field, index) => {
      const one = new Schema([field]);
      const alone = new BatchHasher(one);
      const sums = batches.flatMap((batch) =>
        Array.from({ length: batch.numRows }, (_, row) => {
          const value = batch.slice(row, row + 1).selectAt([index]);
          return value.data.children[0]!.nullCount > 0
            ? null
            : hashSumText(alone.sumsOf(value as RecordBatch).columns[0]!);
        }),
      );
      return { name: field.name, kind: kindText(field), sums };
    }),
    fingerprint,
    rows: all.rows,
    sum: hashSumText(all.sums!.rows),
    digest: rowsDigest(fingerprint, all),
  };
}

test('fixtures/digest/vectors.json holds what is computed now', async () => {
  const vectors = { seeds: seedVectors(), hashes: hashVectors(), values: [valueVectors('values.arrows')] };
  await expect(`${JSON.stringify(vectors, null, 1)}\n`).toMatchFileSnapshot(new URL('vectors.json', folder).pathname);
});

function words(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return [view.getBigUint64(0, true), view.getBigUint64(8, true)].map(hex);
}

function hex(word: bigint): string {
  return word.toString(16).padStart(16, '0');
}
