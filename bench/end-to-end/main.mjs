// `npm run bench`: the story of a run. Options → server → for each workload: data, contenders, turns, figures.
import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peers, versionsOf } from '../peers/index.mjs';
import { ensureData } from './data.mjs';
import { readOptions } from './options.mjs';
import { takeTurns } from './rounds.mjs';
import { describeMachine, noiseOf } from './machine.mjs';
import { save } from './save.mjs';
import { startServer } from './server.mjs';
import { summarize } from './summary.mjs';
import { table } from './table.mjs';

const cache = fileURLToPath(new URL('../../.cache/', import.meta.url));
const options = readOptions(process.argv.slice(2));
const say = (line) => console.error(`bench | ${line}`);
const out = join(cache, 'bench-out');

const skipped = [];
const contestants = peers.filter((peer) => options.wants(peer) && isAvailable(peer));
const server = await startServer(join(cache, 'bench-server'));
try {
  for (const workload of options.workloads) await compete(workload);
} finally {
  await server.stop();
  rmSync(out, { recursive: true, force: true });
}

function isAvailable(peer) {
  const reason = peer.available({ say });
  if (reason === undefined) return true;
  say(`skipped: ${peer.name}: ${reason}`);
  skipped.push({ name: peer.name, reason });
  return false;
}

async function compete(workload) {
  if (workload.tls && !server.tls) return say(`skipped: ${workload.name}: no openssl to make a certificate`);
  const rows = options.rows ?? workload.rows;
  const data = await ensureData(server, workload, rows, say);
  const job = ({ table: name, pages, expected }) => ({
    ...{ host: server.host, port: server.port, user: server.user, database: server.database },
    url: `${server.url}?sslmode=${workload.tls ? 'require' : 'disable'}`,
    tls: workload.tls === true,
    query: workload.query === true,
    ...{ table: name, pages, key: workload.key, rows: Number(expected.rows), sql: `SELECT * FROM ${name}` },
    ...{ lanes: options.lanes, out },
  });
  const able = contestants.filter((peer) => peer.can?.(job(data)) ?? true);
  say(`${workload.name}: ${rows.toLocaleString('en')} rows, ${options.rounds} rounds`);
  const results = await takeTurns({
    ...{ contestants: able, job, data, server, out, say, rounds: options.rounds, deadline: options.deadline },
    small: () => ensureData(server, workload, Math.ceil(rows / 10), say),
  });
  const contenders = summarize(results);
  const machine = describeMachine(server);
  const noise = noiseOf(contenders, machine.cores);
  console.log(table({ workload, rows, contenders, noise, skipped }));
  await save(options.out, {
    ...{
      workload: workload.name,
      about: workload.about,
      rows,
      bytes: data.bytes,
      lanes: options.lanes,
      rounds: options.rounds,
    },
    ...{ date: new Date().toISOString().slice(0, 10), machine, noise, versions: versionsOf(able), skipped, contenders },
  });
  say(`kept in ${relative(process.cwd(), options.out) || '.'}/${workload.name}.json and .svg`);
}
