import net from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { TidemarkError } from '../../core/errors.js';
import type { Secret } from '../../core/secret.js';
import { refusedToken } from '../cloud-identity/refusal.js';
import { type CloudLogin, newToken } from '../cloud-identity/token.js';
import { type ConnectOptions, PgConnection } from './connection.js';
import { fromPg } from './errors/from-pg.js';
import type { HostSettings, PostgresSettings, SslMode } from './settings.js';
import { Wire } from '../../machine/wire.js';

const keepAliveAfter = 30_000;

/**
 * Connects to the first host that answers, by TLS as its `sslMode` says.
 * @throws source.unreachable, source.auth, source.tls, source.not-found (database); the signal's reason
 */
export async function connect(settings: PostgresSettings, options: ConnectOptions): Promise<PgConnection> {
  const failures: TidemarkError[] = [];
  for (const host of settings.hosts) {
    try {
      return await connectHost({ ...settings, hosts: [host] }, host, options);
    } catch (error) {
      options.signal.throwIfAborted();
      failures.push(TidemarkError.from(error));
    }
  }
  const [first] = failures;
  if (failures.length === 1 || !first) throw first ?? new TidemarkError('request.invalid', 'host: none is given');
  const all = failures.map((failure) => failure.message).join('; ');
  throw new TidemarkError(first.code, all, { ...(first.hint && { hint: first.hint }), retryable: first.retryable });
}

async function connectHost(
  settings: PostgresSettings,
  host: HostSettings,
  options: ConnectOptions,
): Promise<PgConnection> {
  const [first, second] = encryptionsToTry(host);
  try {
    return await connectOnce(settings, host, first, options);
  } catch (error) {
    if (second === undefined || !mayTryOther(error)) throw error;
    try {
      return await connectOnce(settings, host, second, options);
    } catch (other) {
      // What the server said to the way that the mode prefers is what helps, unless that way does not exist there.
      throw error instanceof TidemarkError && error.code === 'source.tls' ? other : error;
    }
  }
}

/** Whether to try with TLS, in order. Unix sockets know no TLS, whatever the mode (libpq's rule). */
function encryptionsToTry(host: HostSettings): [boolean, boolean?] {
  if (host.host.startsWith('/')) return [false];
  const order: Record<SslMode, [boolean, boolean?]> = {
    disable: [false],
    allow: [false, true],
    prefer: [true, false],
    require: [true],
    'verify-ca': [true],
    'verify-full': [true],
  };
  return order[host.sslMode];
}

/** The server has no TLS, or its pg_hba.conf refuses this kind of connection. A wrong password is not sent twice. */
function mayTryOther(error: unknown): boolean {
  if (!(error instanceof TidemarkError)) return false;
  return error.code === 'source.tls' || (error.cause as { code?: string } | undefined)?.code === '28000';
}

async function connectOnce(
  settings: PostgresSettings,
  host: HostSettings,
  encrypted: boolean,
  options: ConnectOptions,
): Promise<PgConnection> {
  const { signal, purpose } = options;
  signal.throwIfAborted();
  const wire = new Wire();
  const { client, bound, token } = makeClient(settings, { host, encrypted, wire, purpose });
  const abort = (): void => void wire.socket.destroy(TidemarkError.from(signal.reason));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await client.connect();
    if (settings.tls.channelBinding === 'require' && !bound()) throw notBound();
  } catch (error) {
    client.on('error', () => undefined);
    wire.socket.destroy();
    signal.throwIfAborted();
    throw await connectFailure(error, settings, { host, token: token() });
  } finally {
    signal.removeEventListener('abort', abort);
  }
  wire.adopt(client.connection.stream as net.Socket);
  const address = wire.socket.remoteAddress;
  const reached = { ...host, ...(address !== undefined && { address }) };
  return new PgConnection(client, wire, { ...settings, hosts: [reached] }, options);
}

