// Encoding lineitem-like rows to Parquet (snappy): CPU seconds per million rows, ours against others. `npm run build`, then
// `node bench/parts/parquet/encode.mjs [rows]`. Each writer is given what it takes best: Arrow record batches (ours), one Arrow
// IPC stream (parquet-wasm, whose copy into its memory counts), row objects (parquetjs-lite, fewer rows, scaled up), a pyarrow
// table (its own files' rows, where the readers' Python environment is there).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Table, tableToIPC } from 'apache-arrow';
import * as wasm from 'parquet-wasm/node';
import parquetjs from 'parquetjs-lite';
import { createRowGroupEncoder, createShardAssembler, loadCodec } from '../../../dist/shard/parquet/index.js';
import { lineitem, schema } from './lineitem.mjs';

const rows = Number(process.argv[2] ?? 1_000_000);
const rowGroup = 125_000;
const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
const batches = Array.from({ length: Math.ceil(rows / rowGroup) }, (_, i) =>
  lineitem(i * rowGroup, Math.min(rowGroup, rows - i * rowGroup)),
);

/** Median and spread of CPU seconds per million rows; the first rounds are warm-up. */
async function measure(count, rounds, work) {
  const seconds = [];
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    if (round > 0 || rounds === 1) seconds.push((user + system) / count);
  }
  seconds.sort((a, b) => a - b);
  return { median: seconds[seconds.length >> 1], least: seconds[0], most: seconds[seconds.length - 1] };
}

function encodeOurs(options, keep) {
  const encoder = createRowGroupEncoder(schema, options);
  const assembler = createShardAssembler(schema, options);
  keep(assembler.begin());
  for (const batch of batches) keep(assembler.add(encoder.encode(batch)));
  keep(assembler.finish());
}

async function ours(compression) {
  await loadCodec(compression);
  const result = await measure(rows, 7, () => encodeOurs({ compression }, () => undefined));
  const parts = [];
  encodeOurs({ compression }, (bytes) => parts.push(bytes.slice()));
  const file = join(folder, `ours-${compression}.parquet`);
  writeFileSync(file, Buffer.concat(parts));
  return { name: `Tidemark, ${compression}`, file, rows, ...result };
}

async function parquetWasm() {
  const stream = tableToIPC(new Table(batches), 'stream');
  const properties = () =>
    new wasm.WriterPropertiesBuilder().setCompression(wasm.Compression.SNAPPY).setMaxRowGroupSize(rowGroup).build();
  let bytes;
  const work = () => (bytes = wasm.writeParquet(wasm.Table.fromIPCStream(stream), properties()));
  const result = await measure(rows, 4, work);
  const file = join(folder, 'wasm.parquet');
  writeFileSync(file, bytes);
  return { name: 'parquet-wasm, snappy', file, rows, ...result };
}

/** It knows no decimals: they go as doubles. The conversion of rows to objects is outside the timing. */
async function parquetjsLite() {
  const count = Math.min(20_000, rows);
  const plain = { Int64: 'INT64', Int32: 'INT32', Decimal: 'DOUBLE', Utf8: 'UTF8', Date32: 'DATE' };
  const kind = (field) =>
    plain[
      String(field.type)
        .replace(/[^A-Za-z0-9].*$/, '')
        .replace('DateDay', 'Date32')
    ] ?? 'INT32';
  const fields = Object.fromEntries(
    schema.fields.map((field) => [field.name, { type: kind(field), compression: 'SNAPPY' }]),
  );
  const batch = batches[0];
  const objects = Array.from({ length: count }, (_, row) =>
    Object.fromEntries(
      schema.fields.map((field, i) => {
        const value = batch.getChildAt(i).get(row);
        if (fields[field.name].type === 'DOUBLE') return [field.name, Number(value[0]) / 100];
        return [field.name, fields[field.name].type === 'DATE' ? new Date(Number(value)) : value];
      }),
    ),
  );
  const file = join(folder, 'parquetjs.parquet');
  const result = await measure(count, 2, async () => {
    const writer = await parquetjs.ParquetWriter.openFile(new parquetjs.ParquetSchema(fields), file);
    for (const object of objects) await writer.appendRow(object);
    await writer.close();
  });
  return { name: 'parquetjs-lite, snappy (scaled)', file, rows: count, ...result };
}

function pyarrow(file) {
  const python = new URL('../../../.cache/venv-readers/bin/python', import.meta.url).pathname;
  if (!existsSync(python)) return undefined;
  const target = join(folder, 'pyarrow.parquet');
  const script = `
import sys, time, pyarrow.parquet as pq
table = pq.read_table(sys.argv[1]); seconds = []
for _ in range(4):
    start = time.process_time(); pq.write_table(table, sys.argv[2], compression='snappy', row_group_size=${rowGroup}); seconds.append(time.process_time() - start)
seconds = sorted(seconds[1:]); print(seconds[0], seconds[1], seconds[2])`;
  const [least, median, most] = execFileSync(python, ['-c', script, file, target])
    .toString()
    .split(' ')
    .map((s) => (Number(s) * 1e6) / rows);
  return { name: 'pyarrow, snappy (C++)', file: target, rows, least, median, most };
}

const results = [
  await ours('snappy'),
  await ours('none'),
  await ours('lz4_raw'),
  await ours('zstd'),
  await parquetWasm(),
  await parquetjsLite(),
];
const python = pyarrow(results[0].file);
if (python) results.push(python);

const connection = await (await DuckDBInstance.create()).connect();
for (const { name, file, rows: written } of results) {
  const counted = (
    await connection.runAndReadAll(`SELECT count(*), count(l_comment) FROM read_parquet('${file}')`)
  ).getRows()[0];
  if (Number(counted[0]) !== written || Number(counted[1]) !== written)
    throw new Error(`${name}: DuckDB counts ${counted} of ${written} rows`);
}
console.log(
  `${rows} rows, 16 columns, Node ${process.version}\nwriter | CPU s per million rows (least to most) | times ours | MB per million rows`,
);
for (const { name, file, rows: written, median, least, most } of results) {
  const size = (statSync(file).size / written).toFixed(1);
  console.log(
    `${name} | ${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)}) | ${(median / results[0].median).toFixed(1)} | ${size}`,
  );
}
rmSync(folder, { recursive: true });
