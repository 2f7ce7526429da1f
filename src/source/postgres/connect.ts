import net from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { TidemarkError } from '../../core/errors.js';
import { sendCancel } from './cancel.js';
import { type ErrorContext, fromPg } from './errors.js';
import type { HostSettings, PostgresSettings, SslMode } from './settings/shape.js';
import { type Receiver, Wire } from './wire.js';

const KEEP_ALIVE_AFTER = 30_000;

export interface ConnectOptions {
  readonly signal: AbortSignal;
  /** Ends the session's `application_name`: `tidemark lane`. */
  readonly purpose?: string;
}

/** A session with the server: a pg client for small statements, whose incoming bytes can be taken over. */
export class PgConnection {
  /** Rejects with the mapped error when the connection breaks; never resolves. */
  readonly lost: Promise<never>;
  private running = 0;
  private closing = false;

  constructor(
    readonly client: pg.Client,
    private readonly wire: Wire,
    /** The settings, reduced to the host (and its address) that answered. */
    readonly settings: PostgresSettings,
    private readonly signal: AbortSignal,
  ) {
    let lose: (error: TidemarkError) => void;
    this.lost = new Promise<never>((_, reject) => (lose = reject));
    this.lost.catch(() => undefined);
    const broken = (error: unknown): void => {
      if (!this.closing) lose(signal.aborted ? abortError(signal) : fromPg(error, { doing: 'the session was open' }));
    };
    client.on('error', broken);
    client.on('end', () => broken(new Error('Connection terminated unexpectedly')));
    const abort = (): void => this.abort();
    signal.addEventListener('abort', abort, { once: true });
    client.on('end', () => signal.removeEventListener('abort', abort));
  }

  get host(): HostSettings {
    return this.settings.hosts[0]!;
  }

  get encrypted(): boolean {
    return this.wire.encrypted;
  }

  /** Runs a small statement and returns its rows. @throws source.* with `context`; the signal's reason after an abort */
  async query<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
    context: ErrorContext = {},
  ): Promise<Row[]> {
    const result = await this.run(() => this.client.query<Row>(text, [...values]), context);
    return result.rows;
  }

  /** Awaits work on {@link client}; its errors come out as those of {@link query}. */
  async run<T>(work: () => Promise<T>, context: ErrorContext = {}): Promise<T> {
    this.signal.throwIfAborted();
    this.running += 1;
    try {
      return await work();
    } catch (error) {
      if (this.signal.aborted) throw abortError(this.signal);
      throw fromPg(error, context);
    } finally {
      this.running -= 1;
    }
  }

  /** See {@link Wire.takeOver}. Send the query (`client.query`, or a Submittable) first or after; no bytes get lost. */
  takeOver(receiver: Receiver): () => void {
    this.wire.takeOver(receiver);
    this.running += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.running -= 1;
      this.wire.release();
    };
  }

  feedParser(bytes: Uint8Array): void {
    this.wire.feedParser(bytes);
  }

  pause(): void {
    this.wire.pause();
  }

  resume(): void {
    this.wire.resume();
  }

  /** Asks the server, over a second connection, to stop the running statement. Never throws. */
  async cancel(): Promise<void> {
    await sendCancel(this.client, this.host);
  }

  /** Ends the session; at once if a statement is running. Never throws. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    if (this.running > 0) {
      await this.cancel();
      this.wire.socket.destroy();
      return;
    }
    await this.client.end().catch(() => undefined);
  }

  private abort(): void {
    if (this.running > 0) void this.cancel();
    this.wire.socket.destroy(abortError(this.signal));
  }
}

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
  const [first, second] = attempts(host);
  try {
    return await attempt(settings, host, first, options);
  } catch (error) {
    if (second === undefined || !mayTryOther(error)) throw error;
    try {
      return await attempt(settings, host, second, options);
    } catch (other) {
      // What the server said to the way that the mode prefers is what helps, unless that way does not exist there.
      throw error instanceof TidemarkError && error.code === 'source.tls' ? other : error;
    }
  }
}

/** Whether to try with TLS, in order. Unix sockets know no TLS, whatever the mode (libpq's rule). */
function attempts(host: HostSettings): [boolean, boolean?] {
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

async function attempt(
  settings: PostgresSettings,
  host: HostSettings,
  encrypted: boolean,
  { signal, purpose }: ConnectOptions,
): Promise<PgConnection> {
  signal.throwIfAborted();
  const wire = new Wire();
  const { client, bound } = makeClient(settings, host, encrypted, wire, purpose);
  const abort = (): void => void wire.socket.destroy(abortError(signal));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await client.connect();
    if (settings.tls.channelBinding === 'require' && !bound()) throw notBound();
  } catch (error) {
    client.on('error', () => undefined);
    wire.socket.destroy();
    signal.throwIfAborted();
    throw fromPg(error, {
      doing: 'connecting',
      host,
      user: settings.user,
      database: settings.database,
      timeout: settings.connectTimeout,
    });
  } finally {
    signal.removeEventListener('abort', abort);
  }
  wire.adopt(client.connection.stream);
  const address = wire.socket.remoteAddress;
  const reached = { ...host, ...(address !== undefined && { address }) };
  return new PgConnection(client, wire, { ...settings, hosts: [reached] }, signal);
}

function makeClient(
  settings: PostgresSettings,
  host: HostSettings,
  encrypted: boolean,
  wire: Wire,
  purpose?: string,
): { client: pg.Client; bound: () => boolean } {
  const { channelBinding, negotiation } = settings.tls;
  const binds = encrypted && channelBinding !== 'disable';
  let bindingOffered = false;
  const client = new pg.Client({
    stream: () => wire.socket,
    host: host.address ?? host.host,
    port: host.port,
    user: settings.user,
    database: settings.database,
    application_name: purpose === undefined ? settings.applicationName : `${settings.applicationName} ${purpose}`,
    connectionTimeoutMillis: settings.connectTimeout,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER,
    ssl: encrypted && tlsOptions(settings, host),
    sslnegotiation: encrypted ? negotiation : 'postgres',
    enableChannelBinding: binds,
    // pg asks only if the server wants a password. As a function, pg looks into no file and no variable of its own.
    password: () => {
      if (channelBinding === 'require' && !bindingOffered) throw notBound();
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
  return { client, bound: () => bindingOffered };
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

function abortError(signal: AbortSignal): TidemarkError {
  return TidemarkError.from(signal.reason);
}
