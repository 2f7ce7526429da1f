import type { Against, TableAgainst } from '../compare/against.js';
import { counted, formatCount } from '../core/units.js';
import { resolveAgainPlan } from '../snapshot/options.js';
import { findWholeChain } from '../version/whole-chain.js';
import { labelled } from './columns.js';
import type { CommandRun } from './command.js';
import { printableInLine } from './printable.js';
import { startProgress } from './start-progress.js';
import type { Terminal } from './terminal.js';
import { formatSeconds } from './wording.js';

/** Reads what a version was made of once more. */
export async function readAgainst(
  source: string,
  { invocation, options: set, context, terminal, signal }: CommandRun,
): Promise<Against> {
  const [{ compareWithSource }, chain] = await Promise.all([
    import('../compare/against.js'),
    findWholeChain(invocation.argument!),
  ]);
  const plan = await resolveAgainPlan(chain.at(-1)!.manifest, source, { set, context });
  const progress = startProgress(terminal, false);
  try {
    return await compareWithSource(chain, plan, { signal, listener: progress.listener });
  } finally {
    progress.stop();
  }
}

export function reportAgainst({ same, server, moment, tables, seconds }: Against, terminal: Terminal): void {
  const { bold, green, red } = terminal.colors;
  for (const table of tables)
    for (const line of differences(table))
      terminal.print(`${red('differs')}  ${printableInLine(`${table.name}: ${line}`)}`);
  terminal.print(same ? bold(green('the source has the same rows')) : bold(red(otherwise(tables))));
  if (terminal.quiet) return;
  const rows = tables.reduce((sum, table) => sum + table.rows.source, 0);
  const lines = labelled([
    ['rows', `${formatCount(rows)} in ${counted(tables.length, 'table')}`],
    ['source', printableInLine(sourceText(server))],
    ['moment', moment === 'now' ? 'that of this run' : "the one that was asked for, or the version's own"],
    ['time', formatSeconds(seconds)],
  ]);
  for (const line of lines) terminal.print(line);
}

/** Rows of tables that have other columns are not compared. */
function otherwise(tables: readonly TableAgainst[]): string {
  const isOfOthers = tables.every(({ same, schema }) => same || schema.length > 0);
  return isOfOthers ? 'the source has other columns: their rows were not compared' : 'the source has other rows';
}

/** Of files it is what has written them that is known. */
const sourceText = ({ kind, version, database, host }: Against['server']): string =>
  host === '' ? `${kind} of ${version}` : `${kind} ${version}, ${database} on ${host}`;

function differences({ same, rows, schema, columns, only }: TableAgainst): readonly string[] {
  if (same) return [];
  const types = schema.map(({ column, version = 'no such column', source = 'no such column' }) => {
    return `column ${column} is ${version} in the version, and ${source} in the source`;
  });
  if (types.length > 0) return types;
  return [
    ...(rows.version === rows.source
      ? []
      : [`${counted(rows.version, 'row')} in the version, ${formatCount(rows.source)} in the source`]),
    ...(only === undefined
      ? []
      : [
          `${counted(only.version, 'row')} ${only.version === 1 ? 'is' : 'are'} in the version alone, ${formatCount(only.source)} in the source alone`,
        ]),
    ...(columns === undefined || columns.length === 0 ? [] : [`other values in ${columns.join(', ')}`]),
    ...(columns?.length === 0 ? ['every column has the same values, in other rows'] : []),
  ];
}
