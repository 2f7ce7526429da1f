import { invalidRequest } from '../../../../core/errors.js';
import { connectionOf } from './connections-file.js';
import type { GivenSetting, GivenSettings, SettingName } from './given.js';

/** What a URL may say besides account, user, password, database and schema. */
const inUrl = [
  ...(['warehouse', 'role', 'authenticator', 'private-key-file', 'token-file', 'workload-identity-provider'] as const),
  ...(['host', 'query-tag', 'storage-integration'] as const),
];

/** Variables, the first one that is set: the drivers' own names, SnowSQL's, and those that are in use beside them. */
export const variables: Readonly<Record<SettingName, readonly string[]>> = {
  account: ['SNOWFLAKE_ACCOUNT', 'SNOWSQL_ACCOUNT'],
  user: ['SNOWFLAKE_USER', 'SNOWSQL_USER'],
  password: ['SNOWFLAKE_PASSWORD', 'SNOWSQL_PWD'],
  authenticator: ['SNOWFLAKE_AUTHENTICATOR', 'SNOWSQL_AUTHENTICATOR'],
  role: ['SNOWFLAKE_ROLE', 'SNOWSQL_ROLE'],
  warehouse: ['SNOWFLAKE_WAREHOUSE', 'SNOWSQL_WAREHOUSE'],
  database: ['SNOWFLAKE_DATABASE', 'SNOWSQL_DATABASE'],
  schema: ['SNOWFLAKE_SCHEMA', 'SNOWSQL_SCHEMA'],
  host: ['SNOWFLAKE_HOST', 'SNOWSQL_HOST'],
  'private-key': ['SNOWFLAKE_PRIVATE_KEY', 'SNOWFLAKE_PRIVATE_KEY_RAW', 'SNOWSQL_PRIVATEKEY'],
  'private-key-file': ['SNOWFLAKE_PRIVATE_KEY_PATH', 'SNOWFLAKE_PRIVATE_KEY_FILE', 'SNOWSQL_PRIVATE_KEY_PATH'],
  passphrase: [
    ...['SNOWFLAKE_PRIVATE_KEY_PASSPHRASE', 'SNOWFLAKE_PRIVATE_KEY_FILE_PWD', 'PRIVATE_KEY_PASSPHRASE'],
    ...['SNOWSQL_PRIVATE_KEY_PASSPHRASE', 'SNOWSQL_PASSPHRASE'],
  ],
  token: ['SNOWFLAKE_TOKEN', 'SNOWSQL_TOKEN'],
  'token-file': ['SNOWFLAKE_TOKEN_FILE_PATH'],
  'workload-identity-provider': ['SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER'],
  'query-tag': ['SNOWFLAKE_QUERY_TAG'],
  'storage-integration': ['SNOWFLAKE_STORAGE_INTEGRATION'],
};

interface Origins {
  readonly url: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/**
 * Gathers what is said of a connection. The URL wins, then a connection of the file that the URL names, then variables, then a connection of the
 * file that a variable names, or its default one where nothing else names an account.
 * @throws request.invalid
 */
export function gatherSettings({ url, env, home }: Origins): GivenSettings {
  const said = url === undefined ? { given: {}, connection: undefined } : parseUrl(url);
  const set = fromVariables(env);
  const byVariable = env['SNOWFLAKE_DEFAULT_CONNECTION_NAME']?.trim();
  const isAlone = said.given.account === undefined && set.account === undefined;
  const asked = said.connection ?? (byVariable || undefined);
  const kept = asked === undefined && !isAlone ? {} : connectionOf(asked, { env, home });
  return said.connection === undefined ? over(over(kept, set), said.given) : over(over(set, kept), said.given);
}

/** What is the same thing, said in two ways: who says one of them says nothing of the other. */
const sameThing: readonly (readonly SettingName[])[] = [
  ['private-key', 'private-key-file'],
  ['token', 'token-file'],
];

function over(lower: GivenSettings, upper: GivenSettings): GivenSettings {
  const hidden = sameThing.filter((names) => names.some((name) => upper[name] !== undefined)).flat();
  const kept = Object.entries(lower).filter(([name]) => !hidden.includes(name as SettingName));
  return { ...(Object.fromEntries(kept) as GivenSettings), ...upper };
}

function parseUrl(text: string): { readonly given: GivenSettings; readonly connection: string | undefined } {
  const url = urlOf(text);
  const origin = 'the URL';
  if (url.port !== '')
    throw invalidRequest('source: the URL of Snowflake names an account, and no port', 'Another address: host=….');
  const [database, schema, more] = url.pathname.split('/').filter((part) => part !== '');
  if (more !== undefined)
    throw invalidRequest(
      'source: the URL has more than an account, a database and a schema',
      'Write snowflake://account/database/schema, and the table with --table.',
    );
  const given: Partial<Record<SettingName, GivenSetting>> = {};
  const parts = { account: url.hostname, user: url.username, password: url.password, database, schema };
  for (const [name, value] of Object.entries(parts))
    if (value) given[name as SettingName] = { value: decoded(value, name), origin };
  let connection: string | undefined;
  const names = [...url.searchParams.keys()];
  for (const [name, value] of url.searchParams) {
    if (names.indexOf(name) !== names.lastIndexOf(name))
      throw invalidRequest(`source: the URL has ${name} twice`, 'Give it once.');
    if (name === 'connection') connection = value || undefined;
    else if ((inUrl as readonly string[]).includes(name)) {
      if (value !== '') given[name as SettingName] = { value, origin };
    } else
      throw invalidRequest(
        `source: the URL's ${name} is not known`,
        `Allowed: ${[...inUrl, 'connection'].join(', ')}.`,
      );
  }
  return { given, connection };
}

/** What stands there may be a password, and is not shown. */
function urlOf(text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw invalidRequest(
    'source: that is no URL of Snowflake',
    'Write snowflake://user@account/database/schema; a character that means something else in a URL is written as %40 (@), %2F (/), %3A (:).',
  );
}

function decoded(text: string, name: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidRequest(`source: the URL's ${name} has a % that begins no character`, 'Write % as %25.');
  }
}

function fromVariables(env: Origins['env']): GivenSettings {
  const given: Partial<Record<SettingName, GivenSetting>> = {};
  for (const [name, known] of Object.entries(variables)) {
    const origin = known.find((variable) => env[variable]?.trim());
    if (origin !== undefined) given[name as SettingName] = { value: env[origin]!.trim(), origin };
  }
  return given;
}
