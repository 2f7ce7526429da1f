import { bytesOfRow, nameOf } from '../benchmark/advice.js';
import type { BenchmarkResult } from '../benchmark/benchmark.js';
import type { Measurement } from '../benchmark/measurement.js';
import { formatBytes, formatCount } from '../core/units.js';
import { type WorkKind, workKinds } from '../core/work.js';
import { alignColumns } from './columns.js';
import { printable, printableInLine } from './printable.js';
import type { Terminal } from './terminal.js';
import { verdict } from './work-account.js';
import { formatSeconds } from './wording.js';

const columnsShown = 5;

/** Characters of the longest bar. */
const barLength = 24;

/** What was measured, as lines for people. */
export function benchmarkLines(
  { server, tables, measurements, columns, notMeasured }: BenchmarkResult,
  advice: readonly string[],
  colors: Terminal['colors'],
): readonly string[] {
  const encoded = measurements.find(({ reach }) => reach === 'encoded');
  return [
    colors.bold(printableInLine(tables.join(', '))),
    printable(`  ${server.kind} ${server.version}, database ${server.database} on ${server.host}`),
    '',
    ...alignColumns([['', 'rows/s', '', 'received', 'files', 'bytes/row', 'CPU', 'memory'], ...rateRows(measurements)]),
    '',
    ...alignColumns([['share of threads’ time', ...workKinds], ...measurements.map(workRow)]),
    '',
    ...(encoded?.bottleneck === undefined ? [] : [verdict(encoded.bottleneck)]),
    ...columnsLine(columns),
    ...advice.map((text) => `- ${text}`),
    ...notMeasured.map((text) => colors.dim(`not measured: ${text}`)),
    ...measurements.flatMap(wholeLine),
  ];
}

const labelOf = (one: Measurement): string => `${one.reach}, ${nameOf(one)}`;

function rateRows(measurements: readonly Measurement[]): string[][] {
  const most = Math.max(...measurements.map(({ rowsPerSecond }) => rowsPerSecond));
  return measurements.map((one) => {
    const { rows, rowsPerSecond, seconds, bytesRead, bytesWritten, cpuSeconds, peakMemory } = one;
    const share = most > 0 ? rowsPerSecond / most : 0;
    const inFiles = one.reach === 'encoded' && rows > 0;
    return [
      labelOf(one),
      formatCount(Math.round(rowsPerSecond)),
      '█'.repeat(Math.round(share * barLength)).padEnd(barLength),
      `${formatBytes(seconds > 0 ? bytesRead / seconds : 0)}/s`,
      inFiles ? `${formatBytes(bytesWritten / seconds)}/s` : '',
      inFiles ? bytesOfRow(one).toFixed(1) : '',
      seconds > 0 ? `${(cpuSeconds / seconds).toFixed(1)} cores` : '',
      formatBytes(peakMemory),
    ];
  });
}

function workRow(one: Measurement): string[] {
  const all = workKinds.reduce((sum, kind) => sum + one.work[kind], 0);
  const share = (kind: WorkKind): string => (all > 0 ? `${Math.round((100 * one.work[kind]) / all)} %` : '');
  return [labelOf(one), ...workKinds.map(share)];
}

/** Those that take most. */
function columnsLine(columns: BenchmarkResult['columns']): string[] {
  if (columns.length < 2) return [];
  const shown = columns.slice(0, columnsShown).map(({ table, column, bytesPerRow, share }) => {
    const name = columns.every((other) => other.table === table) ? column : `${table}.${column}`;
    return `${name} ${bytesPerRow.toFixed(1)} (${Math.round(100 * share)} %)`;
  });
  return [
    printableInLine(
      `bytes a row in files, by column, of a sample: ${shown.join(', ')}${columns.length > columnsShown ? ', …' : ''}`,
    ),
  ];
}

/** So short a measurement says less. */
function wholeLine(one: Measurement): string[] {
  if (!one.isWhole) return [];
  return [`all rows came in ${formatSeconds(one.seconds)} (${labelOf(one)}): a larger table tells more`];
}
