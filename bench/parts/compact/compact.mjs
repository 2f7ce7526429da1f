// A chain of increments becomes one version: 100 of rows that are only added, and 20 in which one row in a hundred is changed,
// each beside a full snapshot of the same table, in turns.
//
//     node bench/parts/compact/compact.mjs [rows] [rounds]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure } from '../../end-to-end/measure.mjs';
import { ask, startServer } from '../../end-to-end/server.mjs';
import { events } from '../events.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const main = join(root, 'dist', 'cli', 'main.js');
const [rows = 6_000_000, rounds = 3] = process.argv.slice(2).map(Number);
const limits = { seconds: 600, memory: 8e9 };

const server = await startServer(join(root, '.cache', 'bench-server'));
const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
try {
  await added(100);
  await changed(20);
} finally {
  rmSync(folder, { recursive: true, force: true });
  await ask(server, 'DROP TABLE IF EXISTS events');
  await server.stop();
}

/** Rows are only added, as many in each version. */
async function added(versions) {
  const each = Math.ceil(rows / versions);
  await ask(server, 'DROP TABLE IF EXISTS events', `CREATE TABLE events AS ${events(1, each)}`);
  const chain = join(folder, 'added');
  for (let version = 0; version < versions; version += 1) {
    if (version > 0) await ask(server, `INSERT INTO events ${events(version * each + 1, (version + 1) * each)}`);
    next(chain, version, []);
  }
  await compare(`${versions} versions, rows only added`, chain);
}

/** One row in a hundred is changed between two versions, anywhere in the table. */
async function changed(versions) {
  await ask(server, 'DROP TABLE IF EXISTS events', `CREATE TABLE events AS ${events(1, rows)}`);
  await ask(server, 'ALTER TABLE events ADD PRIMARY KEY (id)');
  const chain = join(folder, 'changed');
  for (let version = 0; version < versions; version += 1) {
    if (version > 0)
      await ask(server, `UPDATE events SET note = md5(note) WHERE id % 100 = ${(version * 37) % 100}`, 'VACUUM events');
    next(chain, version, ['--mode', 'upsert', '--key', 'id']);
  }
  await compare(`${versions} versions, 1 % of the rows changed in each`, chain);
}

async function compare(title, chain) {
  await ask(server, 'VACUUM ANALYZE events', 'CHECKPOINT');
  const contenders = {
    'full snapshot': snapshot(join(folder, 'out'), 'full', []),
    compact: [process.execPath, main, 'compact', chain, '--quiet', '--out', join(folder, 'out')],
    'compact, --memory 350MB': [
      process.execPath,
      main,
      'compact',
      chain,
      '--quiet',
      '--out',
      join(folder, 'out'),
      '--memory',
      '350MB',
    ],
  };
  const seen = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, argv] of Object.entries(contenders)) {
      rmSync(join(folder, 'out'), { recursive: true, force: true });
      const one = await measure({ argv }, server.pid, limits);
      if (one.failure) throw new Error(`${name}: ${one.message}`);
      if (round > 0) seen[name].push(one);
    }
  }
  report(title, seen);
}

function report(title, seen) {
  const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];
  const of = (name, what) => median(seen[name].map((one) => one[what]));
  console.log(`${title}; ${rows.toLocaleString('en')} rows, median of ${rounds} rounds`);
  for (const name of Object.keys(seen)) {
    const wall = of(name, 'wall');
    console.log(
      `  ${name.padEnd(20)} ${wall.toFixed(2).padStart(6)} s  ${(wall / of('full snapshot', 'wall')).toFixed(2)} of a full snapshot  ` +
        `${of(name, 'clientCpu').toFixed(1)} CPU s  ${(of(name, 'peakMemory') / 1e6).toFixed(0)} MB`,
    );
  }
}

function snapshot(out, version, options) {
  const where = ['--source', server.url, '--out', out, '--dataset', `dataset://events/${version}`];
  return [process.execPath, main, 'snapshot', '--quiet', '--table', 'events', ...where, ...options];
}

function next(chain, version, options) {
  const name = `v${String(version).padStart(3, '0')}`;
  const going = ['--parent', join(chain, 'events'), '--first-run', ...options];
  const [program, ...words] = snapshot(chain, name, going);
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
}
