import { type ErrorCode, TidemarkError } from '../../../core/errors.js';
import { hideSecrets } from '../../../core/hide-secrets.js';
import { networkCodes } from '../../../core/network-codes.js';
import type { ErrorContext } from '../../error-context.js';
import { HttpRefusal } from './http.js';

/** An error of the vendor's client, of HTTP or of Node. */
interface Failure extends Error {
  readonly code?: number | string;
  readonly sqlState?: string;
  readonly data?: { readonly sqlState?: string } | null;
  readonly status?: number;
  /** Of the vendor's client, where the answer is no success. */
  readonly response?: { readonly statusCode?: number };
}

/** A refusal in the service's own words. */
export class ServiceRefusal extends Error {
  override readonly name = 'ServiceRefusal';

  constructor(
    readonly code: string,
    message: string,
    readonly more: { readonly sqlState?: string | undefined; readonly status?: number } = {},
  ) {
    super(message);
  }

  get sqlState(): string | undefined {
    return this.more.sqlState;
  }

  /** Of HTTP, where that is no success. */
  get status(): number | undefined {
    return this.more.status;
  }
}

interface Meaning {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryable?: true;
}

const busy: Meaning = {
  code: 'source.unreachable',
  hint: 'The service is busy. Run again later.',
  retryable: true,
};
const notReached: Meaning = {
  code: 'source.unreachable',
  hint: 'Check the account’s name, the network, a proxy, and the network policy: account.snowflakecomputing.com and the stores that its results are in must be reached on port 443 (SELECT SYSTEM$ALLOWLIST() lists them).',
  retryable: true,
};
const throughProxy: Meaning = {
  code: notReached.code,
  hint: 'The proxy wants to know who asks: HTTPS_PROXY=http://user:password@host:port.',
};
/** Something answers that is not the account's service. */
const otherHost: Meaning = { code: notReached.code, hint: notReached.hint };
const login = (hint: string): Meaning => ({ code: 'source.auth', hint });
const permission = (hint: string): Meaning => ({ code: 'source.permission', hint });
const invalid = (hint: string): Meaning => ({ code: 'request.invalid', hint });
const gone: Meaning = {
  code: 'source.lost',
  hint: 'Nothing is published. Run again; a statement is never run twice in one run.',
};

/** What was looked at is no more. */
const replaced: Meaning = {
  code: 'source.changed',
  hint: 'It was dropped, or made anew, while the run began. Nothing is published; run again.',
};
const sinceLookedAt: Readonly<Record<string, Meaning>> = { 707: replaced, 2003: replaced };

/** By the service's own numbers. */
const byCode: Readonly<Record<string, Meaning>> = {
  390100: login('User and password do not go together, or the user is locked.'),
  390101: login('The user is disabled, or locked.'),
  390144: login(
    'The key is not the user’s: ALTER USER name SET RSA_PUBLIC_KEY = … . Account and user are part of what is signed, and so is the time: check both, and this machine’s clock.',
  ),
  390195: login('The user must log in otherwise: an authentication policy says so.'),
  390303: login('The token of OAuth is not valid, or its role is not granted to the user.'),
  390318: login('The token has expired: get a new one.'),
  390422: permission('This machine’s address is not allowed: a network policy of the account or the user says so.'),
  394400: login('The programmatic access token is not valid, or has expired.'),
  394600: login('The workload’s identity is not that of any user: ALTER USER name SET WORKLOAD_IDENTITY = ….'),
  395001: login('The workload’s identity is not that of any user: ALTER USER name SET WORKLOAD_IDENTITY = ….'),
  390189: permission('The role is not granted to the user: GRANT ROLE … TO USER ….'),
  390186: permission('The role is not granted to the user: GRANT ROLE … TO USER ….'),
  390201: invalid('Check the name of the database, the warehouse or the role, and the grants.'),
  390104: gone,
  390111: gone,
  390112: gone,
  390114: gone,
  2003: {
    code: 'source.not-found',
    hint: 'It is not there, or the role may not see it: GRANT USAGE ON DATABASE and SCHEMA, GRANT SELECT ON TABLE. Names are folded to upper case where they are not "quoted".',
  },
  2043: { code: 'source.not-found', hint: 'It is not there, or the role may not see it.' },
  3001: permission('Grants that are enough are in docs/databases/snowflake.md.'),
  606: invalid('Name a warehouse: ?warehouse=NAME in the URL, SNOWFLAKE_WAREHOUSE, or the user’s default one.'),
  604: { code: 'source.lost', hint: 'The statement was cancelled on the server, by its timeout or by somebody.' },
  630: {
    code: 'source.timeout',
    hint: 'A larger warehouse is faster; --max-statement, or STATEMENT_TIMEOUT_IN_SECONDS of the warehouse, gives more time.',
  },
  709: invalid(
    'Statements of the last 14 days are known, by the id that QUERY_HISTORY shows. Of older ones give the time: --as-of 2024-06-30T22:00:00Z.',
  ),
  707: invalid(
    'Tables can be read as they were for DATA_RETENTION_TIME_IN_DAYS, and not before they were made: SHOW TABLES tells both.',
  ),
};

