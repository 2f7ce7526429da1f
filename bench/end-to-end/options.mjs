import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { workloads } from './workloads/index.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const quick = { rows: 500_000, rounds: 2, seconds: 75 };

export function readOptions(argv) {
  const command = new Command('npm run bench --')
    .description('Tidemark beside others and beside the floor, in turns, on a PostgreSQL server of its own.')
    .option('--quick', 'a look in two minutes: 500,000 rows, two rounds, the contenders that matter most')
    .option('--parts', 'the benchmarks of single stages, in bench/parts, in place of whole runs')
    .option('--workload <names>', `one or more of ${workloads.map(({ name }) => name).join(', ')}; or all`, list, [
      'lineitem',
    ])
    .option('--contender <ids>', 'only these; floors always run', list)
    .option('--rows <number>', "in place of the workloads' own", wholeNumber)
    .option('--rounds <number>', 'counted rounds', wholeNumber)
    .option(
      '--out <folder>',
      'where JSON and pictures go; default docs/benchmarks for whole runs, .cache/bench for others',
    )
    .option(
      '--lanes <number>',
      'connections, threads or partitions of each contender',
      wholeNumber,
      availableParallelism(),
    )
    .parse(argv, { from: 'user' });
  const given = command.opts();
  const whole = !given.quick && !given.rows && !given.rounds && !given.contender;
  return {
    parts: given.parts === true,
    workloads: chosen(given.workload),
    wants: (peer) => peer.floor || (given.contender?.includes(peer.id) ?? (!given.quick || peer.quick === true)),
    rowsOf: (workload) => given.rows ?? Math.min(workload.rows, given.quick ? quick.rows : Infinity),
    rounds: given.rounds ?? (given.quick ? quick.rounds : 5),
    out: resolve(given.out ?? join(root, whole ? 'docs/benchmarks' : '.cache/bench')),
    lanes: given.lanes,
    /** When a workload that starts now begins no more rounds. */
    deadline: () => (given.quick ? Date.now() + quick.seconds * 1000 : Infinity),
  };
}

function chosen(names) {
  if (names.includes('all')) return workloads.filter(({ large }) => !large);
  return names.map((name) => {
    const workload = workloads.find((known) => known.name === name);
    if (!workload)
      throw new Error(`--workload ${name}: known are ${workloads.map((known) => known.name).join(', ')} and all`);
    return workload;
  });
}

function list(text) {
  return text.split(',').filter(Boolean);
}

function wholeNumber(text) {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('a whole number, at least 1');
  return Number(text);
}
