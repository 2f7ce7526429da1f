// What it takes to prove a version of lineitem: verify, verify --against its source, and diff with a version in which 1,000 rows differ, beside the
// snapshot that made it; in turns, each in a process of its own.
//
//     node bench/parts/proof/proof.mjs [millions of rows=6] [rounds=3] [words for snapshot and --against …]
//
// TIDEMARK_BENCH_FOLDER keeps the server's data for the next time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineitemSql } from '../../end-to-end/workloads/lineitem.mjs';
import { ask, startServer } from '../../end-to-end/server.mjs';
import { runCli } from '../run-cli.mjs';

const [millions = 6, rounds = 3] = process.argv.slice(2, 4).map(Number);
const words = process.argv.slice(4);
const table = `proof_${millions}`;
const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
const server = await startServer(process.env.TIDEMARK_BENCH_FOLDER ?? join(folder, 'server'));
const key = ['--key', 'l_orderkey,l_linenumber'];
try {
  await ask(server, `DROP TABLE IF EXISTS ${table}`, 'SELECT setseed(0.42)', lineitemSql(table, millions * 1e6));
  await ask(server, `ANALYZE ${table}`);
  const [before, same] = [await snapshot('before'), await snapshot('same')];
  await ask(server, ...changes());
  const after = await snapshot('after');
  const steps = {
    snapshot: () => snapshot(`again-${Math.random()}`, true),
    verify: () => runCli(['verify', after]),
    'verify --quick': () => runCli(['verify', after, '--quick']),
    'verify --quick --against': () => runCli(['verify', after, '--quick', '--against', server.url, ...words]),
    'diff, 1,000 rows differ': () => runCli(['diff', before, after, ...key]),
    'diff, without a key': () => runCli(['diff', before, after]),
    'diff, 256 MiB': () => runCli(['diff', before, after, ...key, '--memory', '256MiB']),
    'diff, the same rows': () => runCli(['diff', before, same, ...key]),
  };
  const taken = Object.fromEntries(Object.keys(steps).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const [name, step] of Object.entries(steps)) taken[name].push(await step());
  print(taken);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** 400 rows changed, 300 removed, 300 added. */
function changes() {
  const some = (count, from) =>
    `ctid IN (SELECT ctid FROM (SELECT ctid, row_number() OVER (ORDER BY l_orderkey, l_linenumber) AS n FROM ${table}) t WHERE n % 5000 = ${from} LIMIT ${count})`;
  return [
    `UPDATE ${table} SET l_comment = 'changed', l_tax = l_tax + 0.01 WHERE ${some(400, 1)}`,
    `DELETE FROM ${table} WHERE ${some(300, 2)}`,
    `INSERT INTO ${table} ${more(300)}`,
    `ANALYZE ${table}`,
  ];
}

/** Rows whose keys are not there. */
function more(count) {
  const range = `generate_series(4000000000, ${4_000_000_000 + count - 1})`;
  return lineitemSql('x', count)
    .replace(/^.* as\n/, '')
    .replace(/generate_series\(.*\)/, range);
}

async function snapshot(name, measured = false) {
  const out = join(folder, name);
  const told = await runCli([
    'snapshot',
    '--source',
    server.url,
    '--table',
    table,
    '--dataset',
    'dataset://d/v',
    '--out',
    out,
    ...words,
  ]);
  if (!measured) return join(out, 'd', 'v');
  rmSync(out, { recursive: true, force: true });
  return told;
}

function print(taken) {
  const median = (name, of) => taken[name].map((one) => one[of]).sort((a, b) => a - b)[Math.floor(rounds / 2)];
  const share = (name, of) => (median(name, of) / median('snapshot', of)).toFixed(2);
  console.log(`${millions} million rows, ${rounds} rounds, medians`);
  console.log('| step | s | CPU s | peak MB | wall, of the snapshot | CPU |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  for (const name of Object.keys(taken)) {
    const figures = [
      median(name, 'seconds').toFixed(1),
      median(name, 'cpu').toFixed(1),
      Math.round(median(name, 'peak') / 1e6),
    ];
    console.log(`| ${[name, ...figures, share(name, 'seconds'), share(name, 'cpu')].join(' | ')} |`);
  }
}
