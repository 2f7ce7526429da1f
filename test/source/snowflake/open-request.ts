import type { SourceRequest } from '../../../src/core/source-request.js';
import { resolveConnection } from '../../../src/source/snowflake/connection/settings/resolve.js';
import type { SnowflakeStandIn } from '../../servers/snowflake/snowflake.js';
import { type RequestChanges, requestBy } from '../request-by.js';
import { keyOf, urlOf } from './chain.js';

export const requestOf = (service: SnowflakeStandIn, changes: RequestChanges): SourceRequest =>
  requestBy(resolveConnection({ url: urlOf(service), env: keyOf(service), home: '/nonexistent' }), 'auto', changes);
