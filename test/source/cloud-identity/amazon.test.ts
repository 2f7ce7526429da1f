import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { TidemarkError } from '../../../src/core/errors.js';
import { resolveConnection as postgresSettings } from '../../../src/source/postgres/connection/settings/resolve.js';
import { connect as connectPostgres } from '../../../src/source/postgres-protocol/connect.js';
import { makeCertificate } from '../../servers/bigquery/certificates.mjs';
import type { Gate, SeenLogin } from '../../servers/cloud-identity/gate.js';
import { startMysqlGate } from '../../servers/cloud-identity/mysql-gate.js';
import { startPostgresGate } from '../../servers/cloud-identity/postgres-gate.js';
import { faultOfToken } from '../../servers/cloud-identity/rds-token.js';
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.js';
import { startMetadata } from '../../servers/redshift/metadata.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { connectTo } from '../mysql/connection/connect-to.js';

let folder: string;
let authority: string;
let metadata: Awaited<ReturnType<typeof startMetadata>>;
let database: FreshDatabase;
let postgres: Gate;
let mysql: Gate;
let isOpen = true;
let machine: Readonly<Record<string, string>>;

const region = 'eu-west-1';
const fault = ({ user, token }: SeenLogin, { port }: Gate): string | undefined =>
  faultOfToken(token, { place: `localhost:${port}`, user, region, keyOf: (id) => metadata.keys.get(id) });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-iam-'));
  const { certificate, key } = await makeCertificate(folder);
  authority = certificate;
  const secure = { key: readFileSync(key, 'utf8'), cert: readFileSync(certificate, 'utf8') };
  metadata = await startMetadata({ lifetimeSeconds: 3600, role: 'reader', region });
  machine = { AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url, AWS_EC2_METADATA_V1_DISABLED: 'true' };
  const server = inject('postgres18');
  database = await freshDatabase(server);
  const letsIn = (login: SeenLogin): boolean => isOpen && login.encrypted && login.token !== '';
  postgres = await startPostgresGate({ upstream: server, secure, letsIn });
  mysql = await startMysqlGate({ secure, letsIn });
});
afterAll(async () => {
  [postgres, mysql, metadata].forEach((one) => one.stop());
  await database.drop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  isOpen = true;
  vi.stubEnv('HOME', folder);
  for (const [name, value] of Object.entries(machine)) vi.stubEnv(name, value);
});
afterEach(() => void vi.unstubAllEnvs());

const urls = {
  postgres: () => `postgres://postgres@localhost:${postgres.port}/${database.name}?sslrootcert=${authority}`,
  mysql: () => `mysql://ml@localhost:${mysql.port}/shop?ssl-ca=${authority}`,
};
const asAmazon = `&auth=aws-iam&region=${region}`;

async function connects(kind: 'postgres' | 'mysql', more = asAmazon): Promise<void> {
  const url = urls[kind]() + more;
  const { signal } = new AbortController();
  const settings = { url, env: {}, home: folder };
  const session = await (kind === 'mysql' ? connectTo(url) : connectPostgres(postgresSettings(settings), { signal }));
  await session.close();
}

/** Why it does not connect; no secret is in what is told of it. */
async function failure(kind: 'postgres' | 'mysql', more?: string): Promise<TidemarkError> {
  const thrown = await connects(kind, more).then(
    () => new Error('it connected'),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(TidemarkError);
  expect(inspect(thrown, { depth: 9 })).not.toMatch(/canary|X-Amz-Signature/);
  return thrown as TidemarkError;
}

const gates = { postgres: () => postgres, mysql: () => mysql };

describe.each(['postgres', 'mysql'] as const)('%s', (kind) => {
  it('gets a token that is signed for it, another one for every connection', async () => {
    const { logins } = gates[kind]();
    const before = logins.length;
    await connects(kind);
    await connects(kind);
    const seen = logins.slice(before);
    expect(seen.map((login) => fault(login, gates[kind]()))).toEqual([undefined, undefined]);
    expect(new Set(seen.map(({ token }) => token)).size).toBe(2);
  });

  it('says who was refused, and what lets them in', async () => {
    isOpen = false;
    const { code, message, hint } = await failure(kind);
    const user = { postgres: 'postgres', mysql: 'ml' }[kind];
    expect(code).toBe('source.auth');
    expect(message).toContain(`(as ${user}, by the role of the machine ("reader", by its metadata service))`);
    expect(message).toContain('with ***');
    expect(hint).toContain({ postgres: 'GRANT rds_iam TO postgres;', mysql: 'AWSAuthenticationPlugin' }[kind]);
    expect(hint).toContain(`rds-db:connect on arn:aws:rds-db:${region}:ACCOUNT:dbuser:RESOURCE-ID/${user}`);
  });

  it('says that nobody is there to sign', async () => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const { logins } = gates[kind]();
    const before = logins.length;
    expect(await failure(kind)).toMatchObject({
      code: 'source.auth',
      message: expect.stringContaining('cannot make a token of AWS: ') as string,
      hint: expect.stringContaining('No identity was found') as string,
    });
    expect(logins.length).toBe(before);
  });

  it('gives no token to a server that it has not verified', async () => {
    const { logins } = gates[kind]();
    const before = logins.length;
    const { certificate } = await makeCertificate(emptyFolder('stranger'));
    const roots = kind === 'mysql' ? '&ssl-ca=' : '&sslrootcert=';
    expect(await failure(kind, `${asAmazon}${roots}${certificate}`)).toMatchObject({ code: 'source.tls' });
    expect(logins.length).toBe(before);
  });
});

it('a whole run has a token of its own for every session, and tells none', async () => {
  await database.query(
    'CREATE TABLE orders AS SELECT n AS id, repeat(md5(n::text), 9) AS t FROM generate_series(1, 40000) n',
  );
  await database.query('ALTER TABLE orders ADD PRIMARY KEY (id)');
  await database.query('ANALYZE');
  const before = postgres.logins.length;
  const out = emptyFolder('out');
  const words = ['snapshot', '--table', 'orders', '--dataset', 'dataset://d/v1', '--out', out, '--lanes', '2'];
  const { code, stdout, stderr } = await tidemark([...words, '--source', urls.postgres()], {
    env: { ...machine, DB_AUTH: 'aws-iam', AWS_REGION: region, TIDEMARK_DEBUG: '1' },
  });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const seen = postgres.logins.slice(before);
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.map((login) => fault(login, postgres)).filter((one) => one !== undefined)).toEqual([]);
  expect(new Set(seen.map(({ token }) => token)).size).toBe(seen.length);
  const written = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => readFileSync(join(one.parentPath, one.name), 'latin1'));
  for (const text of [stdout, stderr, ...written]) expect(text).not.toMatch(/canary|X-Amz-/);
});
