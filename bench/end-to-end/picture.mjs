// Three panels of bars as SVG: wall time with its spread and the floors as lines, CPU time of client and server, peak memory.

const row = 26;
const names = 262;
const panels = [
  { title: 'wall time, s', width: 330 },
  { title: 'CPU, s: client (its number), server', width: 230 },
  { title: 'peak memory, MB', width: 200 },
];
const gap = 34;
const top = 64;

const style = `
text { font: 13px system-ui, sans-serif; fill: #1f2933 } .small { font-size: 11px; fill: #616e7c } .title { font-size: 15px; font-weight: 600 }
.own { fill: #0b7285 } .other { fill: #9fb3c8 } .server { fill: #d9e2ec } .floor { stroke: #c2410c; stroke-dasharray: 4 3 } .floor-name { fill: #c2410c; font-size: 11px }
.spread { stroke: #1f2933; stroke-width: 1.2 } .page { fill: #ffffff }
@media (prefers-color-scheme: dark) { text { fill: #e4e7eb } .small { fill: #9aa5b1 } .page { fill: #12181f } .own { fill: #3bc9db } .other { fill: #627d98 } .server { fill: #334e68 } .spread { stroke: #e4e7eb } .floor { stroke: #fdba74 } .floor-name { fill: #fdba74 } }`;

const escape = (text) => String(text).replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
const text = (x, y, words, { kind = '', anchor = 'start' } = {}) =>
  `<text x="${at(x)}" y="${at(y)}" class="${kind}" text-anchor="${anchor}">${escape(words)}</text>`;
const bar = (x, y, width, kind) =>
  `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${row - 10}" rx="2" class="${kind}"/>`;
const line = ([x1, y1], [x2, y2], kind) =>
  `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" class="${kind}"/>`;
const at = (value) => Number(value.toFixed(1));

export function picture(report) {
  const floors = report.contenders.filter(({ floor, wall }) => floor && wall);
  const shown = report.contenders
    .filter(({ floor, wall }) => !floor && wall)
    .sort((a, b) => b.rowsPerSecond.median - a.rowsPerSecond.median);
  const starts = panels.map(
    (_, index) => names + panels.slice(0, index).reduce((sum, { width }) => sum + width + gap, 0),
  );
  const width = starts[2] + panels[2].width + gap;
  const height = top + shown.length * row + 52;
  const place = (index, most) => ({ x: starts[index], scale: (panels[index].width - 44) / most });
  const raced = shown.filter(({ slow }) => !slow);
  const most = (measure) => Math.max(1e-9, ...raced.map(measure));
  const wall = place(
    0,
    most((one) => one.wall.most),
  );
  const cpu = place(
    1,
    most((one) => one.clientCpu.median + one.serverCpu.median),
  );
  const memory = place(
    2,
    most((one) => one.peakMemory.median),
  );
  const bottom = top + shown.length * row;
  const parts = [
    `<rect width="${width}" height="${height}" class="page"/>`,
    text(16, 24, `${report.workload}: ${report.rows.toLocaleString('en')} rows`, { kind: 'title' }),
    ...panels.map(({ title }, index) => text(starts[index], 48, title, { kind: 'small' })),
    ...shown.flatMap((one, index) => contender(one, top + index * row, { wall, cpu, memory })),
    ...floors.flatMap((floor, index) => floorLine(floor, index, wall, bottom)),
    text(16, height - 8, caption(report), { kind: 'small' }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"><style>${style}</style>\n${parts.join('\n')}\n</svg>\n`;
}

function contender(one, y, { wall, cpu, memory }) {
  const kind = one.id === 'tidemark' ? 'own' : 'other';
  const base = y + row - 14;
  const name = text(names - 12, base, one.name + (one.slow ? ' †' : ''), { anchor: 'end' });
  if (one.slow)
    return [
      name,
      text(wall.x + 8, base, `† ${one.wall.median.toFixed(1)} s for a tenth of the rows`, { kind: 'small' }),
    ];
  const middle = y + (row - 10) / 2;
  const server = cpu.x + one.clientCpu.median * cpu.scale;
  const cpuEnd = server + one.serverCpu.median * cpu.scale;
  return [
    name,
    bar(wall.x, y, one.wall.median * wall.scale, kind),
    line([wall.x + one.wall.least * wall.scale, middle], [wall.x + one.wall.most * wall.scale, middle], 'spread'),
    text(wall.x + one.wall.most * wall.scale + 6, base, one.wall.median.toFixed(2), { kind: 'small' }),
    bar(cpu.x, y, one.clientCpu.median * cpu.scale, kind),
    bar(server, y, one.serverCpu.median * cpu.scale, 'server'),
    text(cpuEnd + 6, base, one.clientCpu.median.toFixed(1), { kind: 'small' }),
    bar(memory.x, y, one.peakMemory.median * memory.scale, kind),
    text(memory.x + one.peakMemory.median * memory.scale + 6, base, (one.peakMemory.median / 1e6).toFixed(0), {
      kind: 'small',
    }),
  ];
}

function floorLine({ name, wall: { median } }, index, wall, bottom) {
  const x = wall.x + median * wall.scale;
  const y = bottom + 6 + index * 13;
  return [
    line([x, top - 8], [x, y], 'floor'),
    text(x + 4, y + 3, `${name}: ${median.toFixed(2)}`, { kind: 'floor-name' }),
  ];
}

function caption({ machine, lanes, rounds, noise }) {
  const noisy =
    noise && !noise.quiet ? ` Not final: others took ${(noise.median * 100).toFixed(0)} % of the machine.` : '';
  return `Median of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} in turns, with least–most; ${lanes} lanes; ${machine.cores} cores, server on the same machine.${noisy}`;
}
