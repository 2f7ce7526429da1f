// The loops that a run spends most of its time in, each by itself, on 40,000 values, as many as a row group has: `npm run bench:micro`, or
// `npm run bench:micro -- delta` for those whose names have the word. By tinybench.
import { Field, Int32, Int64, makeData, RecordBatch, Schema, Struct, Utf8, vectorFromArray } from 'apache-arrow';
import { Bench } from 'tinybench';
import { wordExtremes } from '../../dist/core/arrow/extremes.js';
import { BatchHasher } from '../../dist/core/digest/batch-hasher.js';
import { chooseEncoding } from '../../dist/shard/parquet/encode/choose-encoding.js';
import { writeDeltaLengths, writeDeltas } from '../../dist/shard/parquet/encode/delta.js';
import { buildDictionary } from '../../dist/shard/parquet/encode/dictionary.js';
import { writePlain } from '../../dist/shard/parquet/encode/plain.js';
import { writeHybrid } from '../../dist/shard/parquet/encode/rle.js';
import { Scratch } from '../../dist/shard/parquet/encode/scratch.js';
import { ByteSink } from '../../dist/shard/parquet/pages/byte-sink.js';
import { createDecoder } from '../../dist/source/postgres/decode/decoder.js';
import { columnOf, frames, random, wire } from '../parts/decode/frames.mjs';

const count = 40_000;
const next = random(20260101);
const below = (n) => Math.floor(next() * n);
const wordsOf = (value) => ({ layout: 'words', count, words: Int32Array.from({ length: count }, (_, i) => value(i)) });

function slicesOf(value) {
  const texts = Array.from({ length: count }, (_, i) => Buffer.from(value(i)));
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  texts.reduce((at, text, i) => (ends[i] = (starts[i] = at) + text.length), 0);
  return { layout: 'slices', count, starts, ends, data: new Uint8Array(Buffer.concat(texts)), contiguous: true };
}

const scratch = new Scratch();
const sink = new ByteSink(1 << 20);
/** Over the same buffer again and again. */
const write = (action) => () => {
  sink.length = 0;
  action();
};
const modes = ['REG AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB', 'AIR'];
const sorted = wordsOf((i) => i >> 2);
const scattered = wordsOf(() => below(200_000));
const few = wordsOf(() => below(50));
const words = slicesOf(() => modes[below(modes.length)]);
const comments = slicesOf(() =>
  next()
    .toString(36)
    .repeat(3)
    .slice(0, 10 + below(33)),
);
const pairs = {
  layout: 'pairs',
  count,
  words: new Int32Array(new BigInt64Array(count).map((_, i) => 1_700_000_000_000_000n + BigInt(i) * 1_234_567n).buffer),
};
const codes = Int32Array.from({ length: count }, () => below(2500));

function batchOf(name, type, values) {
  const { data } = vectorFromArray(values, type);
  const schema = new Schema([new Field(name, type, true)]);
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: count, children: [data[0]] }));
}
const numbers = batchOf(
  'n',
  new Int64(),
  Array.from({ length: count }, (_, i) => BigInt(i)),
);
const days = batchOf(
  'd',
  new Int32(),
  Array.from({ length: count }, () => below(2500)),
);
const texts = batchOf(
  't',
  new Utf8(),
  Array.from({ length: count }, () => next().toString(36).repeat(2)),
);

/** Decodes rows of one column. */
function decoding(wireType, value) {
  const [column] = [columnOf('c', wireType, value)];
  const bytes = frames([column], count);
  const decoder = createDecoder([column[0]], { misfit: 'fail', infinity: 'misfit' });
  return () => {
    decoder.add(bytes, 0, bytes.length);
    decoder.finish();
  };
}

/** @param batch hashed over and over */
function hashing(batch) {
  const hasher = new BatchHasher(batch.schema);
  return () => hasher.sumsOf(batch);
}

const tasks = {
  'decode int4': decoding('int4', () => wire.int4(below(1e6))),
  'decode int8': decoding('int8', () => wire.int8(BigInt(below(1e9)))),
  'decode text': decoding('text', () => wire.text(modes[below(modes.length)])),
  extremes: () => wordExtremes(scattered.words, 0, count),
  'choose: sorted': () => chooseEncoding(sorted, { dictionary: true, encoding: 'auto' }, scratch),
  'choose: scattered': () => chooseEncoding(scattered, { dictionary: true, encoding: 'auto' }, scratch),
  'dictionary of few numbers': () => buildDictionary(few, Infinity, scratch),
  'dictionary of few texts': () => buildDictionary(words, Infinity, scratch),
  'pack codes of 12 bits': write(() => writeHybrid(sink, codes, 0, count, 12)),
  'delta: sorted': write(() => writeDeltas(sink, sorted, 0, count)),
  'delta: scattered': write(() => writeDeltas(sink, scattered, 0, count)),
  'delta: moments, 64 bits': write(() => writeDeltas(sink, pairs, 0, count)),
  'texts: lengths as deltas': write(() => writeDeltaLengths(sink, comments, 0, count, scratch)),
  'texts: plain': write(() => writePlain(sink, comments, 0, count)),
  'digest of int8': hashing(numbers),
  'digest of int4': hashing(days),
  'digest of texts': hashing(texts),
};

const wanted = process.argv[2] ?? '';
const bench = new Bench({ time: 300, warmupTime: 200 });
for (const [name, task] of Object.entries(tasks)) if (name.includes(wanted)) bench.add(name, task);
await bench.run();
for (const { name, result } of bench.tasks) {
  if (result.error) throw result.error;
  const { p50, rme } = { p50: result.latency.p50, rme: result.latency.rme };
  console.log(`${name.padEnd(28)} ${((p50 * 1e6) / count).toFixed(2).padStart(8)} ns a value  ±${rme.toFixed(1)} %`);
}
