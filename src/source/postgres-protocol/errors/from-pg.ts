import { type ErrorCode, type ErrorDetails, TidemarkError, isOfMemory } from '../../../core/errors.js';
import { connectionFailure } from './network.js';
import type { ErrorContext } from './context.js';
import { excerpt } from './excerpt.js';
import { poolerMeaning } from './pooler.js';
import { quoteIdentifier } from '../quote.js';
import { hideSecrets } from '../../../core/hide-secrets.js';
import { hideEverything, hideQuotedValues, whyHidden } from './hide-values.js';

export type { ErrorContext } from './context.js';

/** The fields of an ErrorResponse that are looked at; what node-postgres throws has them. */
export interface ServerMessage {
  readonly message: string;
  readonly code: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
  readonly where?: string;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly retryable?: boolean;
  hint(message: ServerMessage, context: ErrorContext): string | undefined;
}

const lost: Meaning = {
  code: 'source.lost',
  retryable: true,
  hint: () => 'The server ended the session. Run again; if it happens again, look into the log of the server.',
};
const wrongSql: Meaning = {
  code: 'source.sql',
  hint: (message) => message.hint ?? 'Run the query with psql to see the same message.',
};
const notFound: Meaning = {
  code: 'source.not-found',
  hint: (message, { database }) =>
    message.hint ??
    `Look at the name's spelling, its schema and its quotes${database === undefined ? '' : ` (database "${database}")`}. ` +
      'Names with capital letters need double quotes: "Orders".',
};
const refusedLogin: Meaning = {
  code: 'source.auth',
  hint: (message) =>
    message.code === '28P01'
      ? 'Check user and password (DB_PASSWORD, PGPASSWORD, the URL or .pgpass), and whether it was rotated.'
      : 'The pg_hba.conf of the server lets this user, database, address or kind of encryption not in. Ask its administrator.',
};

const oneType =
  'A parameter has one type over the whole query. Say which where it stands first, and cast it from there: :year::int AS year, (:year)::text AS label.';

const locksRows = /\bfor\s+(?:no\s+key\s+update|update|key\s+share|share)\b/i;

function allowance({ relation, user, sql }: ErrorContext): string {
  if (sql !== undefined && locksRows.test(sql.text)) {
    return 'FOR UPDATE and FOR SHARE lock rows, which needs more rights than reading. Leave it out: nothing changes in a snapshot.';
  }
  if (relation === undefined) {
    return 'Ask the owner of the table for: GRANT SELECT ON … TO … (see docs/databases/postgresql.md).';
  }
  const who = user === undefined ? 'your user' : quoteIdentifier(user);
  return `The owner of the table can allow it: GRANT SELECT ON ${relation} TO ${who} (and GRANT USAGE ON SCHEMA …).`;
}

/** By SQLSTATE, or by its first two characters (its class). PostgreSQL manual, appendix A. */
const meanings: Readonly<Record<string, Meaning>> = {
  '28P01': refusedLogin,
  '28000': refusedLogin,
  '3D000': {
    ...notFound,
    hint: (_, { user, database }) =>
      database !== undefined && database === user
        ? "Where no database is named, it is the one of the user's name. Name it: DB_NAME, PGDATABASE, or in the URL."
        : 'Check the database name; `psql -l` lists those that exist.',
  },
  '3F000': notFound,
  '42P01': notFound,
  '42602': notFound,
  '42703': notFound,
  '42704': notFound,
  '42883': notFound,
  '42501': {
    code: 'source.permission',
    hint: (_, context) => allowance(context),
  },
  '42P08': { code: 'source.sql', hint: () => oneType },
  '42P18': { code: 'source.sql', hint: () => oneType },
  '57014': {
    code: 'source.timeout',
    hint: (_, { statementTimeout = 0 }) =>
      `The server stopped the statement: statement_timeout (${statementTimeout > 0 ? `${statementTimeout} ms; ` : ''}of the ` +
      'server, the database, the role or PGOPTIONS) has passed, or somebody cancelled it. --max-statement cuts a ' +
      'table into shorter statements; a query is one statement, and needs a longer limit.',
  },
  '55P03': {
    code: 'source.locked',
    retryable: true,
    hint: () => 'Another session holds the table by ALTER, TRUNCATE, LOCK or the like. Run again when it has ended.',
  },
  '53300': {
    code: 'source.unreachable',
    retryable: true,
    hint: () => 'The server has no free connection. Wait, use fewer --lanes, or raise max_connections.',
  },
  '25006': {
    code: 'source.sql',
    hint: () =>
      'The snapshot is read in a transaction that cannot write. Leave out FOR UPDATE and FOR SHARE, and functions that ' +
      'change something: nothing that is read changes meanwhile.',
  },
  '25P03': {
    code: 'source.lost',
    retryable: true,
    hint: () => 'The server ended a session that waited inside its transaction (idle_in_transaction_session_timeout).',
  },
  '25P04': { code: 'source.timeout', hint: () => 'transaction_timeout of the server ended the snapshot.' },
  '40001': {
    code: 'source.snapshot',
    retryable: true,
    hint: () =>
      'On a standby, replay of changes ended the snapshot. Raise max_standby_streaming_delay, set hot_standby_feedback = on, ' +
      'or read from the primary.',
  },
  '72000': { code: 'source.snapshot', retryable: true, hint: () => 'The snapshot became too old; run again.' },
  '0A000': { code: 'source.unsupported', hint: (message) => message.hint },
  '08': lost,
  '57': lost,
  '42': wrongSql,
  '22': wrongSql,
  '53200': {
    code: 'source.unreachable',
    retryable: true,
    hint: (message) => message.hint ?? 'The server is short of memory.',
  },
  '53': {
    code: 'source.unreachable',
    retryable: true,
    hint: () => 'The server is short of memory, disk or connections.',
  },
  '28': refusedLogin,
};

