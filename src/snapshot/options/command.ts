import { columnFlag, optionName } from '../../core/option-name.js';
import { isSecret } from '../../core/parameters.js';
import { shellWord } from '../../core/shell-word.js';
import type { Parameter } from '../../core/source-request.js';
import type { Expectations } from './expecting-kinds.js';
import type { NamedValue } from './names.js';
import { partitionText } from './partition-columns.js';
import type { OptionSet } from './read.js';
import { definitionOf, type OptionKey, optionKeys } from './table.js';
import type { TableOptions } from './table-options.js';

export interface CommandParts {
  /** The version's URI, templates filled in. */
  readonly uri: string;
  /** The logical date, where the version depends on it. */
  readonly date: string | undefined;
  readonly parameters: readonly Parameter[];
}

/** The command that makes a version again: only what the version depends on, secrets left out. */
export function renderCommand(command: string, set: OptionSet, parts: CommandParts): string {
  return [command, ...renderOptions(set, parts, optionKeys)].join(' ');
}

/** As many of these options as the version depends on. */
export function renderOptions(set: OptionSet, parts: CommandParts, keys: readonly OptionKey[]): readonly string[] {
  return keys.filter((key) => definitionOf(key).reproduces).flatMap((key) => render(key, set, parts));
}

/** Names, separated by commas. */
const lists: readonly OptionKey[] = ['redact-stats', 'cursor', 'key', 'split-key', 'split-strata'];

function render(key: OptionKey, set: OptionSet, parts: CommandParts): string[] {
  const { values } = set;
  const flag = (value: string): string => `--${key} ${shellWord(value)}`;
  switch (key) {
    case 'source':
      return values.source === undefined ? [] : [flag(withoutSecrets(values.source))];
    case 'table':
      return (values.table ?? []).map(({ name, table }) => flag(name === undefined ? table : `${name}=${table}`));
    case 'tables':
      return values.tables === undefined ? [] : [flag(JSON.stringify(mapValues(values.tables, tableAgain)))];
    case 'expect':
    case 'expect-warn':
      return values[key] === undefined ? [] : [flag(JSON.stringify(expectationsAgain(values[key])))];
    case 'param':
      return given(set, parts.parameters, false).map(({ name, value }) => columnFlag(key, name, String(value)));
    case 'secret-param':
      return given(set, parts.parameters, true).map(({ name }) => flag(optionName(name)));
    case 'cast':
    case 'mask':
      return Object.entries(values[key] ?? {}).map(([column, value]) => columnFlag(key, column, value));
    case 'partition-by':
      return values[key] === undefined ? [] : [flag(values[key].map(partitionText).join(','))];
    case 'split':
      return values.split === undefined ? [] : [flag(values.split.map(shareText).join(','))];
    case 'dataset':
      return [flag(parts.uri)];
    case 'date':
      return parts.date === undefined ? [] : [flag(parts.date)];
    default: {
      const list = lists.includes(key) ? (values[key] as readonly string[] | undefined) : undefined;
      return list === undefined ? asGiven(key, set) : [flag(list.map(optionName).join(','))];
    }
  }
}

/** A switch that is on, or a text or number as it was written. */
function asGiven(key: OptionKey, { values, origins }: OptionSet): string[] {
  if (typeof values[key] === 'boolean') return values[key] ? [`--${key}`] : [];
  const raw = origins.get(key)?.raw;
  return typeof raw === 'string' || typeof raw === 'number' ? [`--${key} ${shellWord(String(raw))}`] : [];
}

const shareText = ({ name, value }: NamedValue): string =>
  value === undefined ? optionName(name) : `${optionName(name)}=${value}`;

/** Names of columns in lists and texts are read as such again; keys of maps are taken as they stand. */
function tableAgain(own: TableOptions): unknown {
  const { 'date-column': dateColumn, 'partition-by': folders, expect, 'expect-warn': warned } = own;
  const named = lists.flatMap((key) => {
    const names = (own as Readonly<Record<string, unknown>>)[key] as readonly string[] | undefined;
    return names === undefined ? [] : [[key, names.map(optionName)] as const];
  });
  return {
    ...own,
    ...Object.fromEntries(named),
    ...(dateColumn !== undefined && { 'date-column': optionName(dateColumn) }),
    ...(folders && { 'partition-by': folders.map(partitionText) }),
    ...(expect && { expect: expectationsAgain(expect) }),
    ...(warned && { 'expect-warn': expectationsAgain(warned) }),
  };
}

function expectationsAgain(expected: Expectations): Expectations {
  const { unique } = expected;
  return unique === undefined ? expected : { ...expected, unique: unique.map((names) => names.map(optionName)) };
}

function mapValues<T, U>(map: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));
}

/** Parameters that options named; the run's date that a query uses comes again from `--date`. */
function given({ values }: OptionSet, parameters: readonly Parameter[], secret: boolean): readonly Parameter[] {
  const names = [...Object.keys(values.param ?? {}), ...Object.keys(values['secret-param'] ?? {})];
  return parameters.filter((parameter) => isSecret(parameter) === secret && names.includes(parameter.name));
}

const secretSettings = /(?<=[?&])(?:password|passwd|sslpassword)=[^&#]*&?/gi;

/** A connection URL without the passwords in it. What may be a password with an unescaped "@" or "/" goes too. */
export function withoutSecrets(url: string): string {
  return url
    .replace(/^([a-z]+:\/\/[^:@/?#]*):.*@/is, '$1@')
    .replace(secretSettings, '')
    .replace(/[?&]$/, '');
}
