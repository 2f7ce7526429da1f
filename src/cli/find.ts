import { exitCodes } from '../core/errors.js';
import { optionName } from '../core/option-name.js';
import { shownValue } from '../core/shown-value.js';
import { counted, formatCount } from '../core/units.js';
import { problemsError, resolveFind } from '../snapshot/options.js';
import { findKey, type Found } from '../version/find/index.js';
import { alignColumns } from './columns.js';
import type { CommandRun } from './command.js';
import { printableInLine } from './printable.js';
import { drawnLine } from './progress-views.js';
import type { Terminal } from './terminal.js';

/** `tidemark find`: exit code 5 where nobody can tell of some tables. */
export async function findCommand({ invocation, options, context, terminal, signal }: CommandRun): Promise<number> {
  if (options.problems.length > 0) throw problemsError(options.problems);
  const { argument, more = [], own } = invocation;
  const plan = resolveFind(own['key'] as readonly string[] | undefined, context.env);
  let files = 0;
  const view = terminal.live && !terminal.quiet ? drawnLine(() => counted(files, 'file')) : undefined;
  let found: Found;
  try {
    found = await findKey([argument!, ...more], { ...plan, signal, onFile: (count) => (files = count) });
  } finally {
    view?.stop();
  }
  if (terminal.json) terminal.print(JSON.stringify(found));
  else report(found, terminal);
  return found.untold.length === 0 ? 0 : exitCodes['verification.failed'];
}

function report(
  { key, holdings, untold, notes, looked }: Found,
  { print, quiet, colors: { bold, yellow } }: Terminal,
): void {
  const named = Object.entries(key)
    .map(([column, value]) => `${optionName(column)}=${shownValue(value)}`)
    .join(', ');
  const versions = new Set(holdings.map(({ version }) => version)).size;
  const rows = holdings.reduce((sum, one) => sum + one.rows, 0);
  print(
    bold(
      printableInLine(
        holdings.length === 0
          ? `${named} is in no file${untold.length > 0 ? ' that could be looked at' : ''}`
          : `${named} is in ${counted(rows, 'row')} of ${counted(holdings.length, 'file')}, in ${counted(versions, 'version')}`,
      ),
    ),
  );
  const folders = new Map(holdings.map(({ version, location }) => [version, location]));
  const hasCopies = holdings.some(({ version, location }) => folders.get(version) !== location);
  const lines = holdings.map(({ version, location, file, table, split, partition, rows: own }) => [
    printableInLine(version),
    ...(hasCopies ? [printableInLine(location)] : []),
    printableInLine(file),
    counted(own, 'row'),
    printableInLine([table, ...(split === undefined ? [] : [split]), ...partitionText(partition)].join(', ')),
  ]);
  for (const line of alignColumns(lines)) print(`  ${line}`);
  for (const { version, table, reason } of untold)
    print(`${yellow('not told')}  ${printableInLine(`${version}, ${table}: ${reason}`)}`);
  if (quiet) return;
  for (const note of notes) print(`note  ${printableInLine(note)}`);
  const { files, read } = looked;
  print(
    `looked at ${counted(looked.versions, 'version')} and ${counted(files, 'file')}, of which ${formatCount(read)} ${read === 1 ? 'was' : 'were'} read`,
  );
}

const partitionText = (partition: Readonly<Record<string, string | null>> = {}): readonly string[] =>
  Object.entries(partition).map(([column, value]) => `${shownValue(column)}=${shownValue(value)}`);
