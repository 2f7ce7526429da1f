import { registrationSettings } from '../registration/settings.js';
import { problemsError } from '../snapshot/options.js';
import { registerAt } from '../version/register.js';
import { labelled } from './columns.js';
import type { CommandRun } from './command.js';

/** `tidemark register`: a version in a bucket becomes a dataset version of Valohai. */
export async function registerCommand({ invocation, options, context, terminal, signal }: CommandRun): Promise<number> {
  if (options.problems.length > 0) throw problemsError(options.problems);
  const settings = registrationSettings(context.env);
  const result = await registerAt(invocation.argument!, settings, signal);
  if (terminal.json) terminal.print(JSON.stringify(result));
  const { bold, green } = terminal.noteColors;
  for (const uri of result.earlier) terminal.note(`${green('registered')} ${uri}`);
  terminal.note(`${bold(green('registered'))} ${bold(result.version)}`);
  for (const line of labelled([
    ['files', String(result.files)],
    ['in', settings.host],
    ['folder', result.location],
  ]))
    terminal.note(line);
  return 0;
}
