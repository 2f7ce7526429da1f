import { chmodSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TidemarkError } from '../../../../src/core/errors.js';
import { connect } from '../../../../src/source/postgres-protocol/connect.js';
import type { PgConnection } from '../../../../src/source/postgres-protocol/connection.js';
import { resolveConnection } from '../../../../src/source/postgres/connection/settings/resolve.js';
import { type PostgresServer, startPostgres } from '../../../servers/postgres.js';
import { Authority, type Certificate, hasOpenssl } from './certificates.js';

const oddPassword = 'öffne-dich"\'';

let withTls: PostgresServer;
let withoutTls: PostgresServer;
let authority: Authority | undefined;
let stranger: Authority | undefined;
let client: Certificate | undefined;

beforeAll(async () => {
  if (hasOpenssl()) {
    authority = new Authority();
    stranger = new Authority('Somebody else');
    client = authority.issue('reader', 'DNS:reader');
    chmodSync(client.keyFile, 0o600);
  }
  const certificate = authority?.issue('server', 'DNS:localhost');
  [withTls, withoutTls] = await Promise.all([
    startPostgres({
      auth: 'scram-sha-256',
      password: oddPassword,
      ...(certificate && { ssl: { cert: certificate.cert, key: certificate.key, ca: authority!.root.cert } }),
      hba: [
        'local all all trust',
        'hostssl all reader all cert',
        'host all noone all reject',
        'hostnossl all plainonly all trust',
        'hostssl all tlsonly all trust',
        'host all plainonly,tlsonly all reject',
        'host all all all scram-sha-256',
      ],
    }),
    startPostgres({ version: 14 }),
  ]);
  const admin = await connectTo(`postgres://postgres@/postgres?host=${withTls.socketFolder}&port=${withTls.port}`);
  for (const role of ['reader', 'noone', 'plainonly', 'tlsonly']) await admin.query(`CREATE ROLE ${role} LOGIN`);
  await admin.query('CREATE ROLE few LOGIN CONNECTION LIMIT 0');
  await admin.query(`ALTER ROLE few PASSWORD 'x'`);
  await admin.close();
});

afterAll(async () => {
  await Promise.all([withTls.stop(), withoutTls.stop()]);
  authority?.remove();
  stranger?.remove();
});

function connectTo(url: string, signal = new AbortController().signal, env = {}): Promise<PgConnection> {
  return connect(resolveConnection({ url, env, home: '/nonexistent' }), { signal });
}

async function failure(url: string, signal?: AbortSignal, env?: Record<string, string>): Promise<TidemarkError> {
  const error: unknown = await connectTo(url, signal, env).then(
    (connection) => connection.close().then(() => new Error('it connected')),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TidemarkError);
  const { message, hint, cause } = error as TidemarkError;
  expect(`${message} ${hint} ${String(cause)}`).not.toContain(oddPassword);
  return error as TidemarkError;
}

const at = (server: PostgresServer, host = 'localhost', user = 'postgres'): string =>
  `postgres://${user}:${encodeURIComponent(oddPassword)}@${host}:${server.port}/postgres`;

async function encryption(connection: PgConnection): Promise<boolean> {
  const [row] = await connection.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
  expect(connection.encrypted).toBe(row!.ssl);
  await connection.close();
  return row!.ssl;
}

