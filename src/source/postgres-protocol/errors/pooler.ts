import type { ErrorCode } from '../../../core/errors.js';

interface PoolerMeaning {
  readonly says: RegExp;
  readonly code: ErrorCode;
  readonly retryable?: boolean;
  readonly hint: string;
}

const instead = 'Connect to the server itself, or to a pool in transaction or session mode.';

/**
 * What PgBouncer says in its own name. Most of it comes as a violation of the protocol (08P01), whatever it is about, and
 * newer versions have better codes for some.
 */
const meanings: readonly PoolerMeaning[] = [
  {
    says: /statement pooling mode/,
    code: 'source.snapshot',
    hint: `A pooler in statement mode stands between (PgBouncer: pool_mode = statement): it allows no transaction, and so no common moment. ${instead}`,
  },
  {
    says: /^unsupported startup parameter(?: in options)?: /,
    code: 'source.unsupported',
    hint: 'A pooler stands between, and takes no settings with the connection. Leave PGOPTIONS and options=… out; give the settings to the role (ALTER ROLE … SET …), or connect to the server itself.',
  },
  {
    says: /^query_wait_timeout/,
    code: 'source.unreachable',
    retryable: true,
    hint: 'A pooler stands between, and had no connection to the server free in time. A run holds one for each lane, and two besides: use fewer --lanes, or raise default_pool_size (or the limits of the database or user) of the pooler.',
  },
  {
    says: /^no more connections allowed|max_client_conn/,
    code: 'source.unreachable',
    retryable: true,
    hint: 'A pooler stands between, and takes no further client (PgBouncer: max_client_conn). Use fewer --lanes, or raise it.',
  },
  {
    says: /^(?:database ".*" does not exist|no such database: )/,
    code: 'source.not-found',
    hint: 'A pooler stands between: the name must be one of its [databases], or "*" must be among them.',
  },
  {
    says: /^(?:no such user|auth(?:entication)? failed|login rejected)/,
    code: 'source.auth',
    hint: 'A pooler stands between, which must know the user, too (PgBouncer: auth_file, auth_query).',
  },
  {
    says: /^(?:query|idle transaction|transaction|client idle)[ _]timeout/,
    code: 'source.timeout',
    hint: 'A pooler stands between, and ended the session by a limit of its own (PgBouncer: query_timeout, idle_transaction_timeout, transaction_timeout). A run is one transaction: raise or lift the limit for its user, or connect to the server itself.',
  },
  {
    says: /^(?:pgbouncer cannot connect to server|server login (?:failed|has been failing)|server_login_retry|connect failed|server conn crashed)/,
    code: 'source.unreachable',
    retryable: true,
    hint: 'A pooler stands between, and cannot reach the server behind it, or lost it. Look into the log of the pooler.',
  },
];

/** By the message's text, where its code says that it may be a pooler's. */
export function poolerMeaning(code: string, message: string): Omit<PoolerMeaning, 'says'> | undefined {
  if (!/^(?:08|0A|53)/.test(code)) return undefined;
  return meanings.find(({ says }) => says.test(message));
}
