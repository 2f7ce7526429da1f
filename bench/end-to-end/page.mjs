// The page of docs/benchmarks, made from the JSON files beside it.
import { workloads } from './workloads/index.mjs';

const number = (value, digits = 2) => value.toFixed(digits);
const cell = (spread, scale = 1, digits = 2) =>
  spread
    ? `${number(spread.median / scale, digits)}${spread.least === spread.most ? '' : ` (${number(spread.least / scale, digits)}–${number(spread.most / scale, digits)})`}`
    : '';
const count = (value) => value.toLocaleString('en');

const columns = [
  ['', (row) => (row.id === 'tidemark' ? `**${row.name}**` : row.name) + (row.slow ? ' †' : '')],
  ['wall s', (row) => cell(row.wall)],
  ['rows/s', (row) => (row.rowsPerSecond ? count(Math.round(row.rowsPerSecond.median / 1000) * 1000) : '')],
  ['÷ parallel COPYs', (row) => cell(row.againstFloors?.['floor-parallel'])],
  ['÷ one COPY', (row) => cell(row.againstFloors?.['floor-one'])],
  ['÷ best other', (row) => cell(row.againstFastest?.wall)],
  ['client CPU s', (row) => cell(row.clientCpu)],
  ['server CPU s', (row) => cell(row.serverCpu)],
  ['peak MB', (row) => cell(row.peakMemory, 1e6, 0)],
  ['written MB', (row) => (row.bytes ? number(row.bytes.median / 1e6, 1) : '')],
  ['output', (row) => row.failure ?? row.checked ?? ''],
];

export function page(reports) {
  const order = workloads.map(({ name }) => name);
  const sorted = [...reports].sort((a, b) => order.indexOf(a.workload) - order.indexOf(b.workload));
  return [
    '# Benchmarks',
    'Made by `npm run bench`; do not edit. How it measures, and how to run it: [bench/README.md](../../bench/README.md).',
    [
      'Medians over the rounds, with least–most. Ratios are of wall times within one round. "Best other" is the fastest other',
      'contender of that round; floors do not count there. † over three times as slow as the fastest in the warm-up: one round on a',
      'tenth of the rows.',
    ].join('\n'),
    ...sorted.flatMap(section),
  ].join('\n\n');
}

function section({ workload, about, rows, lanes, rounds, date, machine, noise, contenders, skipped, versions }) {
  const line = (texts) =>
    `| ${texts.map((text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [
    `## ${workload}`,
    `${count(rows)} rows; ${about}. ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, ${lanes} lanes, ${date}. ${describe(machine)}. ${noisy(noise)}`,
    `![${workload}: wall time, CPU time and memory of each contender](${workload}.svg)`,
    [
      line(columns.map(([title]) => title)),
      line(columns.map((_, index) => (index === 0 || index === columns.length - 1 ? '---' : '--:'))),
      ...contenders.map((row) => line(columns.map(([, text]) => text(row)))),
    ].join('\n'),
    ...(skipped.length > 0 ? [`Skipped: ${skipped.map(({ name, reason }) => `${name} (${reason})`).join('; ')}.`] : []),
    `Versions: ${versions.join(', ')}.`,
  ];
}

function describe({ processor, cores, memory, system, node, postgres }) {
  return `${processor}, ${cores} cores, ${Math.round(memory / 2 ** 30)} GiB, ${system}; Node ${node}, PostgreSQL ${postgres} on the same machine`;
}

function noisy(noise) {
  if (!noise) return '';
  const [median, most] = [noise.median, noise.most].map((share) => `${(share * 100).toFixed(0)} %`);
  return noise.quiet
    ? `Others took ${median} of the machine (${most} at most).`
    : `**Not final: others took ${median} of the machine (${most} at most) while this ran.**`;
}
