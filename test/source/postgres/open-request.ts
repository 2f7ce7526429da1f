import type { SourceRequest } from '../../../src/core/source-request.js';
import { resolveConnection } from '../../../src/source/postgres/connection/settings/resolve.js';
import { requestBy, type RequestChanges } from '../request-by.js';

export type { RequestChanges } from '../request-by.js';

/** A request of PostgreSQL with everything at its default but what the test is about. */
export const requestOf = (url: string, changes: RequestChanges): SourceRequest =>
  requestBy(resolveConnection({ url, env: {}, home: '/nonexistent' }), 'copy', changes);
