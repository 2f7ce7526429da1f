import net from 'node:net';
import tls from 'node:tls';
import { TidemarkError } from '../../../core/errors.js';
import type { Secret } from '../../../core/secret.js';
import { Wire } from '../../../machine/wire.js';
import { refusedToken } from '../../cloud-identity/refusal.js';
import { type CloudLogin, newToken } from '../../cloud-identity/token.js';
import { type ConnectOptions, MysqlConnection } from './connection.js';
import { fromMysql } from './errors.js';
import type { MysqlSettings, SslMode } from './settings/shape.js';

const keepAliveAfter = 30_000;

/** Whether to try with TLS, in order. */
const encryptions: Readonly<Record<SslMode, readonly [boolean, boolean?]>> = {
  DISABLED: [false],
  PREFERRED: [true, false],
  REQUIRED: [true],
  VERIFY_CA: [true],
  VERIFY_IDENTITY: [true],
};

/**
 * Connects, by TLS as the settings say.
 * @throws source.unreachable, source.auth, source.tls, source.not-found (database); the signal's reason
 */
export async function connect(settings: MysqlSettings, options: ConnectOptions): Promise<MysqlConnection> {
  const [first, second] = encryptions[settings.tls.mode];
  try {
    return await connectOnce(settings, first, options);
  } catch (error) {
    const withoutTls = error instanceof TidemarkError && error.code === 'source.tls';
    if (second === undefined || !withoutTls) throw error;
    return connectOnce(settings, second, options);
  }
}

async function connectOnce(
  settings: MysqlSettings,
  encrypted: boolean,
  options: ConnectOptions,
): Promise<MysqlConnection> {
  const { signal, purpose } = options;
  signal.throwIfAborted();
  const { createConnection } = await import('mysql2');
  const wire = new Wire();
  const { host, port, socket, address } = settings;
  const login = loginOf(settings);
  // Afresh for every connection; it is made before, since mysql2 cannot wait for it.
  const token = login && (await newToken(login));
  signal.throwIfAborted();
  const password = token ?? settings.password;
  const client = createConnection({
    stream: () => {
      if (socket === undefined) wire.socket.connect({ host: address ?? host, port, keepAlive: true, noDelay: true });
      else wire.socket.connect({ path: socket });
      wire.socket.setKeepAlive(true, keepAliveAfter);
      return wire.socket;
    },
    host,
    port,
    user: settings.user,
    database: settings.database,
    ...(password && { password: password.reveal() }),
    ...(encrypted && { ssl: tlsOptions(settings) }),
    // Servers can look at a token only if they get it as it is. They are verified then, or are the proxy on this machine.
    enableCleartextPlugin: token !== undefined,
    connectTimeout: settings.connectTimeout,
    // One that all servers have.
    charset: 'UTF8MB4_GENERAL_CI',
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    disableEval: true,
    multipleStatements: false,
    // No file of this machine is ever sent, whatever the server asks for.
    flags: ['-LOCAL_FILES'],
    connectAttributes: { program_name: `tidemark ${purpose}` },
  } as Parameters<typeof createConnection>[0] & object);
  guardTls(client as unknown as TlsStarter, settings);
  const abort = (): void => void wire.socket.destroy(TidemarkError.from(signal.reason));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
      wire.socket.once('error', reject);
    });
  } catch (error) {
    client.on('error', () => undefined);
    wire.socket.on('error', () => undefined);
    wire.socket.destroy();
    signal.throwIfAborted();
    throw await connectFailure(error, settings, token);
  } finally {
    signal.removeEventListener('abort', abort);
  }
  wire.adopt((client as unknown as { readonly stream: net.Socket }).stream);
  const reached = wire.socket.remoteAddress;
  const found = { ...settings, ...(reached !== undefined && { address: reached }) };
  const isKiller = purpose === killing;
  const kill = (session: number): Promise<void> => (isKiller ? Promise.resolve() : killQuery(session, found, options));
  return new MysqlConnection(client, wire, found, { ...options, kill });
}

function loginOf({ identity, host, port, user }: MysqlSettings): CloudLogin | undefined {
  return identity && { identity, host, port, user };
}

/** What servers say of a user or a password that they do not take. */
const refusals: readonly unknown[] = ['ER_ACCESS_DENIED_ERROR', 'ER_ACCESS_DENIED_NO_PASSWORD_ERROR'];

/** @param token what logged in, where it was no password */
function connectFailure(
  error: unknown,
  settings: MysqlSettings,
  token: Secret | undefined,
): TidemarkError | Promise<TidemarkError> {
  const secrets = token === undefined ? [] : [token.reveal()];
  const failure = fromMysql(error, { doing: 'connecting to', settings, secrets });
  const login = loginOf(settings);
  const isRefused = refusals.includes((failure.cause as { readonly code?: unknown } | undefined)?.code);
  return login !== undefined && isRefused ? refusedToken(failure, login, 'mysql') : failure;
}

/** The purpose of a session that stops what another one runs. */
const killing = 'cancel';
/** Milliseconds: whoever ends a run does not wait longer for the server to hear of it. */
const killLimit = 2000;

async function killQuery(session: number, settings: MysqlSettings, options: ConnectOptions): Promise<void> {
  // A signal of its own, since the run's is the usual reason to stop.
  const signal = AbortSignal.timeout(killLimit);
  try {
    const other = await connect(settings, { ...options, signal, purpose: killing });
    try {
      await other.query(`KILL QUERY ${session}`);
    } finally {
      await other.close();
    }
  } catch {
    // The statement runs to its end, or until it has something to send.
  }
}

function tlsOptions({ host, tls: { mode, roots, certificate, key } }: MysqlSettings): object {
  return {
    rejectUnauthorized: mode === 'VERIFY_CA' || mode === 'VERIFY_IDENTITY',
    verifyIdentity: mode === 'VERIFY_IDENTITY' && net.isIP(host) === 0,
    ...(roots && { ca: [...roots] }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key && { key: key.reveal() }),
  };
}

/** What mysql2 does where the server has agreed to TLS; the password is sent after `secured`. */
interface TlsStarter {
  readonly stream: net.Socket;
  startTLS(secured: (error?: Error) => void): void;
}

/**
 * Does what mysql2 leaves undone: where the host is an address, it would take a certificate of "localhost"; and it writes a code
 * of its own over that of an error, so the error is given to it as a cause.
 */
function guardTls(client: TlsStarter, { host, tls: { mode } }: MysqlSettings): void {
  const startTls = client.startTLS.bind(client);
  const misnamed = (): Error | undefined =>
    mode === 'VERIFY_IDENTITY' && net.isIP(host) !== 0
      ? tls.checkServerIdentity(host, (client.stream as tls.TLSSocket).getPeerCertificate())
      : undefined;
  client.startTLS = (secured) => {
    const done = (error?: Error): void => {
      const cause = error ?? misnamed();
      secured(cause && new Error(cause.message, { cause }));
    };
    try {
      startTls(done);
    } catch (error) {
      // A key that is none, or not that of the certificate.
      done(error as Error);
    }
  };
}
