// Full snapshots of 6 million rows, of which 1 % was appended, changed at random, or changed among the newest: with --reuse-files and
// without, in turns; seconds, and how many bytes of files are new.
//
//     node bench/parts/reuse/reuse.mjs [rows] [rounds]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, startServer } from '../../end-to-end/server.mjs';
import { events } from '../events.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const main = join(root, 'dist', 'cli', 'main.js');
const [rows = 6_000_000, rounds = 3] = process.argv.slice(2).map(Number);
const part = Math.round(rows / 100);
/** Between the times of two rows: so that there are twelve months of them. */
const step = '5 s';

const changes = {
  '1 % appended': `INSERT INTO events ${events(rows + 1, rows + part, step)}`,
  '1 % changed among the newest': `UPDATE events SET note = md5(note) WHERE id > ${rows - part}`,
  '1 % changed at random': `UPDATE events SET note = md5(note) WHERE hashint4(id) % 100 = 0`,
};
const kinds = {
  'shards of 128 MiB': [],
  'shards of 16 MiB': ['--shard-size', '16MiB'],
  'partitions by month': ['--partition-by', 'at:month'],
};

const server = await startServer(join(root, '.cache', 'bench-server'));
const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
try {
  for (const [change, sql] of Object.entries(changes)) {
    await makeTable();
    const parents = Object.fromEntries(Object.entries(kinds).map(([kind, options]) => [kind, made(kind, options)]));
    await ask(server, sql, 'VACUUM ANALYZE events', 'CHECKPOINT');
    console.log(change);
    for (const [kind, options] of Object.entries(kinds)) compare(kind, options, parents[kind]);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
  await ask(server, 'DROP TABLE IF EXISTS events');
  await server.stop();
}

async function makeTable() {
  await ask(server, 'DROP TABLE IF EXISTS events', `CREATE TABLE events AS ${events(1, rows, step)}`);
  await ask(server, 'VACUUM (FREEZE, ANALYZE) events', 'CHECKPOINT');
}

function made(kind, options) {
  const out = join(folder, kind);
  rmSync(out, { recursive: true, force: true });
  return snapshot(out, 'v1', options).location;
}

function compare(kind, options, parent) {
  const reusing = ['--if-changed', parent, '--reuse-files'];
  const seen = { plain: [], reused: [] };
  let last;
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, more] of [
      ['plain', []],
      ['reused', reusing],
    ]) {
      const out = join(folder, 'out');
      rmSync(out, { recursive: true, force: true });
      const result = snapshot(out, 'v2', [...options, ...more]);
      if (round > 0) seen[name].push(result.took);
      if (name === 'reused') last = result;
    }
  }
  report(kind, seen, last);
}

function snapshot(out, version, options) {
  const argv = ['snapshot', '--json', '--source', server.url, '--out', out, '--table', 'events', ...options];
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [main, ...argv, '--dataset', `dataset://events/${version}`],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
  return { ...JSON.parse(stdout), took: (performance.now() - start) / 1000 };
}

function report(kind, { plain, reused }, { bytes, shards, reuses }) {
  const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];
  const [alone, own] = [median(plain), median(reused)];
  const newBytes = reuses?.newBytes ?? bytes;
  const fresh = shards.filter((shard) => !shard.reused).length;
  const megabytes = (count) => `${(count / 1e6).toFixed(0)} MB`;
  console.log(
    `  ${kind.padEnd(22)} plain ${alone.toFixed(2)} s, reusing ${own.toFixed(2)} s (${(own / alone).toFixed(2)}); new: ${fresh} of ${shards.length} files, ${megabytes(newBytes)} of ${megabytes(bytes)} (${((100 * newBytes) / bytes).toFixed(1)} %)`,
  );
}
