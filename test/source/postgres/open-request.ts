import type { SourceRequest } from '../../../src/core/source.js';
import { resolveConnection } from '../../../src/source/postgres/settings.js';

/** A request with everything at its default but what the test is about. */
export function requestOf(url: string, rest: Partial<SourceRequest>): SourceRequest {
  return {
    connection: resolveConnection({ url, env: {}, home: '/nonexistent' }),
    tables: [],
    parameters: [],
    casts: {},
    redacted: [],
    via: 'copy',
    limit: undefined,
    maxStatement: undefined,
    consistency: 'snapshot',
    shardSize: 128 * 2 ** 20,
    ...rest,
  };
}
