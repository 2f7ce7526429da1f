import { closest } from 'fastest-levenshtein';
import { TidemarkError } from '../../../../core/errors.js';
import type { GivenValue } from '../../../../core/given-value.js';

/** libpq's connection parameters that are followed, each with the variable that gives it. */
const variables = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  sslmode: 'PGSSLMODE',
  sslnegotiation: 'PGSSLNEGOTIATION',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslpassword: 'PGSSLPASSWORD',
  channel_binding: 'PGCHANNELBINDING',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  application_name: 'PGAPPNAME',
  options: 'PGOPTIONS',
} as const;

/** What libpq does not know: whose identity logs in, in place of a password. */
const ownParameters = ['auth', 'region'] as const;

export type ParameterName = keyof typeof variables | (typeof ownParameters)[number];

/** The variables of Valohai's guide, for the parameters that say where and who. */
const guideVariables: Readonly<Partial<Record<ParameterName, string>>> = {
  host: 'DB_HOST',
  port: 'DB_PORT',
  dbname: 'DB_NAME',
  user: 'DB_USER',
  password: 'DB_PASSWORD',
  auth: 'DB_AUTH',
};

/** Parameters whose effect is ours anyway, with the values that agree with it. */
const agreed: Readonly<Record<string, readonly string[] | 'any'>> = {
  client_encoding: 'any',
  fallback_application_name: 'any',
  keepalives: ['1'],
  keepalives_idle: 'any',
  keepalives_interval: 'any',
  keepalives_count: 'any',
  tcp_user_timeout: 'any',
  sslcompression: ['0'],
  sslsni: ['1'],
  gssencmode: ['disable', 'prefer'],
  target_session_attrs: ['any'],
  load_balance_hosts: ['disable'],
  uselibpqcompat: ['true'],
};

/** Variables of libpq that change where or how it connects, and that are not followed. */
const refusedVariables: Readonly<Record<string, readonly string[]>> = {
  PGSERVICE: [],
  PGTARGETSESSIONATTRS: ['any'],
  PGLOADBALANCEHOSTS: ['disable'],
  PGGSSENCMODE: ['disable', 'prefer'],
  PGREQUIREAUTH: [],
  PGSSLCRL: [],
  PGSSLCRLDIR: [],
};

export type GivenParameters = Partial<Record<ParameterName, GivenValue>>;

export type Variables = Readonly<Record<string, string | undefined>>;

/** `PG*`: an empty variable counts as absent, as in libpq. @throws request.invalid for variables that cannot be followed */
export function libpqVariables(env: Variables): GivenParameters {
  for (const [name, allowed] of Object.entries(refusedVariables)) {
    const value = env[name];
    if (value === undefined || value === '' || allowed.includes(value)) continue;
    throw invalid(
      `${name}="${value}" is not supported`,
      `Unset ${name}, and give the connection as a URL or by PGHOST, PGUSER, ….`,
    );
  }
  return fromVariables(variables, env);
}

/** `DB_HOST DB_PORT DB_NAME DB_USER DB_PASSWORD DB_AUTH`. */
export function guideParameters(env: Variables): GivenParameters {
  return fromVariables(guideVariables, env);
}

function fromVariables(names: Readonly<Partial<Record<ParameterName, string>>>, env: Variables): GivenParameters {
  const given: GivenParameters = {};
  for (const [parameter, variable] of Object.entries(names)) {
    const value = env[variable];
    if (value !== undefined && value !== '') given[parameter as ParameterName] = { value, origin: variable };
  }
  return given;
}

/**
 * One `name=value` of a URL's query string. Undefined for one that changes nothing.
 * @throws request.invalid for one that is unknown, or that asks for what is not done
 */
export function urlParameter(name: string, value: string): ParameterName | undefined {
  const known = [...Object.keys(variables), ...ownParameters];
  if (known.includes(name)) return name as ParameterName;
  const values = agreed[name];
  if (values === 'any' || values?.includes(value)) return undefined;
  if (values)
    throw invalid(
      `source: the URL's ${name} is not supported; allowed is ${values.join(' or ')}`,
      `Leave ${name} out.`,
    );
  throw invalid(
    `source: the URL has a parameter that is not known; did you mean "${closest(name, known)}"?`,
    `Known are ${known.join(', ')}.`,
  );
}

export function invalid(message: string, hint: string): TidemarkError {
  return new TidemarkError('request.invalid', message, { hint });
}
