import { optionName } from '../core/option-name.js';
import { pastedWord, wordsOfCommand } from '../core/shell-word.js';
import { maskKeyVariable, signingKeyVariable, variableOf } from '../core/variables.js';
import type { Manifest, ManifestTable, ManifestVersion } from './shape.js';

/** What a version can be made again from. */
type Made = Pick<Manifest, 'version' | 'run'>;

/**
 * The command that makes a version again, to be pasted into a shell: that of the run, with what else the manifest tells. The date is a part of the
 * version, also where nobody has named it; queries stand there with their text, since their files may change. The alias is not moved
 * again, and where the version went no manifest tells.
 */
export function commandAgain({ version, run }: Made): string {
  const words = withQueries(wordsOfCommand(run.command), version.tables);
  // A merge takes the date of the chain.
  const isDated = words.includes('--date') || words[1] === 'compact';
  const { tags, properties } = told({ version, run });
  const isText = Object.values(properties).every((value) => typeof value === 'string');
  const more = [
    ...(isDated ? [] : ['--date', version.date]),
    ...(run.signer === undefined ? [] : ['--sign']),
    ...tags.flatMap((tag) => ['--tag', optionName(tag)]),
    ...(isText ? Object.entries(properties) : []).flatMap(([key, value]) => [
      '--property',
      `${optionName(key)}=${value as string}`,
    ]),
  ];
  const command = [...words, ...more].map(pastedWord).join(' ');
  // Flags give texts alone.
  return isText ? command : `TIDEMARK_PROPERTY=${pastedWord(JSON.stringify(properties))} ${command}`;
}

/** Tags and properties, but those of one part alone: the command makes all parts. */
function told({ version: { part }, run: { publishing } }: Made): Pick<typeof publishing, 'tags' | 'properties'> {
  const isForAll = (value: unknown): boolean => part === undefined || !JSON.stringify(value).includes(part);
  return {
    tags: publishing.tags.filter(isForAll),
    properties: Object.fromEntries(Object.entries(publishing.properties).filter(([, value]) => isForAll(value))),
  };
}

/** With the text of queries in place of the files that had it. */
function withQueries(words: readonly string[], tables: readonly ManifestTable[]): readonly string[] {
  const queryOf = (name?: string): string | undefined =>
    (name === undefined ? tables[0] : tables.find((table) => table.name === name))?.request.query;
  return words.map((word, index) => {
    if (word === '--query-file') return queryOf() === undefined ? word : '--query';
    const before = words[index - 1];
    if (before === '--query-file') return queryOf() ?? word;
    return before === '--tables' ? tablesWithQueries(word, queryOf) : word;
  });
}

type OwnOptions = Readonly<Record<string, unknown>>;

/** @param json as `--tables` has it; a manifest may have been written by anybody */
function tablesWithQueries(json: string, queryOf: (name: string) => string | undefined): string {
  try {
    const own = Object.entries(JSON.parse(json) as Record<string, OwnOptions>);
    return JSON.stringify(Object.fromEntries(own.map(([name, options]) => [name, withQuery(options, queryOf(name))])));
  } catch {
    return json;
  }
}

function withQuery(options: OwnOptions, query: string | undefined): OwnOptions {
  const { 'query-file': file, ...rest } = options;
  return file === undefined || query === undefined ? options : { query, ...rest };
}

/** What the command needs beside its words: a connection, where none stands in it, and secrets, which never do. */
export function neededAgain({ version, run }: Made): readonly string[] {
  const words = wordsOfCommand(run.command);
  const { database, host, user } = run.server;
  const isConnected =
    words[1] !== 'snapshot' || words.some((word, index) => words[index - 1] === '--source' && /:\/\/./.test(word));
  return [
    ...(isConnected
      ? []
      : [`the connection to ${database} on ${host}, as ${user}: --source, or DB_* or other variables of the database`]),
    ...secretsOf(version),
    ...(run.signer === undefined ? [] : [`${signingKeyVariable}: the key that signs`]),
  ];
}

function secretsOf({ tables, maskKey }: ManifestVersion): readonly string[] {
  const names = tables.flatMap(({ request: { parameters = [] } }) =>
    parameters.flatMap(({ name, secret }) => (secret ? [name] : [])),
  );
  return [
    ...[...new Set(names)].map((name) => `${variableOf(`param-${name}`)}: the value of :${name}`),
    ...(maskKey === undefined ? [] : [`${maskKeyVariable}: the key of masks, with the fingerprint ${maskKey}`]),
  ];
}
