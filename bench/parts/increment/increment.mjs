// 10,000 new rows of 6 million: an increment by transactions, with and without a floor, by a window, a full snapshot, and the
// rows alone as psql gets them. All take turns; each goes on from the same version, of which the manifest (and the keys) alone are kept.
//
//     node bench/parts/increment/increment.mjs [rows] [rounds]
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, startServer } from '../../end-to-end/server.mjs';
import { events } from '../events.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const main = join(root, 'dist', 'cli', 'main.js');
const [rows = 6_000_000, rounds = 5] = process.argv.slice(2).map(Number);
const fresh = 10_000;

const server = await startServer(join(root, '.cache', 'bench-server'));
const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
try {
  await makeTable();
  const parents = Object.fromEntries(Object.entries(kinds()).map(([kind, options]) => [kind, parentOf(kind, options)]));
  await ask(server, `INSERT INTO events ${events(rows + 1, rows + fresh)}`, 'VACUUM ANALYZE events');
  const contenders = contendersOf(parents);
  const times = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, argv } of contenders) {
      const seconds = timed(argv);
      if (round > 0) times.get(name).push(seconds);
    }
  }
  report(times);
} finally {
  rmSync(folder, { recursive: true, force: true });
  await ask(server, 'DROP TABLE IF EXISTS events');
  await server.stop();
}

async function makeTable() {
  await ask(server, 'DROP TABLE IF EXISTS events', `CREATE TABLE events AS ${events(1, rows)}`);
  await ask(server, 'CREATE INDEX ON events (at)', 'VACUUM (FREEZE, ANALYZE) events', 'CHECKPOINT');
}

function kinds() {
  return {
    table: ['--table', 'events', '--cursor', 'at'],
    query: ['--query', 'SELECT * FROM events', '--cursor', 'at', '--lag', '1h'],
    scan: ['--table', 'events', '--mode', 'upsert', '--key', 'id', '--deletes', 'scan'],
  };
}

function snapshot(out, version, options) {
  return [
    process.execPath,
    main,
    'snapshot',
    '--quiet',
    '--source',
    server.url,
    '--out',
    out,
    ...options,
    '--dataset',
    `dataset://events/${version}`,
  ];
}

/** A full version, of which the manifest stays: nothing else is needed to go on. */
function parentOf(kind, options) {
  const out = join(folder, `made-${kind}`);
  run(snapshot(out, 'v1', options));
  const kept = join(folder, kind);
  mkdirSync(kept);
  const beside = readdirSync(join(out, 'events', 'v1')).filter((name) => name.startsWith('_'));
  for (const name of beside) cpSync(join(out, 'events', 'v1', name), join(kept, name));
  rmSync(out, { recursive: true });
  return kept;
}

function contendersOf({ table, query, scan }) {
  const { table: ofTable, query: ofQuery, scan: ofScan } = kinds();
  const after = `timestamptz '2024-01-01' + ${rows} * interval '1 s'`;
  const copy = `COPY (SELECT * FROM events WHERE at > ${after}) TO STDOUT (FORMAT binary)`;
  const out = join(folder, 'out');
  return [
    {
      name: 'psql, the new rows alone by the index',
      argv: ['/bin/sh', '-c', `psql -X -q -d '${server.url}' -c "${copy}" > /dev/null`],
    },
    { name: 'increment by transactions', argv: snapshot(out, 'v2', [...ofTable, '--parent', table]) },
    {
      name: 'the same, --cursor-floor 1h',
      argv: snapshot(out, 'v2', [...ofTable, '--parent', table, '--cursor-floor', '1h']),
    },
    { name: 'by a window, --lag 1h', argv: snapshot(out, 'v2', [...ofQuery, '--parent', query]) },
    { name: 'by transactions, and deletes by a scan', argv: snapshot(out, 'v2', [...ofScan, '--parent', scan]) },
    { name: 'full, with the keys of all rows', argv: snapshot(out, 'v2', ofScan) },
    { name: 'full snapshot', argv: snapshot(out, 'v2', ['--table', 'events']) },
    {
      name: 'full, --if-changed, and it is not',
      argv: snapshot(out, 'v2', ['--table', 'events', '--if-changed', unchanged()]),
    },
  ];
}

/** A version of all rows as they are now. */
function unchanged() {
  return parentOf('unchanged', ['--table', 'events']);
}

function run([program, ...words]) {
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
}

/** Seconds; what was written is looked at, and goes. */
function timed(argv) {
  const out = join(folder, 'out');
  rmSync(out, { recursive: true, force: true });
  const start = performance.now();
  run(argv);
  const seconds = (performance.now() - start) / 1000;
  const inherited = argv.includes('--parent') ? readdirSync(join(out, 'events')) : ['v2'];
  if (inherited.join() !== 'v2') throw new Error(`${inherited.join()} lie in the outputs`);
  return seconds;
}

function report(times) {
  const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];
  const full = median(times.get('full snapshot'));
  console.log(`${fresh.toLocaleString('en')} new rows of ${rows.toLocaleString('en')}, median of ${rounds} rounds`);
  for (const [name, all] of times) {
    const own = median(all);
    console.log(
      `${name.padEnd(42)} ${own.toFixed(2).padStart(6)} s  ${(own / full).toFixed(2).padStart(5)} of a full snapshot`,
    );
  }
}
