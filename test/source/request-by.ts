import type { ConnectionSettings, SourceRequest, TableRequest } from '../../src/core/source-request.js';

/** What a test is about; casts and the like are for all of its tables. */
export interface RequestChanges
  extends Partial<Omit<SourceRequest, 'tables'>>, Partial<Pick<TableRequest, 'casts' | 'redacted' | 'limit'>> {
  readonly tables?: readonly Pick<TableRequest, 'name' | 'table' | 'query'>[];
}

/** A request with everything at its default but what the test is about. */
export function requestBy(
  connection: ConnectionSettings,
  via: string,
  { tables = [], casts = {}, redacted = [], limit, ...rest }: RequestChanges,
): SourceRequest {
  return {
    connection,
    tables: tables.map((table) => ({ ...table, casts, redacted, limit, dateColumn: undefined })),
    parameters: [],
    via,
    maxStatement: undefined,
    stallLimit: 3_600_000,
    consistency: 'snapshot',
    hideValues: false,
    ...rest,
  };
}
