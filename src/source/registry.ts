import { TidemarkError } from '../core/errors.js';
import type { SourceDescription } from '../core/source-description.js';
import type { SourceModule } from '../core/source.js';
import { schemeOf } from '../core/url-scheme.js';
import { postgres } from './postgres/description.js';

/** All sources. Nothing else knows one by its name. */
export const sources: readonly SourceDescription[] = [postgres];

/** Schemes of sources to come, so that a message can say so. */
export const plannedSchemes: readonly string[] = ['mysql', 'mariadb', 'redshift', 'snowflake', 'bigquery'];

/** The variables of Valohai's guide: they may describe any database. */
const guideVariables = ['DB_HOST', 'DB_PORT', 'DB_NAME', 'DB_USER', 'DB_PASSWORD'];

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

/** The source that a URL belongs to by its scheme; without a URL the variables of the environment describe the first one. */
export function sourceOf(url: string | undefined): SourceDescription {
  const scheme = url === undefined ? undefined : schemeOf(url);
  return sources.find(({ schemes }) => scheme !== undefined && schemes.includes(scheme)) ?? sources[0]!;
}

/** Loads a source, so that nobody pays for a database client that is not needed. */
export function loadSource(kind: string): Promise<SourceModule> {
  const source = sources.find((one) => one.kind === kind);
  if (source === undefined) throw new TidemarkError('internal.bug', `there is no source "${kind}"`);
  return source.load();
}
