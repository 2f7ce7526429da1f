import type { CommanderError } from 'commander';
import { Command } from 'commander';
import { TidemarkError } from '../core/errors.js';
import { nearest } from '../snapshot/options/problems.js';

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
      return unknown('flag', named.replace(/=.*$/s, ''), flagsOf(command), `${help} lists all flags.`);
    case 'commander.unknownCommand':
      return unknown(
        'command',
        named,
        root.commands.map((known) => known.name()),
        `${help} lists all commands.`,
      );
    case 'commander.optionMissingArgument':
      return new TidemarkError('request.invalid', `${named.replace(/^.*--/, '--')} needs a value`, {
        hint: `Give one, as ${named.replace(/^.*--/, '--')}. ${help} explains it.`,
      });
    case 'commander.missingArgument':
      return new TidemarkError('request.invalid', `${command.name()}: ${named.toUpperCase()} is missing`, {
        hint: `For example: tidemark ${command.name()} ./outputs/customers/2024-q1. ${help} explains it.`,
      });
    default:
      return new TidemarkError('request.invalid', words, { hint: `${help} shows what it takes.` });
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

function flagsOf(command: Command): string[] {
  return [...command.options.map((option) => option.long!), '--help'];
}
