import { type ErrorCode, isOfMemory, TidemarkError } from '../../../core/errors.js';
import type { MysqlSettings } from './settings/shape.js';

/** What was going on, so that a message can say more than the server knows. Nothing here is a secret but `secrets`. */
export interface ErrorContext {
  /** The message's beginning: `reading rows of orders`. */
  readonly doing?: string;
  readonly settings?: MysqlSettings;
  /** Values that must not be seen: the server quotes values in its messages. */
  readonly secrets?: readonly string[];
  /** No value may be seen: columns are masked or redacted. */
  readonly hideValues?: boolean;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly says?: string;
  readonly hint: string;
  readonly retryable?: true;
}

const grant = 'The owner of the data can allow it: GRANT SELECT ON database.table TO user (docs/databases/mysql.md).';
const credentials = 'Check user and password (DB_PASSWORD, MYSQL_PWD or the URL), and whether it was rotated.';
const otherLogin: Meaning = {
  code: 'source.auth',
  hint: 'The account must log in by mysql_native_password, caching_sha2_password or sha256_password.',
};
const lost: Meaning = {
  code: 'source.lost',
  retryable: true,
  hint: 'The server ended the session. Run again; if it happens again, look into the log of the server.',
};
const changed: Meaning = {
  code: 'source.changed',
  hint: 'A table was altered or emptied while it was read. Nothing is published; run again.',
};
const stopped: Meaning = {
  code: 'source.timeout',
  hint: 'A limit of the server on the time of statements has passed, or somebody killed the statement. --max-statement cuts a table into shorter statements.',
};
const wrongSql: Meaning = { code: 'source.sql', hint: 'Run the query with mysql to see the same message.' };
const unreachable = (says: string, hint: string): Meaning => ({
  code: 'source.unreachable',
  says,
  hint,
  retryable: true,
});
const tlsFailed = (text: string): Meaning => ({
  code: 'source.tls',
  says: `TLS failed: ${text}`,
  hint: 'Check ssl-mode, ssl-ca, ssl-cert and ssl-key.',
});
const tlsRoots = 'Give the authority that signed the certificate: ssl-ca=/path/ca.pem (MYSQL_SSL_CA).';

/** By the `code` of errors of the server (MySQL manual, "Server Error Message Reference"), of its client, and of Node's sockets. */
const meanings: Readonly<Record<string, Meaning>> = {
  ER_ACCESS_DENIED_ERROR: { code: 'source.auth', hint: credentials },
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: { code: 'source.auth', hint: credentials },
  ER_HOST_NOT_PRIVILEGED: { code: 'source.auth', hint: 'The server lets no user in from this address.' },
  ER_HOST_IS_BLOCKED: {
    code: 'source.auth',
    hint: 'Too many connections from here failed; its administrator can FLUSH HOSTS.',
  },
  ER_NOT_SUPPORTED_AUTH_MODE: otherLogin,
  AUTH_SWITCH_PLUGIN_ERROR: otherLogin,
  MYSQL_CLEAR_PASSWORD_NOT_ENABLED: {
    ...otherLogin,
    says: 'the server asks for the password in plain text, and is not given it',
  },
  ER_MUST_CHANGE_PASSWORD: { code: 'source.auth', hint: 'The password has expired.' },
  ER_DBACCESS_DENIED_ERROR: { code: 'source.permission', hint: grant },
  ER_TABLEACCESS_DENIED_ERROR: { code: 'source.permission', hint: grant },
  ER_COLUMNACCESS_DENIED_ERROR: { code: 'source.permission', hint: grant },
  ER_SPECIFIC_ACCESS_DENIED_ERROR: { code: 'source.permission', hint: grant },
  ER_VIEW_INVALID: {
    code: 'source.permission',
    hint: 'The view reads what is not there, or what its definer may not read.',
  },
  ER_BAD_DB_ERROR: { code: 'source.not-found', hint: 'Check the name of the database.' },
  ER_NO_SUCH_TABLE: { code: 'source.not-found', hint: 'Look at the spelling of the name and its database.' },
  ER_BAD_TABLE_ERROR: { code: 'source.not-found', hint: 'Look at the spelling of the name and its database.' },
  ER_BAD_FIELD_ERROR: { code: 'source.not-found', hint: 'Look at the spelling of the name.' },
  ER_CON_COUNT_ERROR: unreachable(
    'the server has no free connection',
    'Wait, use fewer --lanes, or raise max_connections.',
  ),
  ER_TOO_MANY_USER_CONNECTIONS: unreachable('the user has no free connection', 'Wait, or use fewer --lanes.'),
  ER_USER_LIMIT_REACHED: unreachable('the user has no free connection', 'Wait, or use fewer --lanes.'),
  ER_LOCK_WAIT_TIMEOUT: {
    code: 'source.locked',
    retryable: true,
    hint: 'Another session holds the table. Run again when it has ended.',
  },
  ER_TABLE_DEF_CHANGED: changed,
  ER_QUERY_INTERRUPTED: stopped,
  ER_QUERY_TIMEOUT: stopped,
  ER_STATEMENT_TIMEOUT: stopped,
  ER_SERVER_SHUTDOWN: lost,
  ER_CLIENT_INTERACTION_TIMEOUT: lost,
  ER_CONNECTION_KILLED: lost,
  ER_NEW_ABORTING_CONNECTION: lost,
  ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: {
    code: 'source.sql',
    hint: 'The snapshot is read in a transaction that cannot write. Leave out FOR UPDATE, and functions that change something.',
  },
  PROTOCOL_CONNECTION_LOST: lost,
  ECONNRESET: lost,
  EPIPE: lost,
  ECONNREFUSED: unreachable('nothing listens there', 'Check host and port, and that the server runs.'),
  ENOENT: unreachable('there is no such unix socket', 'Check its path.'),
  EACCES: { code: 'source.unreachable', says: 'no permission for the unix socket', hint: 'Check its folder.' },
  ENOTFOUND: { code: 'source.unreachable', says: 'the host name is unknown', hint: 'Check the host, and DNS or VPN.' },
  EAI_AGAIN: unreachable('the host name cannot be looked up now', 'Check DNS or VPN.'),
  ETIMEDOUT: unreachable(
    'no answer in time',
    'A firewall or security group may drop the packets; connect-timeout says how long to wait.',
  ),
  EHOSTUNREACH: unreachable('no route to the host', 'Check the network.'),
  ENETUNREACH: unreachable('no route to the network', 'Check the network.'),
  HANDSHAKE_NO_SSL_SUPPORT: {
    code: 'source.tls',
    says: 'the server does not speak TLS',
    hint: 'Remote hosts need TLS by default. Turn it on in the server; ssl-mode=DISABLED sends everything unencrypted.',
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    code: 'source.tls',
    says: 'the server certificate comes from an authority that is not trusted',
    hint: tlsRoots,
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: { code: 'source.tls', says: 'the server certificate is self-signed', hint: tlsRoots },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    code: 'source.tls',
    says: 'the server certificate cannot be verified: its authority is not known',
    hint: tlsRoots,
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    code: 'source.tls',
    says: 'the server certificate cannot be verified: its authority is not known',
    hint: tlsRoots,
  },
  CERT_HAS_EXPIRED: {
    code: 'source.tls',
    says: 'the server certificate has expired',
    hint: 'The server needs a new one.',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: 'source.tls',
    says: 'the server certificate is for another host name',
    hint: 'Use the host name that stands in the certificate; ssl-mode=VERIFY_CA accepts any name of a trusted authority.',
  },
};

