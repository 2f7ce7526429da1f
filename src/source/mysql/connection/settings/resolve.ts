import { invalidRequest } from '../../../../core/errors.js';
import { told } from '../../../../core/given-value.js';
import { Secret } from '../../../../core/secret.js';
import type { ConnectionOrigins } from '../../../../core/source-description.js';
import { userName } from '../../../../machine/this-user.js';
import { cloudIdentityOf } from '../../../cloud-identity/settings.js';
import { isThisMachine } from '../../../this-machine.js';
import { type Given, guideVariables, identity, mysqlVariables, type ParameterName, parseUrl } from './parameters.js';
import type { MysqlSettings } from './shape.js';
import { tlsSettings } from './tls.js';

const defaultPort = 3306;
/** Seconds. */
const defaultConnectTimeout = 30;

/**
 * Resolves how to connect. The URL's parts win; what it leaves out comes from `MYSQL_*`, and its password from there or from
 * DB_PASSWORD (or DB_AUTH in its place), unless the variables beside them name another server, database or user. Without a URL the
 * guide's `DB_*` win, and `MYSQL_*` fill up; where both name different things, it is refused. Reads the files that are named, never
 * the environment of the process.
 * @throws request.invalid naming key, value, and what is allowed
 */
export function resolveConnection({ url, env }: ConnectionOrigins): MysqlSettings {
  const guide = placed(guideVariables(env));
  const own = placed(mysqlVariables(env));
  const warnings: string[] = [];
  const given = url === undefined ? fromFamilies(guide, own, warnings) : fromUrl(placed(parseUrl(url)), guide, own);
  const host = given.host?.value ?? 'localhost';
  const socket = given.socket?.value;
  if (socket !== undefined && !isThisMachine(host)) {
    throw invalidRequest(
      `source: host and socket name two servers: ${told(given.host!)} and ${told(given.socket!)}`,
      'Leave one of the two out: a socket is of this machine.',
    );
  }
  if (given.database === undefined) {
    throw invalidRequest(
      'source: no database is named',
      'Name it: mysql://user@host/database, DB_NAME or MYSQL_DATABASE.',
    );
  }
  const place = socket === undefined ? host : 'localhost';
  const found = cloudIdentityOf(place, given, env);
  return {
    host: place,
    port: portOf(given),
    socket,
    user: given.user?.value ?? userName(),
    password: given.password && new Secret(given.password.value),
    database: given.database.value,
    ...(found && { identity: found }),
    tls: tlsSettings(given, place, found),
    connectTimeout: connectTimeout(given),
    warnings,
  };
}

/** With a path in place of a host as the socket that it means. */
function placed(given: Given): Given {
  const { host, ...rest } = given;
  return host?.value.startsWith('/') ? { socket: host, ...rest } : given;
}

function fromFamilies(guide: Given, own: Given, warnings: string[]): Given {
  const names = (family: Given): ParameterName[] => identity.filter((name) => family[name]);
  if (names(guide).length === 0 && names(own).length === 0) {
    throw invalidRequest(
      'source: no database is given',
      'Give --source mysql://user@host/database, or set DB_HOST, DB_NAME, DB_USER and DB_PASSWORD (or MYSQL_HOST, MYSQL_DATABASE, …).',
    );
  }
  for (const name of [...identity, 'password' as const]) refuseContradiction(name, guide, own);
  const unfit = guide.host && isThisMachine(guide.host.value) ? ['socket'] : [];
  const filled = names(own).filter((name) => !guide[name] && !unfit.includes(name));
  if (names(guide).length > 0 && filled.length > 0) {
    const variables = filled.map((name) => own[name]!.origin).join(', ');
    warnings.push(`the connection is put together from DB_* and ${variables}`);
  }
  return { ...without(own, unfit), ...guide };
}

function refuseContradiction(name: ParameterName, guide: Given, own: Given): void {
  const [a, b] = [guide[name], own[name]];
  if (!a || !b || a.value === b.value) return;
  const shown = name === 'password' ? '' : ` ("${a.value}" and "${b.value}")`;
  throw invalidRequest(
    `${name}: ${a.origin} and ${b.origin} say different things${shown}`,
    'Unset one of the two, or give --source.',
  );
}

function fromUrl(url: Given, guide: Given, own: Given): Given {
  const sameConnection = (family: Given): boolean =>
    identity.every((name) => !family[name] || !url[name] || family[name].value === url[name].value) &&
    !isElsewhere(family, url) &&
    !isElsewhere(url, family);
  const [fitsGuide, fitsOwn] = [sameConnection(guide), sameConnection(own)];
  if (!url.password && fitsGuide && fitsOwn) refuseContradiction('password', guide, own);
  const unfit: readonly string[] = [
    ...(fitsOwn ? [] : [...identity, 'password']),
    ...(url.host ? ['socket'] : []),
    ...(url.socket ? ['host'] : []),
  ];
  const { password, auth } = fitsGuide ? guide : {};
  return { ...without(own, unfit), ...(password && { password }), ...(auth && { auth }), ...url };
}

/** Whether the host of one is another machine than this one, where the socket of the other is. */
function isElsewhere({ host, socket }: Given, other: Given): boolean {
  return other.socket !== undefined && socket === undefined && host !== undefined && !isThisMachine(host.value);
}

function without(given: Given, names: readonly string[]): Given {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)));
}

function portOf({ port: given }: Given): number {
  if (given === undefined) return defaultPort;
  const port = Number(given.value);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw invalidRequest(`port: ${told(given)} is not a port`, 'A port is a number from 1 to 65535.');
}

function connectTimeout({ 'connect-timeout': given }: Given): number {
  if (!given) return defaultConnectTimeout * 1000;
  const seconds = Number(given.value);
  if (Number.isInteger(seconds) && seconds >= 0) return seconds * 1000;
  throw invalidRequest(`connect-timeout: ${told(given)} is not a number of seconds`, '0 waits for ever.');
}
