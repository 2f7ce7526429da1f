// `npm run bench`: the story of a run. Options → server → for each workload: data, contenders, turns, figures.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parts } from '../parts.mjs';
import { peers, versionsOf } from '../peers/index.mjs';
import { startReplay } from '../replay/start.mjs';
import { ensureData } from './data.mjs';
import { jobMaker } from './job.mjs';
import { describeMachine, noiseOf } from './machine.mjs';
import { readOptions } from './options.mjs';
import { takeTurns } from './rounds.mjs';
import { save } from './save.mjs';
import { startServer } from './server.mjs';
import { summarize } from './summary.mjs';
import { table } from './table.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const out = join(root, '.cache', 'bench-out');
const options = readOptions(process.argv.slice(2));
const say = (line) => console.error(`bench | ${line}`);

if (options.parts) runParts();
else await runWorkloads();

function runParts() {
  for (const program of parts) {
    say(program);
    const { status } = spawnSync(process.execPath, [join(root, 'bench', 'parts', program)], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}

async function runWorkloads() {
  const skipped = [];
  const contestants = peers.filter((peer) => options.wants(peer) && isAvailable(peer, skipped));
  const server = await startServer(join(root, '.cache', 'bench-server'));
  try {
    for (const workload of options.workloads) await compete(workload, server, contestants, skipped);
  } finally {
    await server.stop();
    rmSync(out, { recursive: true, force: true });
  }
}

function isAvailable(peer, skipped) {
  const reason = peer.available({ say });
  if (reason === undefined) return true;
  say(`skipped: ${peer.name}: ${reason}`);
  skipped.push({ name: peer.name, reason });
  return false;
}

async function compete(workload, server, contestants, skipped) {
  if (workload.tls && !server.tls) return say(`skipped: ${workload.name}: no openssl to make a certificate`);
  const rows = options.rowsOf(workload);
  const data = await ensureData(server, workload, rows, say);
  const replay = workload.replay ? await startReplay(server) : undefined;
  try {
    const job = jobMaker({ workload, server, replay, lanes: options.lanes, out });
    const takesPart = (peer) => peer.of === workload.of || (workload.of === 'costs' && peer.id === 'tidemark');
    const able = contestants.filter(
      (peer) => takesPart(peer) && (!replay || peer.replays) && (peer.can?.(job(data)) ?? true),
    );
    say(`${workload.name}: ${rows.toLocaleString('en')} rows, ${options.rounds} rounds`);
    const results = await takeTurns({
      ...{ contestants: able, job, data, out, say, rounds: options.rounds, deadline: options.deadline() },
      server: replay ?? server,
      ...(workload.of === 'costs' && { slowAt: 1000 }),
      small: () => ensureData(server, workload, Math.ceil(rows / 10), say),
    });
    await report({ workload, rows, data, results, server, skipped, able });
  } finally {
    await replay?.stop();
  }
}

async function report({ workload, rows, data, results, server, skipped, able }) {
  const contenders = summarize(results);
  const machine = describeMachine(server);
  const noise = noiseOf(contenders, machine.cores);
  console.log(table({ workload, rows, contenders, noise, skipped }));
  await save(options.out, {
    ...{ workload: workload.name, about: workload.about, rows, bytes: data.bytes },
    ...{
      lanes: options.lanes,
      rounds: Math.max(...results.map(({ runs, slow }) => (slow ? 0 : runs.length))),
      date: new Date().toISOString().slice(0, 10),
    },
    ...{ machine, noise, versions: versionsOf(able), skipped, contenders },
  });
  say(`kept in ${relative(process.cwd(), options.out) || '.'}: ${workload.name}.json, ${workload.name}.svg, README.md`);
}
