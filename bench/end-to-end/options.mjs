import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { workloads } from './workloads/index.mjs';

const quick = { rows: 500_000, rounds: 2, seconds: 75 };

export function readOptions(argv) {
  const command = new Command('npm run bench --')
    .description('Tidemark beside others and beside the floor, in turns, on a PostgreSQL server of its own.')
    .option('--quick', 'a look in two minutes: fewer rows, two rounds')
    .option('--workload <names>', `one or more of ${workloads.map(({ name }) => name).join(', ')}; or all`, list, [
      'lineitem',
    ])
    .option('--contender <ids>', 'only these; floors always run', list)
    .option('--rows <number>', "in place of the workloads' own", whole)
    .option('--rounds <number>', 'counted rounds', whole)
    .option('--lanes <number>', 'connections, threads or partitions of each contender', whole, availableParallelism())
    .parse(argv, { from: 'user' });
  const given = command.opts();
  return {
    workloads: chosen(given.workload),
    wants: (peer) => peer.floor || !given.contender || given.contender.includes(peer.id),
    rows: given.rows ?? (given.quick ? quick.rows : undefined),
    rounds: given.rounds ?? (given.quick ? quick.rounds : 5),
    lanes: given.lanes,
    deadline: given.quick ? Date.now() + quick.seconds * 1000 : Infinity,
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

function whole(text) {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('a whole number, at least 1');
  return Number(text);
}
