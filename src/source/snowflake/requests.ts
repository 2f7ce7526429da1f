/* What a request needs of Snowflake before the service is asked: nothing here loads its client. */
import { checkParameters } from '../../core/query-parameters.js';
import type { Parameter } from '../../core/source-request.js';
import { parametersIn } from './plan/query-text.js';

export { resolveConnection } from './connection/settings/resolve.js';

export const parameterSign = ':';

/** @throws request.invalid for a parameter that is missing, given twice, or used by no query */
export function parametersOf(queries: readonly string[], given: readonly Parameter[]): ReadonlySet<string> {
  const parsed = queries.map((query) => ({ texts: [], parameters: parametersIn(query) }));
  checkParameters(parsed, given, parameterSign);
  return new Set(parsed.flatMap(({ parameters }) => parameters));
}
