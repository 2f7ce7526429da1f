// Whether this checkout takes more of the processor than another one, for the same versions of the same tables: in turns, by instructions
// where they are counted, else by CPU seconds. Exit 1 where it does, beyond noise. Linux only, as end-to-end/measure.mjs.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure } from '../end-to-end/measure.mjs';
import { spread } from '../end-to-end/summary.mjs';
import { ask, startServer } from '../end-to-end/server.mjs';
import { lineitemSql } from '../end-to-end/workloads/lineitem.mjs';

const { values: given } = parseArgs({
  options: {
    base: { type: 'string' },
    rounds: { type: 'string', default: '9' },
    rows: { type: 'string', default: '1500000' },
    most: { type: 'string', default: '1.05' },
  },
});
if (given.base === undefined) throw new Error('--base is missing: the folder of another checkout, which is built');
const programs = {
  base: resolve(given.base, 'dist/cli/main.js'),
  here: fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url)),
};
const jobs = { table: ['--table', 'lineitem'], query: ['--query', 'SELECT * FROM lineitem'] };
const limits = { seconds: 600, memory: Infinity };

const folder = mkdtempSync(join(tmpdir(), 'tidemark-regression-'));
// The server may have to run as another user.
chmodSync(folder, 0o755);
const counts = join(folder, 'instructions');

/** Virtual machines often have no counters. */
function countsInstructions() {
  const { status, stderr } = spawnSync('perf', ['stat', '-x', ',', '-e', 'instructions:u', 'true'], {
    encoding: 'utf8',
  });
  return status === 0 && !/not (supported|counted)/.test(stderr);
}
const counted = countsInstructions();
const unit = counted ? '10^9 instructions' : 'CPU s';

/** What one run takes. */
async function take(program, job, server) {
  const out = join(folder, 'out');
  rmSync(out, { recursive: true, force: true });
  const { host, port, user, database } = server;
  const source = `postgres://${user}@${host}:${port}/${database}?sslmode=disable`;
  const words = [
    'snapshot',
    '--source',
    source,
    ...jobs[job],
    '--dataset',
    'dataset://regression/v1',
    '--out',
    out,
    '--quiet',
  ];
  const tidemark = [process.execPath, program, ...words];
  const argv = counted
    ? ['perf', 'stat', '-x', ',', '-e', 'instructions:u', '-o', counts, '--', ...tidemark]
    : tidemark;
  const run = await measure({ argv }, server.pid, limits);
  if (run.failure) throw new Error(`${program}: ${run.message}`);
  const instructions = counted && Number(/^(\d+),/m.exec(readFileSync(counts, 'utf8'))[1]) / 1e9;
  return { cost: counted ? instructions : run.clientCpu, wall: run.wall };
}

/** Prints how the two compare. True where this checkout takes more. */
function judge(job, rounds) {
  const ratios = rounds.map(({ base, here }) => here.cost / base.cost);
  const { least, median, most } = spread(ratios);
  const wall = spread(rounds.map(({ base, here }) => here.wall / base.wall)).median;
  const more = ratios.filter((ratio) => ratio > 1).length;
  const isWorse = median > Number(given.most) && more >= 0.75 * ratios.length;
  const costs = (of) => spread(rounds.map((round) => round[of].cost)).median.toFixed(2);
  console.log(
    `${job}: ${costs('here')} ${unit}, ${costs('base')} before; ratio ${median.toFixed(3)} (${least.toFixed(3)}–${most.toFixed(3)}), wall ${wall.toFixed(3)}${isWorse ? ': more than before' : ''}`,
  );
  return isWorse;
}

const server = await startServer(join(folder, 'server'));
try {
  await ask(server, 'SELECT setseed(0.42)', lineitemSql('lineitem', Number(given.rows)), 'ANALYZE lineitem');
  let worse = false;
  for (const job of Object.keys(jobs)) {
    const rounds = [];
    for (let round = 0; round <= Number(given.rounds); round++) {
      // Who comes first changes, and the first round is a warm-up.
      const order = round % 2 === 0 ? ['base', 'here'] : ['here', 'base'];
      const taken = {};
      for (const which of order) taken[which] = await take(programs[which], job, server);
      if (round > 0) rounds.push(taken);
    }
    worse = judge(job, rounds) || worse;
  }
  process.exitCode = worse ? 1 : 0;
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
