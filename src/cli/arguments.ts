import type { CommanderError } from 'commander';
import { Command } from 'commander';
import { TidemarkError } from '../core/errors.js';
import { schemeOf } from '../core/url-scheme.js';
import { nearest } from '../snapshot/options.js';
import type { Invocation } from './command.js';

/** A command that throws instead of printing and exiting. */
export function createCommand(name: string): Command {
  return new Command(name)
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({ writeErr: () => undefined });
}

/** What the command line got wrong, as an error of ours; undefined where commander only says that it printed something. */
export function argumentError(thrown: CommanderError, root: Command, command: Command): TidemarkError | undefined {
  if (thrown.exitCode === 0) return undefined;
  const words = thrown.message.replace(/^error: /, '');
  const named = /'([^']*)'/.exec(words)?.[1] ?? '';
  const help = `\`${command === root ? 'tidemark' : `tidemark ${command.name()}`} --help\``;
  switch (thrown.code) {
    case 'commander.unknownOption':
      if (flagsOf(command).includes(named.replace(/=.*$/s, ''))) return withoutValue(named);
      return unknown('flag', named.replace(/=.*$/s, ''), flagsOf(command), `${help} lists all flags.`);
    case 'commander.unknownCommand':
      return unknown(
        'command',
        schemeOf(named) === undefined ? named : `${schemeOf(named)}://…`,
        root.commands.map((known) => known.name()),
        `${help} lists all commands.`,
      );
    case 'commander.optionMissingArgument':
      return new TidemarkError('request.invalid', `${named.replace(/^.*--/, '--')} needs a value`, {
        hint: `Give one, as ${named.replace(/^.*--/, '--')}. ${help} explains it.`,
      });
    case 'commander.missingArgument':
      return new TidemarkError('request.invalid', `${command.name()}: ${named.toUpperCase()} is missing`, {
        hint: `For example: tidemark ${command.name()} ${exampleOf(command)}. ${help} explains it.`,
      });
    default:
      return new TidemarkError('request.invalid', words, { hint: `${help} shows what it takes.` });
  }
}

/** What may follow a command. */
function exampleOf(command: Command): string {
  const version = './outputs/customers/2024-q1';
  switch (command.name()) {
    case 'adopt':
      return './spark-output';
    case 'diff':
      return `${version} ./outputs/customers/2024-q2`;
    case 'find':
      return '--key customer_id=42 ./outputs';
    default:
      return version;
  }
}

function unknown(what: string, name: string, known: readonly string[], otherwise: string): TidemarkError {
  const bare = (text: string): string => text.replace(/^-+/, '');
  const guess = nearest(bare(name), known.map(bare));
  const meant = known.find((candidate) => bare(candidate) === guess);
  return new TidemarkError('request.unknown-key', `unknown ${what} ${name}`, {
    hint: meant === undefined ? otherwise : `Did you mean ${meant}?`,
  });
}

function withoutValue(word: string): TidemarkError {
  const flag = word.replace(/=.*$/s, '');
  return new TidemarkError('request.invalid', `${flag} takes no value`, {
    hint: `Give ${flag} alone, or leave it out.`,
  });
}

function flagsOf(command: Command): string[] {
  return [...command.options.map((option) => option.long!), '--help'];
}

/**
 * Refuses a URL in the place of a file or folder, where it is one of something else. Shows nothing of it but its scheme: a
 * password may stand in it.
 * @throws request.invalid
 */
export function assertArgument({ command, argument = '' }: Pick<Invocation, 'command' | 'argument'>): void {
  const scheme = schemeOf(argument);
  const reads = ['verify', 'diff', 'find', 'show', 'adopt', 'compact', 'delta', 'register'].includes(command);
  if (reads && argument.trim() === '') {
    throw new TidemarkError('request.invalid', `${command}: LOCATION is empty`, {
      hint: `Give ${command === 'adopt' ? 'the folder that the files are in' : "the version's folder"}; . is the working folder.`,
    });
  }
  if (scheme === undefined) return;
  if (scheme === 'dataset') {
    throw new TidemarkError(
      'request.invalid',
      `${reads ? 'LOCATION' : 'CONFIG'}: a dataset:// URI is the name of a version`,
      {
        hint: reads
          ? "Give the version's folder: <outputs>/<dataset>/<version>."
          : 'Give it with --dataset. What stands alone is a YAML file with options.',
      },
    );
  }
  if (reads) return;
  throw new TidemarkError('request.invalid', `CONFIG: a ${scheme}:// URL stands where a YAML file is expected`, {
    hint: 'Give a database with --source, or better in the variable TIDEMARK_SOURCE: others can see command lines.',
  });
}
