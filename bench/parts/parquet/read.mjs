// Reading a shard of lineitem-like rows back, all columns, row group by row group, in one thread: `npm run build`, then
// `node bench/parts/parquet/read.mjs [rows]`. Each reader runs in a process of its own, whose CPU time and peak memory count, start-up
// included. What each gives: Arrow batches (parquet-wasm), arrays of JavaScript values by column (hyparquet, DuckDB).
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

const readers = {
  async 'parquet-wasm'(path, count) {
    const { read } = await import('../../../dist/shard/parquet/read/read.js');
    const { describe } = await import('../../../dist/shard/parquet/read/describe.js');
    const file = await open(path);
    const { size: bytes } = await stat(path);
    const { columns } = await describe(file, bytes);
    for await (const batch of read(file, { bytes, as: { columns, compression: 'none' } })) {
      count(batch.numRows, batch.getChildAt(0).toArray());
    }
  },
  async hyparquet(path, count) {
    const { parquetMetadataAsync, parquetRead } = await import('hyparquet');
    const { compressors } = await import('hyparquet-compressors');
    const handle = await open(path);
    const byteLength = (await stat(path)).size;
    const slice = async (from, to = byteLength) => {
      const bytes = new Uint8Array(to - from);
      await handle.read(bytes, 0, bytes.length, from);
      return bytes.buffer;
    };
    const file = { byteLength, slice };
    const metadata = await parquetMetadataAsync(file);
    let rowStart = 0;
    for (const { num_rows: rows } of metadata.row_groups) {
      const rowEnd = rowStart + Number(rows);
      const onChunk = ({ columnName, columnData }) => {
        if (columnName === metadata.schema[1].name) count(columnData.length, columnData);
      };
      await parquetRead({ file, metadata, compressors, rowStart, rowEnd, utf8: false, onChunk });
      rowStart = rowEnd;
    }
  },
  async duckdb(path, count) {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
    const result = await connection.stream(`SELECT * FROM read_parquet('${path}')`);
    for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
      const columns = Array.from({ length: chunk.columnCount }, (_, i) => chunk.getColumnValues(i));
      count(chunk.rowCount, columns[0]);
    }
  },
};

async function readBy(name, path) {
  let [rows, sum] = [0, 0n];
  await readers[name](path, (count, values) => {
    rows += count;
    for (const value of values) sum += BigInt(value);
  });
  const { user, system } = process.cpuUsage();
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(
    JSON.stringify({ rows, sum: String(sum), seconds: performance.now() / 1000, cpu: (user + system) / 1e6, peak }),
  );
}

async function writeShard(path, rows) {
  const { createRowGroupEncoder, createShardAssembler, loadCodec } =
    await import('../../../dist/shard/parquet/index.js');
  const { lineitem, schema } = await import('./lineitem.mjs');
  await loadCodec('snappy');
  const [encoder, assembler] = [createRowGroupEncoder(schema, {}), createShardAssembler(schema, {})];
  const out = createWriteStream(path);
  const put = (bytes) => void out.write(bytes.slice());
  put(assembler.begin());
  for (let from = 0; from < rows; from += 125_000) {
    put(assembler.add(encoder.encode(lineitem(from, Math.min(125_000, rows - from)))));
  }
  put(assembler.finish());
  await finished(out.end());
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

async function compare(rows) {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  try {
    const path = join(folder, 'shard.parquet');
    await writeShard(path, rows);
    console.log(
      `${rows.toLocaleString('en')} rows, ${((await stat(path)).size / 1e6).toFixed(0)} MB; medians of five, in turns`,
    );
    const runs = Object.fromEntries(Object.keys(readers).map((name) => [name, []]));
    for (let round = 0; round < 5; round += 1) {
      for (const name of Object.keys(readers)) {
        const { stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), name, path], {
          encoding: 'utf8',
        });
        runs[name].push(JSON.parse(stdout));
      }
    }
    if (
      new Set(
        Object.values(runs)
          .flat()
          .map((run) => `${run.rows} ${run.sum}`),
      ).size > 1
    )
      throw new Error('readers differ');
    for (const [name, all] of Object.entries(runs)) {
      const of = (key, digits) => median(all.map((run) => run[key])).toFixed(digits);
      console.log(`${name.padEnd(14)} ${of('seconds', 2)} s  ${of('cpu', 2)} s CPU  ${of('peak', 0)} MB at most`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [, , first, path] = process.argv;
if (first in readers) await readBy(first, path);
else await compare(Number(first ?? 2_000_000));
