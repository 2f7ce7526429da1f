// Figures as a table for the terminal.

const seconds = (s) => (s ? s.median.toFixed(2) : '');
const range = (s) => (s ? `${s.least.toFixed(2)}–${s.most.toFixed(2)}` : '');
const ratio = (s) => (s ? s.median.toFixed(2) : '');
const megabytes = (s) => (s ? (s.median / 1e6).toFixed(0) : '');

const percent = (share) => `${(share * 100).toFixed(0)} %`;

const columns = [
  { title: '', cell: (row) => row.name + (row.slow ? ' †' : ''), left: true },
  { title: 'wall s', cell: (row) => seconds(row.wall) },
  { title: 'least–most', cell: (row) => range(row.wall) },
  {
    title: 'rows/s',
    cell: (row) => (row.rowsPerSecond ? Math.round(row.rowsPerSecond.median).toLocaleString('en') : ''),
  },
  { title: '÷ N COPYs', cell: (row) => ratio(row.againstFloors?.['floor-parallel']) },
  { title: '÷ one COPY', cell: (row) => ratio(row.againstFloors?.['floor-one']) },
  { title: '÷ best other', cell: (row) => ratio(row.againstFastest?.wall) },
  { title: 'client CPU s', cell: (row) => seconds(row.clientCpu) },
  { title: 'server CPU s', cell: (row) => seconds(row.serverCpu) },
  { title: 'peak MB', cell: (row) => megabytes(row.peakMemory) },
  { title: 'written MB', cell: (row) => megabytes(row.bytes) },
  { title: 'output', cell: (row) => row.failure ?? row.checked ?? '', left: true },
];

export function table({ workload, rows, contenders, noise, skipped }) {
  const cells = [columns.map(({ title }) => title), ...contenders.map((row) => columns.map(({ cell }) => cell(row)))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index].length)));
  const lines = cells.map((line) =>
    line
      .map((text, index) => (columns[index].left ? text.padEnd(widths[index]) : text.padStart(widths[index])))
      .join('  ')
      .trimEnd(),
  );
  const notes = [
    contenders.some(({ slow }) => slow) &&
      '† over three times as slow as the fastest: one round on a tenth of the rows',
    ...skipped.map(({ name, reason }) => `skipped: ${name}: ${reason}`),
    noise &&
      `others took ${percent(noise.median)} of the machine (${percent(noise.most)} at most)${noise.quiet ? '' : ': too noisy to keep'}`,
  ];
  return [
    '',
    `${workload.name}: ${rows.toLocaleString('en')} rows; ${workload.about}`,
    '',
    ...lines,
    '',
    ...notes.filter(Boolean),
    '',
  ].join('\n');
}
