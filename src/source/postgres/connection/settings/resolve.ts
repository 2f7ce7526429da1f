import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { told } from '../../../../core/given-value.js';
import { Secret } from '../../../../core/secret.js';
import type { ConnectionOrigins } from '../../../../core/source-description.js';
import { userName } from '../../../../machine/this-user.js';
import {
  type GivenParameters,
  guideParameters,
  invalid,
  libpqVariables,
  type ParameterName,
  type Variables,
} from './parameters.js';
import { readPasswordFile, socketFolders } from './pgpass.js';
import type { HostSettings, PostgresSettings } from '../../../postgres-protocol/settings.js';
import { cloudIdentityOf } from '../../../cloud-identity/settings.js';
import { sslModeOf, tlsSettings } from './tls.js';
import { parseUrl } from './url.js';

export type { PostgresSettings } from '../../../postgres-protocol/settings.js';

const defaultPort = 5432;
/** Seconds. libpq waits for ever. */
const defaultConnectTimeout = 30;
const namePattern = 'tidemark';

/** Where to connect and as whom: what must come from one place, so that no password goes to another server. */
const identity: readonly ParameterName[] = ['host', 'port', 'dbname', 'user', 'password'];

/**
 * Resolves how to connect. The URL's parts win; see {@link fromUrl} for what it leaves out. Without a URL the guide's
 * `DB_*` win, and `PG*` fill up; where both name different things, it is refused. Reads the files that are named
 * (certificates, .pgpass), never the environment of the process.
 * @throws request.invalid naming key, value, and what is allowed
 */
export function resolveConnection({ url, env, home }: ConnectionOrigins): PostgresSettings {
  const guide = guideParameters(env);
  const libpq = libpqVariables(env);
  const warnings: string[] = [];
  const given = url === undefined ? fromFamilies(guide, libpq, warnings) : fromUrl(parseUrl(url), guide, libpq);
  const user = given.user?.value ?? userName();
  const database = given.dbname?.value ?? user;
  const tls = tlsSettings(given, home, env);
  const file = readPasswordFile(given.passfile?.value ?? passwordFile(home, env), given.passfile !== undefined);
  const hosts = hostsOf(given).map((host): HostSettings => {
    const found = cloudIdentityOf(host.host, given, env);
    const sslMode = sslModeOf(host, given, { tls, identity: found });
    if (found !== undefined) return { ...host, sslMode, password: undefined, identity: found };
    const password = given.password?.value ?? file.passwordFor({ ...host, database, user });
    return { ...host, sslMode, password: hide(password) };
  });
  if (file.warning !== undefined && !given.password && !given.auth) warnings.push(file.warning);
  return {
    hosts,
    database,
    user,
    tls,
    connectTimeout: connectTimeout(given),
    applicationName: applicationName(given.application_name?.value),
    options: given.options?.value,
    warnings,
  };
}

function hide(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : new Secret(text);
}

function fromFamilies(guide: GivenParameters, libpq: GivenParameters, warnings: string[]): GivenParameters {
  const names = (family: GivenParameters): ParameterName[] =>
    identity.filter((name) => family[name] && name !== 'password');
  if (names(guide).length === 0 && names(libpq).length === 0 && !libpq.hostaddr) {
    throw invalid(
      'source: no database is given',
      'Give --source postgres://user@host/database, or set DB_HOST, DB_NAME, DB_USER and DB_PASSWORD (or PGHOST, PGDATABASE, …).',
    );
  }
  for (const name of identity) refuseContradiction(name, guide, libpq);
  const filled = names(libpq).filter((name) => !guide[name]);
  if (names(guide).length > 0 && filled.length > 0) {
    const variables = filled.map((name) => libpq[name]!.origin).join(', ');
    warnings.push(`the connection is put together from DB_* and ${variables}`);
  }
  return { ...without(libpq, guide.host ? ['hostaddr'] : []), ...guide };
}

function refuseContradiction(name: ParameterName, guide: GivenParameters, libpq: GivenParameters): void {
  const [a, b] = [guide[name], libpq[name]];
  if (!a || !b || a.value === b.value) return;
  const shown = name === 'password' ? '' : ` ("${a.value}" and "${b.value}")`;
  throw invalid(
    `${name}: ${a.origin} and ${b.origin} say different things${shown}`,
    `Unset one of the two, or give --source.`,
  );
}

