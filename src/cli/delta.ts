import { counted } from '../core/units.js';
import { writeDeltaLog } from '../delta/log.js';
import { problemsError } from '../snapshot/options.js';
import { labelled } from './columns.js';
import type { CommandRun } from './command.js';
import { pathFrom } from './typed-command.js';

/** `tidemark delta`: a chain's folder becomes a Delta table, too. */
export async function deltaCommand({ invocation, options, context, terminal }: CommandRun): Promise<number> {
  if (options.problems.length > 0) throw problemsError(options.problems);
  const { table } = invocation.own;
  const log = await writeDeltaLog(invocation.argument!, typeof table === 'string' ? { table } : {});
  if (terminal.json) terminal.print(JSON.stringify(log));
  const { bold, green, dim } = terminal.noteColors;
  const { location, versions, written, replaced } = log;
  const last = versions.length - 1;
  terminal.note(`${bold(green(written === 0 ? 'as it was' : 'written'))} ${bold(location)}`);
  const lines: readonly (readonly [string, string])[] = [
    ['versions', `${counted(versions.length, 'version')}, of which ${written} are new`],
    ...(replaced ? [['replaced', 'a log of another chain or table'] as const] : []),
    ['newest', `version ${last} is ${versions.at(-1)!}`],
  ];
  for (const line of labelled(lines)) terminal.note(line);
  terminal.note(dim('next'));
  terminal.note(
    `  python -c "import deltalake; print(deltalake.DeltaTable('${pathFrom(context.cwd, location)}').to_pandas())"`,
  );
  return 0;
}
