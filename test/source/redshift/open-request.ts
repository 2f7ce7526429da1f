import type { SourceRequest } from '../../../src/core/source-request.js';
import { resolveConnection } from '../../../src/source/redshift/connection/settings.js';
import type { RedshiftStandIn } from '../../servers/redshift/redshift.js';
import { type RequestChanges, requestBy } from '../request-by.js';

/** Where the stand-in is, as Tidemark is given it: nothing in it is secret. */
export const urlOf = (
  { cluster, database, region, authority }: RedshiftStandIn,
  { name = cluster, more = '' }: { readonly name?: string; readonly more?: string } = {},
): string => `redshift://${name}/${database}?region=${region}&sslrootcert=${authority}${more}`;

/** A request with everything at its default, but what the test is about. */
export const requestOf = (service: RedshiftStandIn, changes: RequestChanges): SourceRequest =>
  requestBy(resolveConnection({ url: urlOf(service), env: {}, home: '/nonexistent' }), 'stream', changes);
