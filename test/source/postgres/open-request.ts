import type { SourceRequest, TableRequest } from '../../../src/core/source.js';
import { resolveConnection } from '../../../src/source/postgres/connection/settings/resolve.js';

/** What a test is about; casts and the like are for all of its tables. */
export interface RequestChanges
  extends Partial<Omit<SourceRequest, 'tables'>>, Partial<Pick<TableRequest, 'casts' | 'redacted' | 'limit'>> {
  readonly tables?: readonly Pick<TableRequest, 'name' | 'table' | 'query'>[];
}

/** A request with everything at its default but what the test is about. */
export function requestOf(
  url: string,
  { tables = [], casts = {}, redacted = [], limit, ...rest }: RequestChanges,
): SourceRequest {
  return {
    connection: resolveConnection({ url, env: {}, home: '/nonexistent' }),
    tables: tables.map((table) => ({ ...table, casts, redacted, limit, dateColumn: undefined })),
    parameters: [],
    via: 'copy',
    maxStatement: undefined,
    stallLimit: 3_600_000,
    consistency: 'snapshot',
    hideValues: false,
    ...rest,
  };
}
