// One step of an adoption alone, over files that are given: sha-256 of their bytes, decoding, or decoding with digest, and statistics.
// It tells at its end what it took. Each process works through its files one after the other, as a lane does.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { BatchHasher } from '../../../dist/core/digest/batch-hasher.js';
import { factsCounter } from '../../../dist/core/arrow/batch-facts.js';
import { arrowSchema } from '../../../dist/core/types.js';
import { describe } from '../../../dist/shard/parquet/read/describe.js';
import { read } from '../../../dist/shard/parquet/read/read.js';
import { usage } from '../usage.mjs';

const [step, ...files] = process.argv.slice(2);

async function hash(path) {
  const sha256 = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) sha256.update(chunk);
  return sha256.digest('hex');
}

async function decode(path, onBatch = () => undefined) {
  const file = await open(path);
  const { size: bytes } = await file.stat();
  const { columns, dictionaries } = await describe(file, bytes);
  const onRows = onBatch(arrowSchema(columns));
  for await (const batch of read(file, { bytes, as: { columns, compression: 'none' }, dictionaries })) onRows?.(batch);
  await file.close();
}

const digest = (schema) => {
  const hasher = new BatchHasher(schema);
  return (batch) => hasher.sumsOf(batch);
};
const count = (schema) => {
  const [hasher, factsOf] = [new BatchHasher(schema), factsCounter(schema, new Set())];
  return (batch) => {
    factsOf(batch, { misfits: { nulled: [], extreme: [] }, bounds: undefined });
    hasher.sumsOf(batch);
  };
};

const steps = { hash, decode, digest: (path) => decode(path, digest), count: (path) => decode(path, count) };
for (const path of files) await steps[step](path);
process.stderr.write(`\n${JSON.stringify(usage())}\n`);
