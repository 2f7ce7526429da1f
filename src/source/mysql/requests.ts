/* What a request needs of MySQL before the server is asked: nothing here loads its client. */
import { checkParameters } from '../../core/query-parameters.js';
import type { Parameter } from '../../core/source-request.js';
import { parseQuery } from './sql/query-text.js';

export { resolveConnection } from './connection/settings/resolve.js';

export const parameterSign = ':';

/** @throws request.invalid for a parameter that is missing, given twice, or used by no query, and for queries that are none */
export function parametersOf(queries: readonly string[], given: readonly Parameter[]): ReadonlySet<string> {
  const parsed = queries.map(parseQuery);
  checkParameters(parsed, given);
  return new Set(parsed.flatMap(({ parameters }) => parameters));
}