/** By number, where the client's list of names has none. */
const byNumber: Readonly<Record<number, Meaning>> = { 1969: stopped, 3024: stopped, 4031: lost, 1927: lost };

/** Anything that the client threw, as a TidemarkError. What is one already stays as it is. */
export function fromMysql(error: unknown, context: ErrorContext = {}): TidemarkError {
  if (error instanceof TidemarkError) return error;
  if (isOfMemory(error)) return TidemarkError.from(error);
  const { code, errno, text, fromServer, ofTls } = partsOf(error);
  const meaning = byNumber[errno] ?? meanings[code] ?? (fromServer ? wrongSql : ofTls ? tlsFailed(text) : lost);
  const place = context.settings === undefined ? '' : ` ${placeOf(context.settings)}`;
  const doing = context.doing === undefined ? '' : `${context.doing}${place}: `;
  const says = meaning.says ?? (fromServer ? scrubbed(text, code, meaning.code, context) : text);
  return new TidemarkError(meaning.code, `${doing}${says}`, {
    cause: Object.assign(new Error(says), { code }),
    hint: meaning.hint,
    retryable: meaning.retryable ?? false,
  });
}

interface ErrorParts {
  readonly code: string;
  readonly errno: number;
  readonly text: string;
  readonly fromServer: boolean;
  readonly ofTls: boolean;
}

function partsOf(error: unknown): ErrorParts {
  if (error instanceof AggregateError && error.errors.length > 0) return partsOf(error.errors[0]);
  const given = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  const { code, errno, sqlState, sqlMessage, cause } = given;
  // The client has written this code over that of what went wrong.
  if (code === 'HANDSHAKE_SSL_ERROR' && cause !== undefined) return { ...partsOf(cause), ofTls: true };
  const fromServer = typeof sqlState === 'string' || typeof sqlMessage === 'string';
  // mysql2 points to documents that are not written.
  const message = (error instanceof Error ? error.message : String(error)).replace(/ See TODO.*$/s, '');
  return {
    code: typeof code === 'string' ? code : '',
    errno: typeof errno === 'number' ? errno : 0,
    text: fromServer && typeof sqlMessage === 'string' ? sqlMessage : message,
    fromServer,
    ofTls: typeof code === 'string' && /^(HANDSHAKE_SSL|ERR_SSL|ERR_OSSL|ERR_TLS)_/.test(code),
  };
}

/** What the server quotes in messages of these kinds are names and words of the query, and no values. */
const ofNames: readonly ErrorCode[] = ['source.auth', 'source.permission', 'source.not-found'];
/** From the first quote to the last one of its kind: a value may hold quotes itself. One that the server has cut off ends nowhere. */
const quoted = /(["'])(?:[^]*\1|[^]*$)/;

/** The message without values that must not be seen: those that the server quotes, where any may be one. */
function scrubbed(text: string, code: string, kind: ErrorCode, context: ErrorContext): string {
  const { secrets = [], hideValues = false } = context;
  const quotesNames = ofNames.includes(kind) || code === 'ER_PARSE_ERROR';
  const hidesQuoted = !quotesNames && (hideValues || secrets.length > 0);
  // SIGNAL in a function: its author's own words, in which a value may stand anywhere.
  const shown = hideValues && code === 'ER_SIGNAL_EXCEPTION' ? '***' : text;
  return secrets
    .filter((secret) => secret !== '')
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), hidesQuoted ? shown.replace(quoted, "'***'") : shown);
}

export function placeOf({ host, port, socket }: MysqlSettings): string {
  return socket ?? `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
