// What a snapshot takes of memory, whatever rows are like: the most that the process ever had, without --memory and with a
// budget. `npm run build`, then
//
//     node bench/parts/memory/memory.mjs [part of a shape's name=all] [budget=256MiB] [words for every run …]
//
// TIDEMARK_BENCH_FOLDER keeps the server's data for the next time. NODE_OPTIONS and MALLOC_ARENA_MAX reach the runs. With TIDEMARK_BENCH_HARD=1
// the kernel kills a run that takes more than its budget, where it lets us say so (cgroups).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, startServer } from '../../end-to-end/server.mjs';
import { startStore } from '../s3/store.mjs';
import { hardLimit } from './hard-limit.mjs';
import { measured } from './measured.mjs';
import { data, shapes } from './shapes.mjs';
import { slowServer } from './slow-server.mjs';

/** What a run without --memory may take: bytes. */
const byDefault = 200e6;
const [wanted = '', budget = '256MiB', ...words] = process.argv.slice(2);
const kept = process.env.TIDEMARK_BENCH_FOLDER;
const slowDisk = new URL('./slow-disk.mjs', import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
const out = join(scratch, 'out');
const server = await startServer(kept ?? join(scratch, 'server'));
const store = await startStore({ swallow: true });
try {
  console.log('| shape | --memory | rows | MB of data | s | peak MB | kept |');
  console.log('| --- | --- | ---: | ---: | ---: | ---: | --- |');
  for (const shape of shapes.filter(
    ({ name, alone = false }) => name.includes(wanted) && (!alone || name === wanted),
  )) {
    const { megabytes } = await ensure(data[shape.data]);
    for (const memory of budget === 'none' ? [undefined] : [undefined, budget]) {
      console.log(line(shape, memory, megabytes, await run(shape, memory)));
    }
  }
} finally {
  store.stop();
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
}

/** Makes tables that are not there; gives how large their rows are in binary. */
async function ensure({ tables, sql }) {
  const [{ made }] = await ask(server, `SELECT to_regclass('${tables.at(-1)}') IS NOT NULL AS made`);
  if (!made) await ask(server, 'SET jit = off', ...sql, ...tables.map((table) => `ANALYZE ${table}`));
  const sizes = tables.map((table) => `pg_table_size('${table}')`).join(' + ');
  const [{ bytes }] = await ask(server, `SELECT ${sizes} AS bytes`);
  return { megabytes: Number(bytes) / 1e6 };
}

async function run(shape, memory) {
  const limit =
    process.env.TIDEMARK_BENCH_HARD === '1' && memory !== undefined ? hardLimit(bytesOf(memory)) : undefined;
  const slow = shape.serverBytes === undefined ? undefined : await slowServer(server.url, shape.serverBytes);
  try {
    rmSync(out, { recursive: true, force: true });
    await store.empty();
    return await measured(wordsOf(shape, slow?.url ?? server.url, memory), {
      within: limit?.words ?? [],
      env:
        shape.diskBytes === undefined
          ? {}
          : { NODE_OPTIONS: `--import=${slowDisk}`, SLOW_DISK_BYTES: String(shape.diskBytes) },
    });
  } finally {
    limit?.remove();
    slow?.close();
  }
}

function wordsOf({ data: name, query, url = (source) => source, words: own = [], bucket = false }, source, memory) {
  const read = query === undefined ? data[name].tables.flatMap((table) => ['--table', table]) : ['--query', query];
  return [
    ...['snapshot', '--source', url(source), ...read, '--dataset', 'dataset://memory/1', '--json', '--quiet'],
    ...['--out', bucket ? store.location : out, ...own, ...words],
    ...(memory === undefined ? [] : ['--memory', memory]),
  ];
}

function line({ name }, memory, megabytes, { failure, result, seconds, peak }) {
  const most = memory === undefined ? byDefault : bytesOf(memory);
  const cells = [
    ...[name, memory ?? '–', result?.rows?.toLocaleString('en') ?? '–', megabytes.toFixed(0)],
    ...[seconds.toFixed(1), (peak / 1e6).toFixed(0), peak <= most ? 'yes' : 'NO'],
  ];
  return `| ${cells.join(' | ')}${failure === undefined ? '' : `: ${failure}`} |`;
}

function bytesOf(size) {
  const [, number, unit] = /^(\d+)(MiB|GiB)$/.exec(size) ?? [];
  return Number(number) * (unit === 'GiB' ? 2 ** 30 : 2 ** 20);
}
