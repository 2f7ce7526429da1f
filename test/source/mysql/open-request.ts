import type { SourceRequest } from '../../../src/core/source.js';
import { resolveConnection } from '../../../src/source/mysql/connection/settings/resolve.js';
import type { RequestChanges } from '../postgres/open-request.js';

/** A request with everything at its default but what the test is about. */
export function requestOf(
  url: string,
  { tables = [], casts = {}, redacted = [], limit, ...rest }: RequestChanges,
): SourceRequest {
  return {
    connection: resolveConnection({ url, env: {}, home: '/nonexistent' }),
    tables: tables.map((table) => ({ ...table, casts, redacted, limit, dateColumn: undefined })),
    parameters: [],
    via: 'rows',
    maxStatement: undefined,
    stallLimit: 3_600_000,
    consistency: 'snapshot',
    hideValues: false,
    lanes: 2,
    ...rest,
  };
}
