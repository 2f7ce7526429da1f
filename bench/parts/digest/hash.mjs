// The logical digest: nanoseconds a value, by kind, and what else was tried for its hash. `npm run build`, then
// `node bench/parts/digest/hash.mjs`. One thread; medians of rounds. The other candidate, four lanes of 32 bits in JavaScript's own
// integers, is here only to be compared: it stands for what can be had without WebAssembly.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import { BatchHasher } from '../../../dist/core/digest/batch-hasher.js';
import { lineitem } from '../parquet/lineitem.mjs';

const rows = 125_000;
const batch = lineitem(0, rows);

function median(rounds, work) {
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return times.slice(2).sort((a, b) => a - b)[(rounds - 2) >> 1];
}

function column(name) {
  const index = batch.schema.fields.findIndex((field) => field.name === name);
  const schema = new Schema([batch.schema.fields[index]]);
  const children = [batch.data.children[index]];
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows, children }));
}

const told = [];
for (const name of [
  'l_orderkey',
  'l_partkey',
  'l_extendedprice',
  'l_shipdate',
  'l_returnflag',
  'l_shipinstruct',
  'l_comment',
]) {
  const one = column(name);
  const hasher = new BatchHasher(one.schema);
  told.push([
    `WebAssembly, ${name} (${one.schema.fields[0].type})`,
    (median(22, () => hasher.sumsOf(one)) * 1e6) / rows,
  ]);
}
const whole = new BatchHasher(batch.schema);
told.push([
  'WebAssembly, all of lineitem, a value',
  (median(22, () => whole.sumsOf(batch)) * 1e6) / rows / batch.schema.fields.length,
]);
told.push(['JavaScript, four lanes of 32 bits, of 8 bytes', (median(22, fourLanes()) * 1e6) / rows]);
for (const [what, nanoseconds] of told) console.log(`${what.padEnd(60)} ${nanoseconds.toFixed(1).padStart(6)} ns`);
const python = fileURLToPath(new URL('../../../.cache/venv-readers/bin/python', import.meta.url));
if (existsSync(python))
  console.log(execFileSync(python, [fileURLToPath(new URL('hash.py', import.meta.url))], { encoding: 'utf8' }).trim());
else console.log('numpy: not measured, the readers of the tests are not installed');

/** Of every 8 bytes of a column, mixed and added to a row's and a column's sums. */
function fourLanes() {
  const words = new Int32Array(rows * 2).map((_, i) => Math.imul(i, 0x9e3779b1));
  const sums = new Int32Array(rows * 4);
  const total = new Int32Array(4);
  return () => {
    for (let i = 0; i < rows; i++) {
      const low = words[2 * i];
      const high = words[2 * i + 1];
      let a = Math.imul(low ^ 0x12345, 0x85ebca6b);
      let b = Math.imul(high ^ 0x777, 0xc2b2ae35);
      a ^= a >>> 15;
      b ^= b >>> 13;
      const c = Math.imul((a + b) | 0, 0x27d4eb2f);
      const d = Math.imul(a ^ (b << 1), 0x165667b1);
      let e = Math.imul(c ^ (d >>> 16), 0x9e3779b1);
      let f = Math.imul(d ^ (c >>> 15), 0x85ebca77);
      e ^= e >>> 15;
      f ^= f >>> 13;
      let g = Math.imul((e + b) | 0, 0xc2b2ae3d);
      let h = Math.imul((f + a) | 0, 0x27d4eb2f);
      g ^= g >>> 16;
      h ^= h >>> 16;
      sums[4 * i] += e;
      sums[4 * i + 1] += f;
      sums[4 * i + 2] += g;
      sums[4 * i + 3] += h;
      total[0] += e;
      total[1] += f;
      total[2] += g;
      total[3] += h;
    }
  };
}