describe.skipIf(!hasOpenssl())('sslmode, on a server with TLS (openssl makes its certificates)', () => {
  const root = (): string => `sslrootcert=${authority!.root.certFile}`;

  it.each<[string, string, boolean]>([
    ['disable', 'localhost', false],
    ['allow', 'localhost', false],
    ['prefer', 'localhost', true],
    ['require', '127.0.0.1', true],
  ])('%s to %s: encrypted %s, without verifying', async (mode, host, encrypted) => {
    expect(await encryption(await connectTo(`${at(withTls, host)}?sslmode=${mode}`))).toBe(encrypted);
  });

  it('verify-full accepts the name in the certificate, and no other', async () => {
    expect(await encryption(await connectTo(`${at(withTls)}?sslmode=verify-full&${root()}`))).toBe(true);
    const error = await failure(`${at(withTls, '127.0.0.1')}?sslmode=verify-full&${root()}`);
    expect(error.code).toBe('source.tls');
    expect(error.message).toContain('another host name');
    expect(error.hint).toContain('verify-ca');
  });

  it('verifies the name that the user gave where the address is known already', async () => {
    const url = `${at(withTls)}?sslmode=verify-full&${root()}&hostaddr=127.0.0.1`;
    expect(await encryption(await connectTo(url))).toBe(true);
    const error = await failure(`${at(withTls, 'elsewhere.example')}?sslmode=verify-full&${root()}&hostaddr=127.0.0.1`);
    expect(error.message).toContain('another host name');
  });

  it('verify-ca and require with roots accept any name of a trusted authority', async () => {
    expect(await encryption(await connectTo(`${at(withTls, '127.0.0.1')}?sslmode=verify-ca&${root()}`))).toBe(true);
    expect(await encryption(await connectTo(`${at(withTls, '127.0.0.1')}?sslmode=require&${root()}`))).toBe(true);
  });

  it.each(['verify-full', 'verify-ca', 'require'])('%s refuses an authority that is not trusted', async (mode) => {
    const error = await failure(`${at(withTls)}?sslmode=${mode}&sslrootcert=${stranger!.root.certFile}`);
    expect(error.code).toBe('source.tls');
    expect(error.hint).toContain('sslrootcert');
  });

  it('does not take the roots of the system for those of the server', async () => {
    expect((await failure(`${at(withTls)}?sslrootcert=system`)).code).toBe('source.tls');
  });

  it('allow and prefer change sides where pg_hba.conf wants it', async () => {
    expect(await encryption(await connectTo(`${at(withTls, 'localhost', 'plainonly')}?sslmode=prefer`))).toBe(false);
    expect(await encryption(await connectTo(`${at(withTls, 'localhost', 'tlsonly')}?sslmode=allow`))).toBe(true);
    expect((await failure(`${at(withTls, 'localhost', 'plainonly')}?sslmode=require`)).code).toBe('source.auth');
  });

  it('logs in by client certificate', async () => {
    const parts = `sslcert=${client!.certFile}&sslkey=${client!.keyFile}`;
    const url = `postgres://reader@localhost:${withTls.port}/postgres?sslmode=require`;
    expect(await encryption(await connectTo(`${url}&${parts}`))).toBe(true);
    const error = await failure(url);
    expect(error.code).toBe('source.auth');
  });

  it('binds the log-in to the TLS channel when asked, and insists when required', async () => {
    expect(await encryption(await connectTo(`${at(withTls)}?sslmode=require&channel_binding=require`))).toBe(true);
    // Without TLS there is no channel: the second way is taken.
    expect(await encryption(await connectTo(`${at(withTls)}?sslmode=allow&channel_binding=require`))).toBe(true);
    const trusted = await failure(`${at(withTls, 'localhost', 'tlsonly')}?sslmode=require&channel_binding=require`);
    expect(trusted.code).toBe('source.tls');
  });

  it('negotiates TLS directly', async () => {
    expect(await encryption(await connectTo(`${at(withTls)}?sslmode=require&sslnegotiation=direct`))).toBe(true);
  });
});

describe('a server without TLS', () => {
  it.each(['prefer', 'allow', 'disable'])('is reached with sslmode=%s', async (mode) => {
    expect(await encryption(await connectTo(`${at(withoutTls)}?sslmode=${mode}`))).toBe(false);
  });

  it('is refused with sslmode=require', async () => {
    const error = await failure(`${at(withoutTls)}?sslmode=require`);
    expect(error.code).toBe('source.tls');
    expect(error.message).toContain('does not speak TLS');
    expect(error.hint).toContain('sslmode=disable');
  });

  it('is reached by its unix socket whatever the mode', async () => {
    const url = `postgres://postgres@/postgres?host=${withoutTls.socketFolder}&port=${withoutTls.port}&sslmode=require`;
    expect(await encryption(await connectTo(url))).toBe(false);
  });
});

describe('failures', () => {
  it.each<[string, () => string, string, string]>([
    [
      'a wrong password',
      () => at(withTls).replace(/:[^:@]*@/, ':wrong@'),
      'source.auth',
      'password authentication failed',
    ],
    ['no password', () => `postgres://postgres@localhost:${withTls.port}/postgres`, 'source.auth', 'none is given'],
    ['an unknown user', () => at(withTls, 'localhost', 'nobody'), 'source.auth', 'nobody'],
    ['a user that pg_hba.conf rejects', () => at(withTls, 'localhost', 'noone'), 'source.auth', 'noone'],
    [
      'an unknown database',
      () => at(withoutTls).replace(/postgres$/, 'nowhere'),
      'source.not-found',
      '"nowhere" does not exist',
    ],
    ['a closed port', () => 'postgres://u@127.0.0.1:1/d', 'source.unreachable', '127.0.0.1:1: nothing listens there'],
    ['a missing socket', () => 'postgres://u@%2Fno%2Fwhere/d', 'source.unreachable', '/no/where/.s.PGSQL.5432'],
    [
      'a name that does not exist',
      () => 'postgres://u@no.such.invalid/d',
      'source.unreachable',
      'no.such.invalid:5432',
    ],
    [
      'too many connections',
      () => at(withTls, 'localhost', 'few').replace(/:[^:@]*@/, ':x@'),
      'source.unreachable',
      'too many connections',
    ],
  ])('%s', async (_, url, code, text) => {
    const error = await failure(url());
    expect(error.code).toBe(code);
    expect(error.message).toContain(text);
    expect(error.hint).toBeTruthy();
    expect(error.exitCode).toBe(3);
  });

  it('goes on to the next host, and names all when none answers', async () => {
    const connection = await connectTo(`postgres://postgres@127.0.0.1:1,127.0.0.1:${withoutTls.port}/postgres`);
    expect(connection.settings.hosts).toHaveLength(1);
    expect(connection.host).toMatchObject({ port: withoutTls.port, address: '127.0.0.1' });
    await connection.close();
    const error = await failure('postgres://u@127.0.0.1:1,127.0.0.1:2/d');
    expect(error.message).toMatch(/127\.0\.0\.1:1.*127\.0\.0\.1:2/);
  });
});

