import { TidemarkError } from '../../../core/errors.js';
import { connect } from '../../postgres-protocol/connect.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import type { PostgresSettings } from '../../postgres-protocol/settings.js';
import { findPlace, type Place } from '../aws/place.js';
import type { RedshiftSettings } from './shape.js';

/** Milliseconds. */
const connectTimeout = 30_000;

/** A session, and who began it. */
export interface Session {
  readonly connection: PgConnection;
  readonly place: Place;
}

/**
 * Logs in, with a password that is made for it where none is given.
 * @throws source.auth, source.permission, source.not-found, source.unreachable, source.tls; the signal's reason
 */
export async function logIn(
  settings: RedshiftSettings,
  { signal, stallLimit }: { readonly signal: AbortSignal; readonly stallLimit: number },
): Promise<Session> {
  const place = await findPlace(settings, signal);
  try {
    const connection = await connect(wireSettings(settings, place), { signal, stallLimit });
    return { connection, place };
  } catch (thrown) {
    signal.throwIfAborted();
    throw loginFailure(TidemarkError.from(thrown), place);
  }
}

/** Redshift speaks PostgreSQL's protocol. */
function wireSettings({ database, sslMode, roots }: RedshiftSettings, place: Place): PostgresSettings {
  const { host, port, user, password } = place;
  return {
    hosts: [{ host, port, sslMode, password }],
    ...{ database, user, connectTimeout, applicationName: 'tidemark', options: undefined, warnings: [] },
    tls: {
      ...{ negotiation: 'postgres', channelBinding: 'disable', roots },
      ...{ certificate: undefined, key: undefined, keyPassword: undefined },
    },
  };
}

/** With what helps where Redshift is meant. */
function loginFailure(failure: TidemarkError, { host, port, user, identity }: Place): TidemarkError {
  const { code, message, retryable, cause } = failure;
  const who = identity === undefined ? user : `${user}, by ${identity}`;
  const hints: Partial<Record<typeof code, string>> = {
    'source.unreachable': `The security group of the cluster or workgroup must let this machine in on port ${port}, and from outside of its network it must be publicly accessible. psql "host=${host} port=${port} dbname=…" shows the same.`,
    'source.auth':
      identity === undefined
        ? 'Check user and password (RSUSER, RSPASSWORD), or leave the password out: the machine’s identity logs in then.'
        : 'The user is not there, or may not connect to the database: CREATE USER … PASSWORD DISABLE, GRANT … (docs/databases/redshift.md).',
    'source.tls':
      'Redshift’s certificates come from Amazon’s authorities, which Node knows. Behind a proxy that decrypts give its authority: ?sslrootcert=….',
  };
  const hint = hints[code] ?? failure.hint;
  return new TidemarkError(code, `${message} (as ${who})`, { retryable, cause, ...(hint !== undefined && { hint }) });
}
