import { exitCodes, TidemarkError } from '../core/errors.js';
import { homeFolder } from '../machine/this-user.js';
import {
  adoptKeys,
  againKeys,
  compactKeys,
  diffKeys,
  type OptionContext,
  type OptionKey,
  type OptionSet,
  readOptions,
} from '../snapshot/options.js';
import { combinations, withDataset } from './bench-settings.js';
import type { CommandFunction, Invocation } from './command.js';
import { reportFailure } from './failure.js';
import { outputKeys } from './flags.js';
import { listenForInterrupts } from './interrupt.js';
import { parseArguments } from './program.js';
import { knownSecrets } from './secrets.js';
import { openTerminal, tolerateLostOutput } from './terminal.js';

const commands: Readonly<Record<Invocation['command'], () => Promise<CommandFunction>>> = {
  snapshot: async () => (await import('./snapshot.js')).snapshotCommand,
  plan: async () => (await import('./plan.js')).planCommand,
  bench: async () => (await import('./bench.js')).benchCommand,
  verify: async () => (await import('./verify.js')).verifyCommand,
  find: async () => (await import('./find.js')).findCommand,
  diff: async () => (await import('./diff.js')).diffCommand,
  show: async () => (await import('./show.js')).showCommand,
  adopt: async () => (await import('./adopt.js')).adoptCommand,
  compact: async () => (await import('./compact.js')).compactCommand,
  delta: async () => (await import('./delta.js')).deltaCommand,
  register: async () => (await import('./register.js')).registerCommand,
  demo: async () => (await import('./demo.js')).demoCommand,
};

/** What may still hold the process open when a command has ended, in milliseconds. */
const lingerMilliseconds = 2_000;

/** Runs the command line and sets the exit code. */
export async function run(words: readonly string[], version: string): Promise<void> {
  const secrets = knownSecrets(words, process.env);
  let terminal = openTerminal({ json: words.includes('--json'), color: !words.includes('--no-color') });
  let unnamedFile: string | undefined;
  const fail = (thrown: unknown): number => reportFailure(thrown, terminal, { secrets, unnamedFile });
  tolerateLostOutput((reason) => {
    terminal.alert(`${terminal.noteColors.yellow('warning:')} what belongs on stdout is lost: ${reason}`);
    // Those that were only to say something have failed; the others' exit code tells of the version.
    process.once('exit', () => {
      if (saysOnly(words[0]) && !process.exitCode) process.exitCode = exitCodes['destination.io'];
    });
  });
  process.on('unhandledRejection', (thrown) => process.exit(fail(thrown)));
  process.on('uncaughtException', (thrown) => process.exit(fail(thrown)));
  try {
    const invocation = parseArguments(words, version);
    if (invocation === undefined) return;
    const context = contextOf(process.env);
    const signal = listenForInterrupts(invocation.command);
    const options = await readOptionsFor(invocation, context);
    terminal = openTerminal(options.values);
    unnamedFile = invocation.argument === undefined ? options.configFile : undefined;
    if (unnamedFile !== undefined) terminal.note(`options from ${unnamedFile}`);
    const command = await commands[invocation.command]();
    process.exitCode = await command({ invocation, options, context, terminal, signal });
  } catch (thrown) {
    process.exitCode = fail(thrown);
  }
  setTimeout(() => process.exit(), lingerMilliseconds).unref();
}

/** `snapshot` and `plan` read the YAML file and all variables; `adopt` and `compact` the variables of their options; others only what concerns their output. */
async function readOptionsFor({ command, argument, flags }: Invocation, context: OptionContext): Promise<OptionSet> {
  if (command === 'snapshot' || command === 'plan') return readOptions({ flags, configFile: argument }, context);
  if (command === 'bench')
    return readOptions({ flags: withDataset(combinations(flags)[0]!), configFile: argument }, context);
  const only = keysOf(command);
  // Flags of the command's own may have the name of an option of others.
  const own = Object.fromEntries(Object.entries(flags).filter(([key]) => only.includes(key as OptionKey)));
  return readOptions({ flags: own, configFile: false, only }, context);
}

function keysOf(command: Invocation['command']): readonly OptionKey[] {
  if (command === 'adopt') return adoptKeys;
  if (command === 'diff') return [...diffKeys, ...outputKeys];
  if (command === 'verify') return [...againKeys, ...outputKeys];
  return command === 'compact' ? [...compactKeys, ...outputKeys] : outputKeys;
}

const saysOnly = (command: string | undefined): boolean =>
  command === 'plan' || command === 'bench' || command === 'show' || command === 'diff' || command === 'find';

function contextOf(env: NodeJS.ProcessEnv): OptionContext {
  const home = homeFolder();
  // Clients of vendors ask for it themselves, and end where there is none.
  env['HOME'] ||= home;
  return { env, cwd: workingFolder(), home, now: new Date(), random: Math.random };
}

function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new TidemarkError('request.invalid', 'the working folder is no longer there', {
      hint: 'Somebody has removed or renamed it. Change into another folder first.',
      cause,
    });
  }
}
