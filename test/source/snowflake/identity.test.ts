import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { snapshot, type SnapshotOptions } from '../../../dist/index.js';
import { type SnowflakeStandIn, startSnowflake } from '../../servers/snowflake/snowflake.js';
import { emptyFolder, tidemarkHere } from '../../support/cli.js';
import { fileWith } from './given.js';

type Env = Readonly<Record<string, string>>;

let service: SnowflakeStandIn;
let source: string;

beforeAll(async () => {
  service = await startSnowflake({ chunkRows: 100, inlineRows: 100, partitionRows: 100, firstPartitionRows: 100 });
  // The vendor's client gives a workload's token to Snowflake's own hosts alone.
  process.env['SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES'] = '127.0.0.1';
  source = `snowflake://${service.account}/DB/PUBLIC?host=${service.url}`;
  const rows = Array.from({ length: 400 }, (_, id) => ({ ID: String(id) }));
  await service.createTable({ table: 'T', columns: [{ name: 'ID', type: 'NUMBER(9,0)' }], rows });
});
afterAll(() => service.stop());
beforeEach(() => service.faults());

let versions = 0;
const make = (env: Env, options: Partial<SnapshotOptions> = {}): ReturnType<typeof snapshot> =>
  snapshot(
    { source, table: 't', dataset: `dataset://d/v${(versions += 1)}`, out: emptyFolder('out'), ...options },
    { env },
  );

const user = (): Env => ({ SNOWFLAKE_USER: service.user });
const oauth = (): Env => ({ SNOWFLAKE_AUTHENTICATOR: 'oauth', SNOWFLAKE_TOKEN: service.tokens.oauth });
const access = (): Env => ({
  SNOWFLAKE_AUTHENTICATOR: 'programmatic_access_token',
  SNOWFLAKE_TOKEN: service.tokens.access,
});
const workload = (): Env => ({
  SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER: 'OIDC',
  SNOWFLAKE_TOKEN: service.tokens.workload,
});
const password = (): Env => ({ ...user(), SNOWFLAKE_PASSWORD: service.password });
const keyFile = (how: Parameters<SnowflakeStandIn['keyFile']>[0] = {}): Env => ({
  ...user(),
  SNOWFLAKE_PRIVATE_KEY_PATH: service.keyFile(how),
});
const lockedKey = (): Env => ({
  ...keyFile({ encrypted: true, headerless: true, passphrase: 'pass-canary' }),
  SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: 'pass-canary',
});

/** By which road statements that read the table ran, and how the last login was made. */
async function since(
  start: number,
): Promise<{ readonly roads: readonly string[]; readonly login: string | undefined }> {
  const { statements, logins } = await service.seen();
  const reading = statements
    .slice(start)
    .filter(({ sql, describeOnly }) => /\bT\b/.test(sql) && !describeOnly && !sql.startsWith('SHOW'));
  return { roads: reading.map(({ road }) => road), login: logins.at(-1)?.authenticator };
}
const count = async (): Promise<number> => (await service.seen()).statements.length;

