import { type Command, CommanderError } from 'commander';
import { TidemarkError } from '../core/errors.js';
import {
  adoptKeys,
  againKeys,
  compactKeys,
  diffKeys,
  optionKeys,
  problemsError,
  undecodable,
} from '../snapshot/options.js';
import { argumentError, assertArgument, createCommand } from './arguments.js';
import type { Invocation } from './command.js';
import { addFlags, givenFlags, outputKeys } from './flags.js';
import * as help from './help.js';

/**
 * Reads the command line. Undefined: help or the version was printed, there is nothing more to do.
 * @throws request.unknown-key, request.invalid
 */
export function parseArguments(words: readonly string[], version: string): Invocation | undefined {
  let found: Invocation | undefined;
  const take: Take = (command, argument, more = []) => {
    const name = command.name() as Invocation['command'];
    found = { command: name, argument, more, flags: givenFlags(command), own: command.opts() };
  };
  const root = createProgram(take, version);
  if (words.length === 0) {
    throw new TidemarkError('request.invalid', 'no command is given', {
      hint: '`tidemark --help` lists the commands; `tidemark demo` shows what they do.',
    });
  }
  try {
    root.parse(words, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    const command = root.commands.find((known) => known.name() === words[0]) ?? root;
    const error = argumentError(thrown, root, command);
    if (error) throw error;
  }
  if (found) {
    checkEncoding(found);
    assertArgument(found);
    for (const argument of found.more ?? []) assertArgument({ command: found.command, argument });
  }
  return found;
}

/** The argument, and the flags that are no options: what options are given is checked where they are read. */
function checkEncoding({ command, argument, more = [], own }: Invocation): void {
  const place = ['snapshot', 'plan', 'bench'].includes(command) ? 'CONFIG' : 'LOCATION';
  const words: [label: string, word: unknown][] = Object.entries(own).map(([name, word]) => [`--${name}`, word]);
  const faults = [[place, argument] as const, ...more.map((one) => [place, one] as const), ...words].flatMap(
    ([label, word]) =>
      typeof word === 'string'
        ? (undecodable(word, label, 'Give it in UTF-8; rename a file whose name is not.') ?? [])
        : [],
  );
  if (faults.length > 0) throw problemsError(faults);
}

const profileHelp = {
  snapshot: 'Say at the end what the time went into, and what the run was as fast as',
  plan: 'Read a sample of the rows, and propose as YAML what could be expected of them',
} as const;

const configHelp = 'A YAML file with the options; tidemark.yaml in this folder is read when none is named';

/** Hears of the command that was given. */
type Take = (command: Command, argument: string | undefined, more?: readonly string[]) => void;

function createProgram(take: Take, version: string): Command {
  const root = createCommand('tidemark')
    .description('Turn a query on a live database into an immutable, verifiable dataset version.')
    .version(version, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Print this help')
    .addHelpText('after', help.root)
    .usage('<command> [flags]');
  for (const name of ['snapshot', 'plan'] as const) {
    const command = createCommand(name).summary(help.summaries[name]).description(help.descriptions[name]);
    command.argument('[config]', configHelp);
    command.option('--profile', profileHelp[name]);
    addFlags(command).helpOption('-h, --help', 'Print this help').addHelpText('after', help.examples[name]);
    root.addCommand(command.action((config: string | undefined) => take(command, config)));
  }
  root.addCommand(benchCommand(take));
  addReading(root, take);
  const adopt = createCommand('adopt').summary(help.summaries.adopt).description(help.descriptions.adopt);
  adopt.argument(
    '<location>',
    'A folder or prefix with Parquet files, one of them, or the manifest that their engine wrote',
  );
  addFlags(adopt, adoptKeys, help.ownWords.adopt)
    .helpOption('-h, --help', 'Print this help')
    .addHelpText('after', help.examples.adopt);
  root.addCommand(adopt.action((location: string) => take(adopt, location)));
  const compact = createCommand('compact').summary(help.summaries.compact).description(help.descriptions.compact);
  compact.argument('<location>', 'The newest version of a chain, or a folder with the versions of one');
  addFlags(compact, [...compactKeys, ...outputKeys], help.ownWords.compact).helpOption('-h, --help', 'Print this help');
  compact.addHelpText('after', help.examples.compact);
  root.addCommand(compact.action((location: string) => take(compact, location)));
  const delta = createCommand('delta').summary(help.summaries.delta).description(help.descriptions.delta);
  delta.argument('<location>', 'The newest version of a chain, or a folder with the versions of one');
  delta.option('--table <name>', 'Which of its tables; needed where it has several');
  addFlags(delta, outputKeys).helpOption('-h, --help', 'Print this help').addHelpText('after', help.examples.delta);
  root.addCommand(delta.action((location: string) => take(delta, location)));
  const register = createCommand('register').summary(help.summaries.register).description(help.descriptions.register);
  register.argument('<location>', 'A version in a bucket, or a prefix that holds exactly one version');
  addFlags(register, outputKeys)
    .helpOption('-h, --help', 'Print this help')
    .addHelpText('after', help.examples.register);
  root.addCommand(register.action((location: string) => take(register, location)));
  const demo = createCommand('demo').summary(help.summaries.demo).description(help.descriptions.demo);
  demo.option('--out <folder>', 'Where the files go (default: tidemark-demo in this folder)');
  demo.option('--rows <number>', 'Rows of the table (default: 200000)');
  demo.option('--mysql', 'On a server of MariaDB or MySQL that is installed here, not on PostgreSQL');
  demo.option('--keep', 'Leave the server running until Ctrl-C, to try things on it');
  addFlags(demo, outputKeys).helpOption('-h, --help', 'Print this help').addHelpText('after', help.examples.demo);
  root.addCommand(demo.action(() => take(demo, undefined)));
  return root;
}

function benchCommand(take: Take): Command {
  const bench = createCommand('bench').summary(help.summaries.bench).description(help.descriptions.bench);
  bench.argument('[config]', configHelp);
  bench.option('--for <time>', 'How long to read, for all measurements together (default: 30s)');
  bench.option('--demo', 'On a PostgreSQL server of its own, with a table of a million rows');
  bench.option('--record <file>', 'Keep what the source sends in a file, which then holds rows, and measure no more');
  bench.option('--replay <file>', 'Measure with a file that --record made, without the source');
  addFlags(bench, optionKeys, help.ownWords.bench)
    .helpOption('-h, --help', 'Print this help')
    .addHelpText('after', help.examples.bench);
  return bench.action((config: string | undefined) => take(bench, config));
}

/** What reads versions that are there. */
function addReading(root: Command, take: Take): void {
  for (const name of ['verify', 'show'] as const) {
    const command = createCommand(name).summary(help.summaries[name]).description(help.descriptions[name]);
    command.argument('<location>', "A version's folder, or an outputs folder that holds exactly one version");
    if (name === 'show')
      command.option('--lineage', 'Follow the versions that it goes back to, and say where each came from');
    if (name === 'verify') {
      command.option('--quick', 'Check sizes, sha-256 and the structure of the files, but do not decode their values');
      command.option('--id <id>', 'Check too that the version is the one with this id');
      command.option(
        '--signer <key>',
        'Check too that its id is signed by this Ed25519 public key, or the one in this file',
      );
      command.option(
        '--against <source>',
        'Then read what the version was made of once more, from this database, and compare it',
      );
      command.option(
        '--member <i/n>',
        'Check a share of the files, where n machines check the version: 0/3, 1/3 and 2/3; auto: as snapshot has it',
      );
    }
    if (name === 'verify') addFlags(command, [...againKeys, ...outputKeys], help.ownWords.verify);
    else addFlags(command, outputKeys);
    command.helpOption('-h, --help', 'Print this help').addHelpText('after', help.examples[name]);
    root.addCommand(command.action((location: string) => take(command, location)));
  }
  const diff = createCommand('diff').summary(help.summaries.diff).description(help.descriptions.diff);
  diff.argument('<from>', "A version's folder, or a folder with one version or one chain");
  diff.argument('<to>', 'The version that it is compared with');
  diff.option(
    '--key <columns>',
    'Columns that tell a row, separated by commas: then changed rows are told from others',
  );
  diff.option('--rows <number>', 'Show so many of the rows of each sort (default: 0)');
  addFlags(diff, [...diffKeys, ...outputKeys], help.ownWords.diff).helpOption('-h, --help', 'Print this help');
  diff.addHelpText('after', help.examples.diff);
  root.addCommand(diff.action((from: string, to: string) => take(diff, from, [to])));
  const find = createCommand('find').summary(help.summaries.find).description(help.descriptions.find);
  find.argument('<location...>', "Versions' folders, or folders with versions in and below them");
  find.option('--key <column=value>', 'A column and its value; repeat it where several columns make the key', gather);
  addFlags(find, outputKeys).helpOption('-h, --help', 'Print this help').addHelpText('after', help.examples.find);
  root.addCommand(find.action(([first, ...more]: string[]) => take(find, first, more)));
}

const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