describe('a server that does not answer', () => {
  let silent: Server;
  let port: number;
  beforeAll(async () => {
    silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    port = (silent.address() as { port: number }).port;
  });
  afterAll(() => void silent.close());

  it('is given up after connect_timeout', async () => {
    const error = await failure(`postgres://u@127.0.0.1:${port}/d?connect_timeout=1&sslmode=disable`);
    expect(error.code).toBe('source.unreachable');
    expect(error.message).toContain('no answer within 1 s (connect_timeout)');
    expect(error.retryable).toBe(true);
  });

  it('is given up when the run is aborted', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new TidemarkError('interrupted.sigint', 'interrupted')), 50);
    const error = await failure(`postgres://u@127.0.0.1:${port}/d`, controller.signal);
    expect(error.code).toBe('interrupted.sigint');
  });
});

describe('a session', () => {
  const url = (): string => at(withoutTls);

  it('is named tidemark and what it is for', async () => {
    const settings = resolveConnection({ url: url(), env: {}, home: '/nonexistent' });
    const connection = await connect(settings, { signal: new AbortController().signal, purpose: 'lane' });
    const [row] = await connection.query(`SELECT current_setting('application_name') AS name`);
    expect(row).toEqual({ name: 'tidemark lane' });
    await connection.close();
  });

  it('ends with the signal, and its statement ends on the server too', async () => {
    const controller = new AbortController();
    const connection = await connectTo(url(), controller.signal);
    const watcher = await connectTo(url());
    const statement = connection.query('SELECT pg_sleep(60)');
    await sleep(200);
    controller.abort(new TidemarkError('interrupted.sigterm', 'interrupted'));
    await expect(statement).rejects.toMatchObject({ code: 'interrupted.sigterm' });
    await expect(connection.lost).rejects.toMatchObject({ code: 'interrupted.sigterm' });
    await expect
      .poll(() => watcher.query(`SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'`), {
        timeout: 3000,
      })
      .toEqual([]);
    await watcher.close();
  });

  it('tells when the server ends it, while idle and while busy', async () => {
    const admin = await connectTo(url());
    for (const busy of [false, true]) {
      const connection = await connectTo(url());
      const [row] = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const statement = busy ? connection.query('SELECT pg_sleep(60)') : undefined;
      const outcome = statement && expect(statement).rejects.toMatchObject({ code: 'source.lost', retryable: true });
      await sleep(100);
      await admin.query('SELECT pg_terminate_backend($1)', [row!.pid]);
      await expect(connection.lost).rejects.toMatchObject({ code: 'source.lost', retryable: true });
      await outcome;
      await connection.close();
    }
    await admin.close();
  });

  it("tells what pg's parser throws to whoever waits for an answer", async () => {
    const connection = await connectTo(url());
    const statement = connection.query('SELECT pg_sleep(60)', [], { doing: 'waiting' });
    const refused = expect(statement).rejects.toMatchObject({ message: expect.stringMatching(/^waiting: /) as string });
    // A ParameterDescription (t) that claims five types, and ends.
    connection.feedParser(Buffer.from([0x74, 0, 0, 0, 6, 0, 5]));
    await refused;
    await connection.close();
  });

  // Such a value takes 1.2 GB.
  it.runIf(process.env['TIDEMARK_TEST_LONG'] === '1')('says that a text is too long for the cursor', async () => {
    const connection = await connectTo(url());
    await expect(connection.query(`SELECT repeat('x', 608 * 1024 * 1024)`)).rejects.toMatchObject({
      code: 'source.unsupported',
      hint: expect.stringContaining('--via cursor') as string,
    });
    await connection.close();
  });

  it('takes nothing from variables of the process', async () => {
    for (const [name, value] of Object.entries({
      PGOPTIONS: '-c work_mem=77MB',
      PGAPPNAME: 'x',
      PGSSLMODE: 'require',
      PGUSER: 'nobody',
    })) {
      vi.stubEnv(name, value);
    }
    try {
      const connection = await connectTo(url());
      const [row] = await connection.query(`SELECT current_setting('work_mem') AS mem, current_user AS user`);
      expect(row).toMatchObject({ user: 'postgres' });
      expect(row!['mem']).not.toBe('77MB');
      await connection.close();
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('passes PGOPTIONS of the settings on', async () => {
    const connection = await connectTo(url(), undefined, { PGOPTIONS: '-c work_mem=77MB' });
    expect(await connection.query(`SELECT current_setting('work_mem') AS mem`)).toEqual([{ mem: '77MB' }]);
    await connection.close();
  });
});
