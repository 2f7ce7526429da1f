import { closest } from 'fastest-levenshtein';
import { ownValue } from '../../../../core/own-value.js';
import { invalidRequest } from '../../../../core/errors.js';
import type { GivenValue } from '../../../../core/given-value.js';

/** The parameters of a connection, by the names that they have in a URL, each with the variables that give it; the first one wins. */
const variables = {
  host: ['MYSQL_HOST'],
  port: ['MYSQL_TCP_PORT', 'MYSQL_PORT'],
  socket: ['MYSQL_UNIX_PORT', 'MYSQL_SOCKET'],
  user: ['MYSQL_USER'],
  password: ['MYSQL_PWD', 'MYSQL_PASSWORD'],
  database: ['MYSQL_DATABASE', 'MYSQL_DB'],
  'ssl-mode': ['MYSQL_SSL_MODE'],
  'ssl-ca': ['MYSQL_SSL_CA'],
  'ssl-cert': ['MYSQL_SSL_CERT'],
  'ssl-key': ['MYSQL_SSL_KEY'],
  'connect-timeout': ['MYSQL_CONNECT_TIMEOUT'],
  // Whose identity logs in, in place of a password: DB_AUTH says it, and no variable of MySQL's.
  auth: [],
  region: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ParameterName = keyof typeof variables;
export type Given = Partial<Record<ParameterName, GivenValue>>;
type Variables = Readonly<Record<string, string | undefined>>;

/** Where to connect and as whom: what must come from one place, so that no password goes to another server. */
export const identity = ['host', 'port', 'socket', 'database', 'user'] as const satisfies readonly ParameterName[];

/** `MYSQL_*`: an empty variable counts as absent. @throws request.invalid where two variables for one thing differ */
export function mysqlVariables(env: Variables): Given {
  const given: Given = {};
  for (const [parameter, names] of Object.entries(variables)) {
    const found = names.filter((name) => (env[name] ?? '') !== '');
    const [first, second] = found as [string?, string?];
    if (first === undefined) continue;
    if (second !== undefined && env[first] !== env[second]) {
      throw invalidRequest(`${parameter}: ${first} and ${second} say different things`, 'Unset one of the two.');
    }
    given[parameter as ParameterName] = { value: env[first]!, origin: first };
  }
  return given;
}

const guide: Readonly<Partial<Record<ParameterName, string>>> = {
  host: 'DB_HOST',
  port: 'DB_PORT',
  database: 'DB_NAME',
  user: 'DB_USER',
  password: 'DB_PASSWORD',
  auth: 'DB_AUTH',
};

/** `DB_HOST DB_PORT DB_NAME DB_USER DB_PASSWORD DB_AUTH`. */
export function guideVariables(env: Variables): Given {
  const given: Given = {};
  for (const [parameter, name] of Object.entries(guide)) {
    const value = env[name];
    if (value !== undefined && value !== '') given[parameter as ParameterName] = { value, origin: name };
  }
  return given;
}

/** Other spellings that URLs of other tools have. */
const aliases: Readonly<Record<string, ParameterName>> = { sslmode: 'ssl-mode', 'ssl-certificate': 'ssl-cert' };
/** What others write and is so here anyway. */
const agreed = ['charset', 'character-set', 'use-unicode'];

/**
 * `mysql://user:password@host:3306/database?ssl-mode=…`.
 * @throws request.invalid; never shows the URL, in which a password may stand
 */
export function parseUrl(text: string): Given {
  const parts =
    /^(?:mysql|mariadb):\/\/(?:(?<userinfo>[^/?]*)@)?(?<host>\[[^\]]*\]|[^/?:]*)(?::(?<port>\d*))?(?:\/(?<database>[^/?]*))?(?:\?(?<query>.*))?$/is.exec(
      text.trim(),
    )?.groups;
  if (!parts) {
    throw invalidRequest(
      'source: the URL of the database cannot be read',
      `Write mysql://user@host:3306/database. ${encoding}`,
    );
  }
  if (`${parts['database'] ?? ''}${parts['query'] ?? ''}`.includes('@')) {
    throw invalidRequest('source: the URL has an "@" after its first "/" or "?"', encoding);
  }
  const given: Given = {};
  const set = (name: ParameterName, value: string): void => {
    if (value !== '') given[name] = { value, origin: `the URL's ${name}`, fromUrl: true };
  };
  const [user = '', ...password] = (parts['userinfo'] ?? '').split(':');
  set('user', decode(user));
  set('password', decode(password.join(':')));
  set('host', decode(parts['host']!.replace(/^\[(.*)\]$/, '$1')));
  set('port', parts['port'] ?? '');
  set('database', decode(parts['database'] ?? ''));
  for (const pair of (parts['query'] ?? '').split('&').filter((one) => one !== '')) {
    const [key = '', ...rest] = pair.split('=');
    const name = urlParameter(decode(key));
    if (name !== undefined) set(name, decode(rest.join('=')));
  }
  return given;
}

function urlParameter(key: string): ParameterName | undefined {
  const plain = key.toLowerCase().replaceAll('_', '-');
  const name = ownValue(aliases, plain) ?? plain;
  if (Object.hasOwn(variables, name)) return name as ParameterName;
  if (agreed.includes(name)) return undefined;
  const known = Object.keys(variables);
  throw invalidRequest(
    `source: the URL has a parameter that is not known; did you mean "${closest(plain, known)}"?`,
    `Known are ${known.join(', ')}.`,
  );
}

const encoding = 'In a name or password, / ? # @ : and % are percent-encoded: %2F %3F %23 %40 %3A %25.';

function decode(text: string): string {
  // It ends a text in the protocol: what follows it would be lost.
  if (text.includes('%00')) throw invalidRequest('source: the URL has %00, which nothing in it may have', encoding);
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidRequest('source: the URL has a % that is not followed by two hexadecimal digits of UTF-8', encoding);
  }
}