describe('who asks is known', () => {
  it.each([
    ['a key', () => keyFile(), 'SNOWFLAKE_JWT', 'KEYPAIR_JWT'],
    ['an encrypted key without header lines', lockedKey, 'SNOWFLAKE_JWT', 'KEYPAIR_JWT'],
    ['a token of OAuth', oauth, 'OAUTH', 'OAUTH'],
    ['a programmatic access token', access, 'PROGRAMMATIC_ACCESS_TOKEN', 'PROGRAMMATIC_ACCESS_TOKEN'],
  ])('by %s, by both roads', async (_, env, authenticator, tokenType) => {
    for (const [via, road] of [
      ['auto', 'api'],
      ['chunks', 'driver'],
    ] as const) {
      const start = await count();
      expect((await make(env(), { via })).rows).toBe(400);
      expect(await since(start)).toEqual({ roads: [road], login: authenticator });
    }
    const api = (await service.seen()).requests.filter(({ path }) => path.startsWith('/api/'));
    expect(api.at(-1)!.tokenType).toBe(tokenType);
  });

  it.each([
    ['a password', password, 'SNOWFLAKE', 'a password'],
    ['a workload’s identity', workload, 'WORKLOAD_IDENTITY', 'a workload’s identity'],
  ])('by %s, by chunks alone', async (_, env, authenticator, what) => {
    for (const via of ['auto', 'chunks'] as const) {
      const start = await count();
      expect((await make(env(), { via })).rows).toBe(400);
      expect((await since(start)).roads).toEqual(['driver']);
      expect((await service.seen()).logins.at(-1)).toMatchObject({ good: true, application: 'tidemark' });
    }
    expect((await service.seen()).logins.at(-1)!.authenticator.toUpperCase()).toBe(authenticator);
    await expect(make(env(), { via: 'api' })).rejects.toMatchObject({
      code: 'request.invalid',
      message: `via: the SQL API does not take ${what}`,
      hint: 'Leave --via out, or give a key or a token.',
    });
  });

  it('by a token in a file, which is read again when there is another one', async () => {
    const path = fileWith(`${service.tokens.oauth}\n`);
    const env = { SNOWFLAKE_AUTHENTICATOR: 'oauth', SNOWFLAKE_TOKEN_FILE_PATH: path };
    for (const via of ['api', 'chunks'] as const) {
      writeFileSync(path, 'next-token-canary');
      await service.settings({ oauthTokens: ['next-token-canary'], expiredTokens: [service.tokens.oauth] });
      expect((await make(env, { via })).rows).toBe(400);
    }
    // Parts of a result wait, while the token that began it runs out.
    await service.faults({ path: 'partition=', wait: 600 });
    const reading = make(env, { via: 'api', lanes: 1 });
    while ((await service.seen()).left > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    writeFileSync(path, 'last-token-canary');
    await service.settings({ oauthTokens: ['last-token-canary', 'next-token-canary'] });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await service.settings({ oauthTokens: ['last-token-canary'], expiredTokens: ['next-token-canary'] });
    expect((await reading).rows).toBe(400);
    await service.settings({ oauthTokens: [service.tokens.oauth], expiredTokens: [] });
  });

  it('and nothing is told to the vendor beside what is asked', async () => {
    const { telemetry, logins } = await service.seen();
    expect(telemetry).toBe(0);
    expect(logins.some(({ environment }) => environment.includes('APPLICATION'))).toBe(true);
  });
});

describe('who asks is refused', () => {
  const as = 'cannot log in at http:';
  it.each<[string, () => Env, string, string]>([
    [
      'a wrong password',
      () => ({ ...password(), SNOWFLAKE_PASSWORD: 'wrong-canary' }),
      'as ROBOT (password: SNOWFLAKE_PASSWORD): Incorrect username or password was specified.',
      'User and password',
    ],
    [
      'a wrong key',
      () => keyFile({ wrong: true }),
      'as ROBOT (key pair: SNOWFLAKE_PRIVATE_KEY_PATH): JWT token is invalid.',
      'RSA_PUBLIC_KEY',
    ],
    [
      'a wrong token of OAuth',
      () => ({ ...oauth(), SNOWFLAKE_TOKEN: 'wrong-canary' }),
      'as the user (OAuth: SNOWFLAKE_TOKEN): Invalid OAuth access token.',
      'OAuth',
    ],
    [
      'a wrong access token',
      () => ({ ...access(), SNOWFLAKE_TOKEN: 'wrong-canary' }),
      'as the user (programmatic access token: SNOWFLAKE_TOKEN): Programmatic access token is invalid.',
      'expired',
    ],
    [
      'a workload of somebody else',
      () => ({ ...workload(), SNOWFLAKE_TOKEN: 'wrong-canary' }),
      'as the user (workload identity of OIDC: SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER): Workload identity authentication failed.',
      'WORKLOAD_IDENTITY',
    ],
  ])('for %s, at once', async (_, env, said, hint) => {
    const before = (await service.seen()).logins.length;
    const out = emptyFolder('out');
    const words = [
      'snapshot',
      '--source',
      source,
      '--table',
      't',
      '--dataset',
      'dataset://d/v1',
      '--out',
      out,
      '--json',
    ];
    const allowed = { SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES: '127.0.0.1' };
    const { code, stdout, stderr } = await tidemarkHere(words, { env: { ...allowed, ...env() } });
    expect([code, stderr]).toEqual([3, expect.stringContaining(said)]);
    expect(stderr).toContain(as);
    expect(JSON.parse(stdout)).toMatchObject({ code: 'source.auth' });
    expect(stderr).toContain(hint);
    expect(stdout + stderr).not.toContain('canary');
    expect((await service.seen()).logins.length - before).toBe(1);
  });

  it('for a token that has expired', async () => {
    await service.settings({ expiredTokens: ['old-canary'] });
    await expect(make({ ...oauth(), SNOWFLAKE_TOKEN: 'old-canary' })).rejects.toMatchObject({
      code: 'source.auth',
      message: expect.stringMatching(/as the user \(OAuth: SNOWFLAKE_TOKEN\): OAuth access token expired\.$/) as string,
      hint: 'The token has expired: get a new one.',
    });
    await service.settings({ expiredTokens: [] });
  });

  it('for a token in a file that is gone', async () => {
    const path = join(emptyFolder('token'), 'none');
    const env = { SNOWFLAKE_AUTHENTICATOR: 'oauth', SNOWFLAKE_TOKEN_FILE_PATH: path };
    await expect(make(env)).rejects.toMatchObject({ message: `SNOWFLAKE_TOKEN_FILE_PATH: ${path} is not there` });
  });

  it('for a role that is not granted', async () => {
    await expect(make({ ...keyFile(), SNOWFLAKE_ROLE: 'OWNER' })).rejects.toMatchObject({
      code: 'source.permission',
      message: expect.stringMatching(/Role 'OWNER' specified in the connect string is not granted/) as string,
      hint: 'The role is not granted to the user: GRANT ROLE … TO USER ….',
    });
  });

  it.each(['api', 'chunks'] as const)('for a warehouse that is not there, or none, by %s', async (via) => {
    const refused = {
      code: 'request.invalid',
      message: expect.stringMatching(/No active warehouse selected/) as string,
      hint: expect.stringMatching(/^Name a warehouse: \?warehouse=NAME in the URL, SNOWFLAKE_WAREHOUSE/) as string,
    };
    await expect(make({ ...keyFile(), SNOWFLAKE_WAREHOUSE: 'NONE' }, { via })).rejects.toMatchObject(refused);
    await service.settings({ warehouse: null });
    await expect(make(keyFile(), { via })).rejects.toMatchObject(refused);
    await service.settings({ warehouse: 'WH' });
  });

  it('for a workload, where the host is not one of Snowflake’s', async () => {
    delete process.env['SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES'];
    const before = (await service.seen()).logins.length;
    await expect(make(workload())).rejects.toMatchObject({
      code: 'source.auth',
      message: expect.stringMatching(/requires a recognized Snowflake host\. Got: 127\.0\.0\.1/) as string,
    });
    expect((await service.seen()).logins.length).toBe(before);
    process.env['SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES'] = '127.0.0.1';
  });

  it('for another account', async () => {
    const other = source.replace(service.account, 'org-other');
    await expect(make(keyFile(), { source: other })).rejects.toMatchObject({ code: 'source.auth' });
  });
});
