import { readFileSync } from 'node:fs';
import { closest } from 'fastest-levenshtein';
import { invalidRequest } from '../../../core/errors.js';
import { type GivenValue, told } from '../../../core/given-value.js';
import { Secret } from '../../../core/secret.js';
import type { ConnectionOrigins } from '../../../core/source-description.js';
import { sslModes } from '../../postgres-protocol/settings.js';
import type { RedshiftLogin, RedshiftSettings } from './shape.js';

type Name =
  | ('host' | 'port' | 'database' | 'user' | 'password' | 'region' | 'cluster' | 'workgroup' | 'iam' | 'db-groups')
  | ('sslmode' | 'sslrootcert' | 'unload-role');

type Given = Partial<Record<Name, GivenValue>>;

/** The names of Valohai's guide, and two for what it does not speak of. */
export const variables: Readonly<Partial<Record<Name, string>>> = {
  host: 'RSHOST',
  port: 'RSPORT',
  database: 'RSDATABASE',
  user: 'RSUSER',
  password: 'RSPASSWORD',
  region: 'RSREGION',
  cluster: 'RSCLUSTERIDENTIFIER',
  workgroup: 'RSWORKGROUP',
  iam: 'RSIAM',
  'db-groups': 'RSDBGROUPS',
  'unload-role': 'RSUNLOADROLE',
};

/** The names of its older page, which are about Redshift where `redshift_host` is set. */
const olderVariables: Readonly<Partial<Record<Name, string>>> = {
  host: 'redshift_host',
  port: 'port',
  database: 'dbname',
  user: 'user',
  password: 'PGPASSWORD',
};

/** The guide's names for any database, which are about Redshift where it is said so. */
const guideVariables: Readonly<Partial<Record<Name, string>>> = {
  host: 'DB_HOST',
  port: 'DB_PORT',
  database: 'DB_NAME',
  user: 'DB_USER',
  password: 'DB_PASSWORD',
};

const inUrl: readonly Name[] = ['region', 'workgroup', 'iam', 'db-groups', 'sslmode', 'sslrootcert', 'unload-role'];

/**
 * Resolves how to connect. The URL's parts win, then `RS*`, then the names of the guide's older page, then `DB_*`. Reads the file of roots that is named,
 * never the environment of the process.
 * @throws request.invalid naming key, value, and what is allowed
 */
export function resolveConnection({ url, env }: ConnectionOrigins): RedshiftSettings {
  const families = [
    fromVariables(env, guideVariables),
    env['redshift_host'] ? fromVariables(env, olderVariables) : {},
    fromVariables(env, variables),
    url === undefined ? {} : parseUrl(url),
  ];
  const given = families.reduce(over);
  const place = placeOf(given);
  if (given.database === undefined)
    throw invalidRequest(
      'source: no database is named',
      'Name it: redshift://cluster-or-workgroup/database, or RSDATABASE.',
    );
  return {
    ...place,
    port: portOf(given),
    database: given.database.value,
    login: loginOf(given, place),
    unloadRole: roleOf(given['unload-role']),
    region: given.region?.value ?? regionOfHost(place.host),
    sslMode: oneOf(given.sslmode, sslModes) ?? 'verify-full',
    roots: given.sslrootcert && [fileText(given.sslrootcert)],
    warnings: [],
  };
}

const places = ['host', 'port', 'cluster', 'workgroup'] as const;
const ofPlace: readonly string[] = [...places, 'user', 'password'];

/** Who names a place says nothing of the place that others name; and who logs in there does not log in here. */
function over(lower: Given, upper: Given): Given {
  const names = (given: Given): boolean => places.some((name) => name !== 'port' && given[name] !== undefined);
  const isElsewhere = names(upper) && places.some((name) => lower[name] && lower[name].value !== upper[name]?.value);
  const kept = Object.entries(lower).filter(([name]) => !isElsewhere || !ofPlace.includes(name));
  return { ...(Object.fromEntries(kept) as Given), ...upper };
}

function fromVariables(
  env: Readonly<Record<string, string | undefined>>,
  names: Readonly<Partial<Record<Name, string>>>,
): Given {
  const given: Given = {};
  for (const [name, variable] of Object.entries(names)) {
    const value = env[variable]?.trim();
    if (value) given[name as Name] = { value, origin: variable };
  }
  return given;
}

function parseUrl(text: string): Given {
  if (!URL.canParse(text))
    throw invalidRequest(
      'source: the URL of Redshift cannot be read',
      'Write redshift://cluster-or-workgroup/database; in a user’s name or password / ? # @ : % are percent-encoded.',
    );
  const url = new URL(text);
  const given: Given = {};
  const set = (name: Name, value: string): void => {
    if (value !== '') given[name] = { value, origin: `the URL's ${name}`, fromUrl: true };
  };
  set(url.hostname.includes('.') || url.hostname === 'localhost' ? 'host' : 'cluster', url.hostname);
  set('port', url.port);
  set('user', decoded(url.username));
  set('password', decoded(url.password));
  const [database = '', more] = url.pathname.slice(1).split('/').map(decoded);
  if (more !== undefined)
    throw invalidRequest('source: the URL has more than a place and a database', 'Give the table with --table.');
  set('database', database);
  for (const [name, value] of url.searchParams) {
    if (!(inUrl as readonly string[]).includes(name))
      throw invalidRequest(
        `source: the URL's ${name} is not known; did you mean "${closest(name, [...inUrl])}"?`,
        `Known are ${inUrl.join(', ')}.`,
      );
    set(name as Name, value);
  }
  return given;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidRequest('source: the URL has a % that stands for no character', 'A % itself is written %25.');
  }
}

