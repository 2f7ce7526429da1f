import type { SourceRequest } from '../../../src/core/source-request.js';
import { resolveConnection } from '../../../src/source/mysql/connection/settings/resolve.js';
import { requestBy, type RequestChanges } from '../request-by.js';

/** A request of MySQL with everything at its default, and two lanes, but what the test is about. */
export const requestOf = (url: string, changes: RequestChanges): SourceRequest =>
  requestBy(resolveConnection({ url, env: {}, home: '/nonexistent' }), 'rows', { lanes: 2, ...changes });