const byState: Readonly<Record<string, Meaning>> = {
  '42501': permission('Grants that are enough are in docs/databases/snowflake.md.'),
  '02000': { code: 'source.not-found', hint: 'It is not there, or the role may not see it.' },
};

/** By what a state begins with: syntax, names and types; values. */
const badSql: Meaning = { code: 'source.sql', hint: 'The message is the one of Snowflake.' };
const badSqlStates = /^(?:42|22)/;

/** Of logins, also those that are not known here one by one. */
const loginCodes = /^39(?:01|03|4\d|5\d)\d\d$/;

/** Of the vendor's client, where it did not reach the service. */
const unreachableCodes = new Set([401001, 401002, 401003, 402001, 402002]);

/** Whether the same request may succeed when it is made again. */
export function passes(thrown: unknown): boolean {
  if (thrown instanceof TidemarkError) return thrown.retryable;
  return meaningOf(thrown as Failure).retryable ?? false;
}

/** What is said in the place of messages that may quote values. */
const valueless: Partial<Readonly<Record<ErrorCode, string>>> = {
  'source.sql': 'the service refuses the query',
  'source.protocol': 'what is said may have values of columns that are masked',
};

/** Whether the service is there, and has no time. */
export const isBusy = (thrown: unknown): boolean =>
  !(thrown instanceof TidemarkError) && meaningOf(thrown as Failure) === busy;

/** What was thrown, as one of the source's errors. @param isDescribed the service has described the statement before */
export function snowflakeFailure(thrown: unknown, around: ErrorContext, isDescribed = false): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  const failure = thrown as Failure;
  const { doing, identity, secrets, hideValues } = around;
  const changed = isDescribed ? sinceLookedAt[numberOf(failure)] : undefined;
  const { code, hint, retryable = false } = changed ?? meaningOf(failure);
  const plain = saidBy(failure);
  const said = hideSecrets(plain, secrets);
  const shown = hideValues ? (valueless[code] ?? said) : said;
  return new TidemarkError(code, `cannot ${doing}${identity === undefined ? '' : ` as ${identity}`}: ${shown}`, {
    hint,
    retryable,
    // It says again what is hidden here.
    ...(shown === plain && { cause: thrown }),
  });
}

function saidBy({ message, response }: Failure): string {
  const said = message.replace(/\s+/g, ' ').trim();
  return response?.statusCode === undefined ? said : `${said} (HTTP ${response.statusCode})`;
}

/** Without the zeroes before it. */
const numberOf = ({ code }: Failure): string => String(code).replace(/^0+/, '');

function meaningOf(failure: Failure): Meaning {
  const { code, sqlState, data } = failure;
  if (failure instanceof HttpRefusal) return byStatus(failure.status);
  const state = sqlState ?? data?.sqlState ?? '';
  const known = byCode[numberOf(failure)] ?? byState[state] ?? (badSqlStates.test(state) && badSql);
  if (known) return known;
  if (loginCodes.test(String(code))) return login('The message is the one of Snowflake.');
  if (failure.message.startsWith('WORKLOAD_IDENTITY requires'))
    return login(
      'Snowflake’s client gives a workload’s token to Snowflake’s own hosts, and to those that this variable allows.',
    );
  const status = failure.response?.statusCode;
  if (status !== undefined) return byStatus(status) === busy ? busy : otherHost;
  if (unreachableCodes.has(Number(code)) || isOfNetwork(failure)) return notReached;
  if (/^Z_|incorrect header|unexpected end of file/.test(`${code} ${failure.message}`)) return notReached;
  return { code: 'source.protocol', hint: 'The message is the one of Snowflake or of its client.' };
}

function byStatus(status: number): Meaning {
  if (status === 401 || status === 403) return login('The service does not take the token any more.');
  if (status === 407) return throughProxy;
  if (status === 429 || status === 408 || status >= 500) return busy;
  return { code: 'source.protocol', hint: 'The message is the one of Snowflake.' };
}

function isOfNetwork({ code, cause }: Failure): boolean {
  if (typeof code === 'string' && networkCodes.includes(code)) return true;
  return cause instanceof Error && isOfNetwork(cause);
}
