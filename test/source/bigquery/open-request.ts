import type { SourceRequest } from '../../../src/core/source-request.js';
import { resolveConnection } from '../../../src/source/bigquery/connection/settings.js';
import { requestBy, type RequestChanges } from '../request-by.js';

/** A request of BigQuery as the machine, with everything at its default but what the test is about. */
export const requestOf = (url: string, changes: RequestChanges): SourceRequest =>
  requestBy(resolveConnection({ url, env: { GCP_IAM: '1' }, home: '/nonexistent' }), 'arrow', changes);
