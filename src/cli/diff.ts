import { optionNameInLine } from '../core/option-name.js';
import { diffVersions } from '../compare/diff.js';
import type { Both, ColumnDiff, TableDiff, VersionDiff } from '../compare/diff-shape.js';
import { inLine } from '../core/in-line.js';
import { shownBound } from '../core/statistics.js';
import { counted, formatBytes, formatCount } from '../core/units.js';
import { resolveDiff } from '../snapshot/options.js';
import { findOnlyChain } from '../version/whole-chain.js';
import { alignColumns, labelled } from './columns.js';
import type { CommandRun } from './command.js';
import { rowLines } from './diff-rows.js';
import { printableInLine } from './printable.js';
import { startProgress } from './start-progress.js';
import type { Terminal } from './terminal.js';
import { keepHeapTight } from './tight-heap.js';
import { formatSeconds } from './wording.js';

/** `tidemark diff`: what changed between two versions. */
export async function diffCommand({ invocation, options, context, terminal, signal }: CommandRun): Promise<number> {
  const { key, rows } = invocation.own;
  const asked = { ...(typeof key === 'string' && { key }), ...(typeof rows === 'string' && { rows }) };
  const plan = resolveDiff(asked, options, context);
  const chains = [await findOnlyChain(invocation.argument!), await findOnlyChain(invocation.more![0]!)] as const;
  if (plan.memory !== undefined) keepHeapTight();
  const progress = startProgress(terminal, false);
  try {
    const diff = await diffVersions(chains, plan, { signal, listener: progress.listener });
    progress.stop();
    if (terminal.json) terminal.print(JSON.stringify(diff));
    else report(diff, terminal);
    return 0;
  } finally {
    progress.stop();
  }
}

function report(diff: VersionDiff, terminal: Terminal): void {
  const { bold, green, yellow } = terminal.colors;
  const { from, to, same, rows, schema, files, read, seconds } = diff;
  const sorts = changesText(rows);
  const what = [...(schema.length > 0 ? ['other columns'] : []), ...(sorts === '' ? [] : [sorts])];
  terminal.print(same ? bold(green('the same rows')) : `${bold(yellow('differs'))}: ${what.join('; ')}`);
  if (terminal.quiet) return;
  const lines: [string, string][] = [
    ['from', `${from.version}, ${counted(from.rows, 'row')}, id ${from.id}`],
    ['to', `${to.version}, ${counted(to.rows, 'row')}, id ${to.id}`],
    [
      'files',
      `${formatCount(files.shared)} of ${formatCount(files.from)} and ${counted(files.to, 'file')} are the same (${formatBytes(files.sharedBytes)})`,
    ],
    ['read', read ? `files of both, in ${formatSeconds(seconds)}` : 'nothing: manifests tell it'],
  ];
  for (const line of labelled(lines)) terminal.print(line);
  for (const { table, column, ...types } of schema)
    if (column === undefined)
      terminal.print(
        `${yellow('table')} ${printableInLine(table)} is in the ${types.from === undefined ? 'second' : 'first'} version alone`,
      );
  for (const table of diff.tables) if (!table.same) reportTable(table, diff, terminal);
}

/** `3 rows added, 2 removed, 1 changed` */
function changesText({ added, removed, changed }: VersionDiff['rows']): string {
  const parts = [
    [added, 'added'],
    [removed, 'removed'],
    [changed, 'changed'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, what], index) => `${index === 0 ? counted(count, 'row') : formatCount(count)} ${what}`)
    .join(', ');
}

function reportTable(table: TableDiff, { schema }: VersionDiff, terminal: Terminal): void {
  const { bold } = terminal.colors;
  const { name, rows, key, columns, untold, samples } = table;
  terminal.print('');
  terminal.print(bold(printableInLine(`Table ${name}`)));
  const lines: [string, string][] = [
    ['rows', `${formatCount(rows.from)} → ${formatCount(rows.to)}`],
    ['changes', changesText(rows) || 'none'],
    ['the same', counted(rows.same, 'row')],
    ...(key.length === 0 ? [] : [['key', key.map(optionNameInLine).join(', ')] as [string, string]]),
    ...schema.flatMap(({ table: of, column, from = 'no such column', to = 'no such column' }): [string, string][] =>
      of === name && column !== undefined ? [['column', `${inLine(column)}: ${from} → ${to}`]] : [],
    ),
    ...untold.map(({ column, reason }): [string, string] => ['not told', `${inLine(column)}: ${reason}`]),
  ];
  for (const line of labelled(lines)) terminal.print(line);
  reportColumns(columns, terminal);
  for (const line of rowLines(samples, key, terminal.colors)) terminal.print(line);
}

function reportColumns(columns: readonly ColumnDiff[], { print, colors: { dim } }: Terminal): void {
  const shown = columns.filter(isOther);
  const isKeyed = columns.some(({ changed }) => changed !== undefined);
  const head = ['column', ...(isKeyed ? ['changed'] : []), 'NULL', 'distinct, about', 'psi', 'smallest', 'largest'];
  if (shown.length > 0) {
    const cells = shown.map((column) => [
      printableInLine(column.name),
      ...(isKeyed ? [formatCount(column.changed ?? 0)] : []),
      bothText(column.nulls, formatCount),
      bothText(column.distinct, formatCount),
      column.psi?.toFixed(3) ?? '',
      bothText(column.min, boundText(column, '≥')),
      bothText(column.max, boundText(column, '≤')),
    ]);
    for (const line of alignColumns([head, ...cells])) print(`  ${line}`);
  }
  const others = columns.length - shown.length;
  if (others > 0) print(dim(`  ${counted(others, 'column')} with nothing to tell`));
}

/** Undefined: there is none, or it is not told. */
const boundText =
  ({ type }: ColumnDiff, beyond: '≥' | '≤') =>
  (text: string | undefined): string =>
    text === undefined ? '' : printableInLine(shownBound(text, type, beyond));

/** Less than samples of the same rows may differ by chance. */
const tellingIndex = 0.01;

const isOther = ({ changed = 0, nulls, min, max, psi = 0 }: ColumnDiff): boolean =>
  changed > 0 || [nulls, min, max].some(({ from, to }) => from !== to) || psi >= tellingIndex;

function bothText<T>({ from, to }: Both<T>, textOf: (value: T) => string): string {
  const [before, after] = [textOf(from), textOf(to)];
  return before === after ? before : `${before} → ${after}`;
}
