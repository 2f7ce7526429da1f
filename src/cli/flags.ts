import { type Command, Option } from 'commander';
import { definitionOf, type OptionKey, optionKeys } from '../snapshot/options.js';

export const outputKeys = ['json', 'quiet', 'color'] as const satisfies readonly OptionKey[];

/** What `--help` says of options that mean something else to a command than to `snapshot`. */
export type OwnWords = Readonly<Partial<Record<OptionKey, { readonly help: string; readonly default?: string }>>>;

/** Adds the flags of these options to a command. Values are collected, so that repeats can be told from single ones. */
export function addFlags(command: Command, keys: readonly OptionKey[] = optionKeys, words: OwnWords = {}): Command {
  for (const key of keys) command.addOption(flagOf(key, words));
  return command;
}

function flagOf(key: OptionKey, words: OwnWords): Option {
  const { value, negated, help, default: standard, group, repeats } = { ...definitionOf(key), ...words[key] };
  const notes = [
    standard === undefined || value === undefined ? undefined : `default: ${standard}`,
    repeats === undefined ? undefined : 'repeatable',
  ].filter((note) => note !== undefined);
  const text = notes.length === 0 ? help : `${help} (${notes.join('; ')})`;
  const option = new Option(`--${negated ? 'no-' : ''}${key}${value === undefined ? '' : ` ${value}`}`, text);
  option.helpGroup(`${group}:`);
  if (value !== undefined) {
    option.argParser((given: string, before: string[] | undefined) => [...(before ?? []), given]);
  }
  return option;
}

/** What commander parsed, by kebab-case name: only what was given. */
export function givenFlags(command: Command): Partial<Record<OptionKey, unknown>> {
  const given: Partial<Record<OptionKey, unknown>> = {};
  for (const option of command.options) {
    const key = option.name().replace(/^no-/, '') as OptionKey;
    const name = option.attributeName();
    if (command.getOptionValueSource(name) === 'cli') given[key] = command.getOptionValue(name) as unknown;
  }
  return given;
}
