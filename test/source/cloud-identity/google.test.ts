import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { TidemarkError } from '../../../src/core/errors.js';
import { resolveConnection as postgresSettings } from '../../../src/source/postgres/connection/settings/resolve.js';
import { connect as connectPostgres } from '../../../src/source/postgres-protocol/connect.js';
import type { Gate } from '../../servers/cloud-identity/gate.js';
import { startMysqlGate } from '../../servers/cloud-identity/mysql-gate.js';
import { startPostgresGate } from '../../servers/cloud-identity/postgres-gate.js';
import { emptyFolder } from '../../support/cli.js';
import { connectTo } from '../mysql/connection/connect-to.js';

/** What the metadata server gave out: the token, and the scopes that it was asked for. */
const given = new Map<string, string | null>();
let machine: http.Server;
let gates: Readonly<Record<'postgres' | 'mysql', Gate>>;

beforeAll(async () => {
  machine = http.createServer(({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://h');
    const answer = (body: string): unknown =>
      response.writeHead(200, { 'metadata-flavor': 'Google', 'content-type': 'application/json' }).end(body);
    if (pathname.endsWith('/email')) return answer('reader@p.iam.gserviceaccount.com');
    if (!pathname.endsWith('/token')) return answer('computeMetadata/');
    const token = `ya29.canary-${randomUUID()}`;
    given.set(token, searchParams.get('scopes'));
    return answer(JSON.stringify({ access_token: token, expires_in: 3600, token_type: 'Bearer' }));
  });
  await new Promise<void>((resolve) => machine.listen(0, '127.0.0.1', resolve));
  // The Auth Proxy: it speaks no TLS to this machine.
  const proxy = { secure: undefined, letsIn: ({ token }: { readonly token: string }) => given.has(token) };
  gates = {
    postgres: await startPostgresGate({ ...proxy, upstream: inject('postgres18') }),
    mysql: await startMysqlGate(proxy),
  };
});
afterAll(() => {
  machine.close();
  Object.values(gates).forEach((one) => one.stop());
});
beforeEach(() => {
  const address = `127.0.0.1:${(machine.address() as AddressInfo).port}`;
  vi.stubEnv('HOME', emptyFolder('home'));
  vi.stubEnv('GCE_METADATA_HOST', address);
  vi.stubEnv('GCE_METADATA_IP', address);
  vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
});
afterEach(() => void vi.unstubAllEnvs());

async function connects(kind: 'postgres' | 'mysql'): Promise<void> {
  const user = kind === 'postgres' ? 'postgres' : 'reader';
  const url = `${kind}://${user}@127.0.0.1:${gates[kind].port}/postgres?auth=google-iam`;
  const { signal } = new AbortController();
  const settings = (): ReturnType<typeof postgresSettings> => postgresSettings({ url, env: {}, home: '/nonexistent' });
  const session = await (kind === 'mysql' ? connectTo(url) : connectPostgres(settings(), { signal }));
  await session.close();
}

describe.each(['postgres', 'mysql'] as const)('%s behind the Auth Proxy of this machine', (kind) => {
  it('gets a token that can do nothing but log in, another one for every connection', async () => {
    const before = gates[kind].logins.length;
    await connects(kind);
    await connects(kind);
    const tokens = gates[kind].logins.slice(before).map(({ token }) => token);
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect(given.get(token)).toBe('https://www.googleapis.com/auth/sqlservice.login');
  });

  it('says who was refused, and what lets them in', async () => {
    vi.spyOn(given, 'has').mockReturnValue(false);
    const thrown: unknown = await connects(kind).catch((error: unknown) => error);
    vi.restoreAllMocks();
    expect(inspect(thrown, { depth: 9 })).not.toContain('canary');
    expect(thrown).toBeInstanceOf(TidemarkError);
    const { code, message, hint } = thrown as TidemarkError;
    expect(code).toBe('source.auth');
    expect(message).toContain('by the service account reader@p.iam.gserviceaccount.com of this machine');
    expect(hint).toContain('gcloud sql users create');
    expect(hint).toContain('roles/cloudsql.instanceUser');
  });
});
