import { invalidRequest, TidemarkError } from '../core/errors.js';
import type { SourceDescription } from '../core/source-description.js';
import type { SourceModule } from '../core/source.js';
import { schemeOf } from '../core/url-scheme.js';
import { bigquery } from './bigquery/description.js';
import { mysql } from './mysql/description.js';
import { postgres } from './postgres/description.js';
import { redshift } from './redshift/description.js';
import { snowflake } from './snowflake/description.js';

/** All sources. Nothing else knows one by its name. */
export const sources: readonly SourceDescription[] = [postgres, mysql, bigquery, snowflake, redshift];

/** The variables of Valohai's guide: they may describe any database. */
const guideVariables = ['DB_HOST', 'DB_PORT', 'DB_NAME', 'DB_USER', 'DB_PASSWORD', 'DB_AUTH'];

/** Whether a connection may come from this variable. */
export function isConnectionVariable(name: string): boolean {
  return guideVariables.includes(name) || sources.some((source) => source.ownsVariable(name));
}

/** Variables whose values are secret. */
export const secretVariables: readonly string[] = [
  'DB_PASSWORD',
  ...sources.flatMap((source) => source.secretVariables),
];

/** Parameters of a source's URL whose values are secret. */
export const secretUrlParameters: readonly string[] = sources.flatMap((source) => source.secretUrlParameters);

/** All roads that rows can take, each once. */
export const roads: readonly string[] = [...new Set(sources.flatMap((source) => Object.keys(source.roads)))];

/** Which database a request is about, and its URL; without one the environment's variables describe it. */
export interface ChosenSource {
  readonly source: SourceDescription;
  readonly url: string | undefined;
}

/**
 * The source that a URL belongs to by its scheme. A scheme alone (`mysql:`), or the variable DB_ENGINE, says what the guide's
 * `DB_*` are about. Where nothing says so, the variables of one source alone do; and `DB_*` alone are about the first one.
 * @throws request.invalid where it is not clear
 */
export function sourceOf(given: string | undefined, env: Readonly<Record<string, string | undefined>>): ChosenSource {
  const scheme = given === undefined ? undefined : schemeOf(given.includes('://') ? given : `${given}//`);
  const named = sources.find(({ schemes }) => scheme !== undefined && schemes.includes(scheme));
  const url = given !== undefined && /:\/\/./.test(given) ? given : undefined;
  return { source: named ?? sourceOfEngine(env) ?? sourceOfVariables(env), url };
}

function sourceOfEngine(env: Readonly<Record<string, string | undefined>>): SourceDescription | undefined {
  const engine = env['DB_ENGINE'];
  if (engine === undefined || engine === '') return undefined;
  const word = engine.toLowerCase().split('.').at(-1)!;
  const found = sources.find(({ schemes }) => schemes.includes(word));
  if (found !== undefined) return found;
  throw invalidRequest(
    `DB_ENGINE="${engine}" is not known; allowed is ${sources.flatMap(({ schemes }) => schemes).join(', ')}`,
    'Change it, or give --source.',
  );
}

function sourceOfVariables(env: Readonly<Record<string, string | undefined>>): SourceDescription {
  const named = sources.filter((source) => source.placeVariables.some((name) => (env[name] ?? '') !== ''));
  const first = sources[0]!;
  if (named.length === 0) return first;
  const isGuide = guideVariables.some((name) => (env[name] ?? '') !== '');
  if (named.length === 1 && (named[0] === first || !isGuide)) return named[0]!;
  const found = named.map(({ variables }) => variables).join(' and ');
  throw invalidRequest(
    `source: it is not clear which database is meant: ${found}${isGuide ? ' are set beside DB_*' : ' are set'}`,
    `Say which: ${sources.map(({ schemes }) => `--source ${schemes[0]}:`).join(' or ')}, or DB_ENGINE.`,
  );
}

/** Loads a source, so that nobody pays for a database client that is not needed. */
export function loadSource(kind: string): Promise<SourceModule> {
  const source = sources.find((one) => one.kind === kind);
  if (source === undefined) throw new TidemarkError('internal.bug', `there is no source "${kind}"`);
  return source.load();
}