/**
 * What a URL leaves out comes from `PG*`, and its password from PGPASSWORD or DB_PASSWORD (or DB_AUTH in its place), unless the variables beside them
 * name another server, database or user: then they are about something else. (`.pgpass` says where its passwords belong.)
 */
function fromUrl(url: GivenParameters, guide: GivenParameters, libpq: GivenParameters): GivenParameters {
  const sameConnection = (family: GivenParameters): boolean =>
    identity.every(
      (name) => name === 'password' || !family[name] || !url[name] || family[name].value === url[name].value,
    );
  const [fitsGuide, fitsLibpq] = [sameConnection(guide), sameConnection(libpq)];
  if (!url.password && fitsGuide && fitsLibpq) refuseContradiction('password', guide, libpq);
  const unfit: readonly ParameterName[] = fitsLibpq ? [] : [...identity, 'hostaddr'];
  const rest = without(libpq, [...unfit, ...(url.host ? (['hostaddr'] as const) : [])]);
  const { password, auth } = fitsGuide ? guide : {};
  return { ...rest, ...(password && { password }), ...(auth && { auth }), ...url };
}

function without(given: GivenParameters, names: readonly ParameterName[]): GivenParameters {
  return Object.fromEntries(Object.entries(given).filter(([key]) => !names.includes(key as ParameterName)));
}

function hostsOf(given: GivenParameters): { host: string; port: number; address?: string }[] {
  const addresses = given.hostaddr?.value.split(',') ?? [];
  const ports = given.port?.value.split(',') ?? [];
  const names = given.host?.value.split(',') ?? addresses;
  const hosts = names.length === 0 ? [defaultHost(portOf(ports[0], given))] : names;
  if (ports.length > 1 && ports.length !== hosts.length) {
    throw invalid(`port: ${ports.length} ports are given for ${hosts.length} hosts`, 'Give one port, or one per host.');
  }
  if (addresses.length > 0 && addresses.length !== hosts.length) {
    throw invalid(`hostaddr: ${addresses.length} addresses are given for ${hosts.length} hosts`, 'Give one per host.');
  }
  return hosts.map((name, i) => {
    const port = portOf(ports.length > 1 ? ports[i] : ports[0], given);
    const address = addresses[i];
    const host = name === '' ? (address ?? defaultHost(port)) : name;
    if (address === undefined || address === '') return { host, port };
    if (isIP(address) === 0)
      throw invalid(`hostaddr: ${told(given.hostaddr!, address)} is not an IP address`, 'Host names belong into host.');
    return { host, port, address };
  });
}

/** A socket where distributions put it, as libpq does; else this machine by TCP. */
function defaultHost(port: number): string {
  return socketFolders.find((folder) => existsSync(join(folder, `.s.PGSQL.${port}`))) ?? 'localhost';
}

function portOf(text: string | undefined, given: GivenParameters): number {
  if (text === undefined || text === '') return defaultPort;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw invalid(`port: ${told(given.port!, text)} is not a port`, 'A port is a number from 1 to 65535.');
}

function connectTimeout({ connect_timeout: given }: GivenParameters): number {
  if (!given) return defaultConnectTimeout * 1000;
  const seconds = Number(given.value);
  if (!Number.isInteger(seconds)) {
    throw invalid(`connect_timeout: ${told(given)} is not a number of seconds`, '0 waits for ever.');
  }
  return Math.max(seconds, 0) * 1000;
}

/** Sessions can be found by their name: it begins with `tidemark`, whatever else was asked for. */
function applicationName(wanted: string | undefined): string {
  if (wanted === undefined) return namePattern;
  return wanted.startsWith(namePattern) ? wanted : `${namePattern} ${wanted}`;
}

function passwordFile(home: string, env: Variables): string {
  const folder = env['APPDATA'];
  if (process.platform === 'win32' && folder !== undefined) return join(folder, 'postgresql', 'pgpass.conf');
  return join(home, '.pgpass');
}
