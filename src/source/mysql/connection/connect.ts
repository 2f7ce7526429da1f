import type net from 'node:net';
import { TidemarkError } from '../../../core/errors.js';
import { Wire } from '../../../machine/wire.js';
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
    ...(settings.password && { password: settings.password.reveal() }),
    ...(encrypted && { ssl: tlsOptions(settings) }),
    ...(settings.connectTimeout > 0 && { connectTimeout: settings.connectTimeout }),
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
    throw fromMysql(error, { doing: 'connecting to', settings });
  } finally {
    signal.removeEventListener('abort', abort);
  }
  wire.adopt((client as unknown as { readonly stream: net.Socket }).stream);
  const reached = wire.socket.remoteAddress;
  return new MysqlConnection(
    client,
    wire,
    { ...settings, ...(reached !== undefined && { address: reached }) },
    options,
  );
}

function tlsOptions({ tls }: MysqlSettings): object {
  const verifies = tls.mode === 'VERIFY_CA' || tls.mode === 'VERIFY_IDENTITY';
  return {
    rejectUnauthorized: verifies,
    verifyIdentity: tls.mode === 'VERIFY_IDENTITY',
    ...(tls.roots && { ca: [...tls.roots] }),
    ...(tls.certificate !== undefined && { cert: tls.certificate }),
    ...(tls.key && { key: tls.key.reveal() }),
  };
}