const anyOther: Meaning = { code: 'source.sql', hint: (message) => message.hint };

/** Anything that pg threw, as a TidemarkError. What is one already stays as it is. */
export function fromPg(error: unknown, context: ErrorContext = {}): TidemarkError {
  if (error instanceof TidemarkError) return error;
  if (isOfMemory(error)) return TidemarkError.from(error);
  if (!isServerMessage(error)) return connectionFailure(error, context);
  const message = scrubbed(error, context);
  const meaning = meaningOf(message);
  const hint = meaning.hint(message, context);
  const parts = [
    message.message,
    message.detail === undefined || message.detail === '' ? undefined : `(${message.detail})`,
    excerpt(message.position, context.sql, context.secrets ?? []),
  ];
  const unseen = context.hideValues ? 'a value of a masked or redacted column' : 'the value of a secret parameter';
  const hidden = whyHidden(`${error.message}${error.detail}`, `${message.message}${message.detail}`, unseen);
  const text = parts.filter((part) => part !== undefined).join(' ') + hidden;
  const details: ErrorDetails = {
    retryable: meaning.retryable ?? false,
    // A copy: the original carries texts in which secrets may stand.
    cause: Object.assign(new Error(message.message), { code: message.code }),
    ...(hint !== undefined && { hint: hint.trim() }),
  };
  return new TidemarkError(meaning.code, `${context.doing === undefined ? '' : `${context.doing}: `}${text}`, details);
}

function meaningOf({ code, message }: ServerMessage): Meaning {
  const pooler = poolerMeaning(code, message);
  if (pooler) return { ...pooler, hint: () => pooler.hint };
  return meanings[code] ?? meanings[code.slice(0, 2)] ?? anyOther;
}

function isServerMessage(error: unknown): error is ServerMessage {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) && 'severity' in error;
}

/**
 * The message without the values of secret parameters, plain or as a quoted literal. Errors about data (class 22) quote
 * values, which may have been computed from a secret, or be those of a masked column: then only what the query itself says is
 * shown of them, and nothing of what a function said in its own words.
 */
function scrubbed(
  message: ServerMessage,
  { secrets = [], hideValues = false, query, sql }: ErrorContext,
): ServerMessage {
  if (secrets.length === 0 && !hideValues) return message;
  const written = query ?? sql?.text ?? '';
  const inOwnWords = hideValues && ownWords.test(message.code);
  const aboutData = message.code.startsWith('22');
  const withoutValues = (text: string): string =>
    inOwnWords ? hideEverything(text) : aboutData ? hideQuotedValues(text, written) : text;
  const scrub = (text: string): string => hideSecrets(withoutValues(text), secrets);
  return {
    message: scrub(message.message),
    code: message.code,
    ...(message.detail !== undefined && { detail: scrub(message.detail) }),
    ...(message.hint !== undefined && { hint: scrub(message.hint) }),
    ...(message.position !== undefined && { position: message.position }),
  };
}

/** Classes of errors that functions of the database raise themselves. PostgreSQL manual, appendix A. */
const ownWords = /^(?:P0|38|39)/;