function makeClient(
  settings: PostgresSettings,
  {
    host,
    encrypted,
    wire,
    purpose,
  }: {
    readonly host: HostSettings;
    readonly encrypted: boolean;
    readonly wire: Wire;
    readonly purpose: string | undefined;
  },
): { client: pg.Client; bound: () => boolean; token: () => Secret | undefined } {
  const { channelBinding, negotiation } = settings.tls;
  const binds = encrypted && channelBinding !== 'disable';
  let bindingOffered = false;
  let token: Secret | undefined;
  const client = new pg.Client({
    stream: () => wire.socket,
    host: host.address ?? host.host,
    port: host.port,
    user: settings.user,
    database: settings.database,
    application_name: purpose === undefined ? settings.applicationName : `${settings.applicationName} ${purpose}`,
    connectionTimeoutMillis: settings.connectTimeout,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfter,
    ssl: encrypted && tlsOptions(settings, host),
    sslnegotiation: encrypted ? negotiation : 'postgres',
    enableChannelBinding: binds,
    // pg asks only if the server wants a password. As a function, pg looks into no file and no variable of its own.
    password: async () => {
      if (channelBinding === 'require' && !bindingOffered) throw notBound();
      const login = loginOf(settings, host);
      if (login !== undefined) {
        token = await newToken(login);
        return token.reveal();
      }
      if (host.password === undefined) throw passwordMissing(settings, host);
      return host.password.reveal();
    },
  });
  client.connection.prependListener('authenticationSASL', (message: { mechanisms: string[] }) => {
    bindingOffered = binds && message.mechanisms.includes('SCRAM-SHA-256-PLUS');
  });
  // pg fills what is empty from variables of the process; settings are complete without them.
  const parameters = (client as unknown as { connectionParameters: Record<string, unknown> }).connectionParameters;
  Object.assign(parameters, { options: settings.options, replication: undefined });
  return { client, bound: () => bindingOffered, token: () => token };
}

function loginOf({ user }: PostgresSettings, { host, port, identity }: HostSettings): CloudLogin | undefined {
  return identity && { identity, host, port, user };
}

/** @param token what logged in, where it was no password */
function connectFailure(
  error: unknown,
  settings: PostgresSettings,
  { host, token }: { readonly host: HostSettings; readonly token: Secret | undefined },
): TidemarkError | Promise<TidemarkError> {
  const { user, database, connectTimeout: timeout } = settings;
  const secrets = token === undefined ? [] : [token.reveal()];
  const failure = fromPg(error, { doing: 'connecting', host, user, database, timeout, secrets });
  const login = loginOf(settings, host);
  // What was wrong before the server was asked says so itself.
  const isRefused = failure !== error && failure.code === 'source.auth';
  return login !== undefined && isRefused ? refusedToken(failure, login, 'postgres') : failure;
}

function notBound(): TidemarkError {
  return new TidemarkError('source.tls', 'the log-in is not bound to the TLS channel, and channel_binding=require', {
    hint: 'The server must ask for SCRAM over TLS. Without channel_binding=require the connection can be made.',
  });
}

function passwordMissing({ user }: PostgresSettings, { host, port }: HostSettings): TidemarkError {
  return new TidemarkError('source.auth', `${host}:${port} asks for a password of user "${user}", and none is given`, {
    hint: 'Set DB_PASSWORD or PGPASSWORD, or add a line to ~/.pgpass.',
  });
}

function tlsOptions({ tls }: PostgresSettings, { host, sslMode: mode }: HostSettings): ConnectionOptions {
  return {
    // The name to verify is the one that the user gave, also where the connection goes to an address found before.
    host,
    ...(net.isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
    ...(mode === 'verify-ca' && { checkServerIdentity: () => undefined }),
    ...(tls.roots && { ca: [...tls.roots] }),
    ...(tls.certificate !== undefined && { cert: tls.certificate }),
    ...(tls.key !== undefined && { key: tls.key.reveal() }),
    ...(tls.keyPassword !== undefined && { passphrase: tls.keyPassword.reveal() }),
  };
}