const serviceHost = /^([\w-]+)\..*\.(redshift|redshift-serverless)\.amazonaws\.com(?:\.cn)?$/i;

function placeOf({ host, cluster, workgroup }: Given): Pick<RedshiftSettings, 'name' | 'kind' | 'host'> {
  const [, label, service] = serviceHost.exec(host?.value ?? '') ?? [];
  const ofHost = service === undefined ? undefined : service.toLowerCase() === 'redshift' ? 'cluster' : 'workgroup';
  if (workgroup !== undefined) return { name: workgroup.value, kind: 'workgroup', host: host?.value };
  // In a URL a name alone may be either's.
  if (cluster !== undefined)
    return { name: cluster.value, kind: cluster.fromUrl ? undefined : 'cluster', host: host?.value };
  if (host !== undefined) return { name: label, kind: ofHost, host: host.value };
  throw invalidRequest(
    'source: neither a cluster nor a workgroup nor a host is named',
    'Give redshift://cluster-or-workgroup/database, or set RSCLUSTERIDENTIFIER, RSWORKGROUP or RSHOST.',
  );
}

/** `cluster.id.eu-west-1.redshift.amazonaws.com`. */
const regionOfHost = (host: string | undefined): string | undefined =>
  /\.([a-z]{2}(?:-[a-z]+)+-\d)\.redshift(?:-serverless)?\.amazonaws\.com/i.exec(host ?? '')?.[1]?.toLowerCase();

/** A password is used where there is one, unless it is said that the machine's identity is meant. */
function loginOf(given: Given, { name }: Pick<RedshiftSettings, 'name'>): RedshiftLogin {
  const asked = given.iam && yes(given.iam);
  if (given.password !== undefined && asked !== true) {
    if (given.user === undefined)
      throw invalidRequest(
        `source: ${given.password.origin} is set, and no user`,
        'Set RSUSER; or leave the password out: the machine’s identity logs in then.',
      );
    return { kind: 'password', user: given.user.value, password: new Secret(given.password.value) };
  }
  if (asked === false)
    throw invalidRequest(
      `source: ${told(given.iam!)} says that no identity logs in, and no password is given`,
      'Set RSPASSWORD.',
    );
  if (name === undefined)
    throw invalidRequest(
      'source: by its machine’s identity a host alone cannot be logged in to',
      'Name the cluster (RSCLUSTERIDENTIFIER) or the workgroup (RSWORKGROUP); or give a password (RSPASSWORD).',
    );
  const groups = given['db-groups']?.value.split(',').map((group) => group.trim()) ?? [];
  if (groups.length > 0 && given.user === undefined)
    throw invalidRequest(
      `db-groups: ${told(given['db-groups']!)} goes with a user of the database`,
      'Set RSUSER; the groups of the identity’s own user come from its tags.',
    );
  return { kind: 'iam', user: given.user?.value, groups };
}

function yes(given: GivenValue): boolean {
  const word = given.value.toLowerCase();
  if (['1', 'true', 'yes'].includes(word)) return true;
  if (['0', 'false', 'no'].includes(word)) return false;
  throw invalidRequest(`iam: ${told(given)} is neither 1 nor 0`, '1: the machine’s identity logs in.');
}

function oneOf<Value extends string>(given: GivenValue | undefined, allowed: readonly Value[]): Value | undefined {
  if (given === undefined || allowed.includes(given.value as Value)) return given?.value as Value | undefined;
  throw invalidRequest(`sslmode: ${told(given)} is not known`, `Allowed: ${allowed.join(', ')}.`);
}

const arn = /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

/** Several roles may be chained by commas. */
function roleOf(given: GivenValue | undefined): string {
  if (given === undefined || given.value === 'default') return 'default';
  if (given.value.split(',').every((one) => arn.test(one))) return given.value;
  throw invalidRequest(
    `unload-role: ${told(given)} is no role`,
    "Give its ARN, arn:aws:iam::123456789012:role/unload; or leave it out: the cluster's default role writes then.",
  );
}

function portOf({ port: given }: Given): number | undefined {
  if (given === undefined) return undefined;
  const port = Number(given.value);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw invalidRequest(`port: ${told(given)} is not a port`, 'A port is a number from 1 to 65535.');
}

function fileText(given: GivenValue): string {
  try {
    return readFileSync(given.value, 'utf8');
  } catch (thrown) {
    const { code } = thrown as { readonly code?: string };
    throw invalidRequest(
      `sslrootcert: the file that is named cannot be read (${code})`,
      'Give the path of a PEM file.',
    );
  }
}
