import { isIP } from 'node:net';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TidemarkError } from '../../../../src/core/errors.js';
import { resolveConnection } from '../../../../src/source/postgres/connection/settings/resolve.js';
import type { PostgresSettings } from '../../../../src/source/postgres-protocol/settings.js';
import { Authority, hasOpenssl } from './certificates.js';

type Env = Record<string, string>;

const empty = mkdtempSync(join(tmpdir(), 'tidemark-home-'));
afterAll(() => rmSync(empty, { recursive: true }));

const resolve = (url: string | undefined, env: Env = {}, home = empty) =>
  resolveConnection({ ...(url !== undefined && { url }), env, home });

function refusal(url: string | undefined, env: Env = {}, home = empty): TidemarkError {
  try {
    resolve(url, env, home);
  } catch (error) {
    expect(error).toBeInstanceOf(TidemarkError);
    expect((error as TidemarkError).code).toBe('request.invalid');
    return error as TidemarkError;
  }
  throw new Error('it was accepted');
}

describe('a URL', () => {
  it.each([
    ['postgres://u:p@h:6000/d', 'h', 6000, 'u', 'p', 'd'],
    ['postgresql://u@h/d', 'h', 5432, 'u', undefined, 'd'],
    ['postgres://u@h', 'h', 5432, 'u', undefined, 'u'],
    ['postgres://a%40b:p%2F%3A%25@h/d%20e', 'h', 5432, 'a@b', 'p/:%', 'd e'],
    ['postgres://u:p:q@h/d', 'h', 5432, 'u', 'p:q', 'd'],
    ['postgres://u:p@ss#1@h/d', 'h', 5432, 'u', 'p@ss#1', 'd'],
    ['postgres://u@[::1]:7000/d', '::1', 7000, 'u', undefined, 'd'],
    ['postgres:///d?host=/run/pg&user=u', '/run/pg', 5432, 'u', undefined, 'd'],
    ['postgres://%2Frun%2Fpg:7/d?user=u', '/run/pg', 7, 'u', undefined, 'd'],
    ['postgres://u@ignored/d?host=h2&port=9&dbname=e&password=x', 'h2', 9, 'u', 'x', 'e'],
    ['postgres://u@h/d?ssl=true&application_name=tidemark-x&keepalives=1', 'h', 5432, 'u', undefined, 'd'],
  ])('%s', (url, host, port, user, password, database) => {
    const settings = resolve(url);
    expect(settings.hosts).toHaveLength(1);
    expect(settings.hosts[0]).toMatchObject({ host, port });
    expect(settings.hosts[0]!.password?.reveal()).toBe(password);
    expect(settings).toMatchObject({ user, database, warnings: [] });
  });

  it('may name several hosts', () => {
    expect(resolve('postgres://u@a:1,b:2,[::1]/d').hosts.map(({ host, port }) => `${host} ${port}`)).toEqual([
      'a 1',
      'b 2',
      '::1 5432',
    ]);
    expect(resolve('postgres://u@/d?host=a,b&port=6').hosts.map(({ port }) => port)).toEqual([6, 6]);
    expect(refusal('postgres://u@/d?host=a,b&port=1,2,3').message).toContain('3 ports are given for 2 hosts');
  });

  it.each([
    ['postgres://u@h:70000/d', "the URL's port is not a port"],
    ['postgres://u@h/d?sslmod=require', 'did you mean "sslmode"'],
    ['postgres://u@h/d?sslmode=no-verify', 'allowed is disable, allow, prefer'],
    ['postgres://u@h/d?target_session_attrs=primary', 'allowed is any'],
    ['postgres://u@h/d?hostaddr=example.org', 'is not an IP address'],
    ['postgres://u@h/d?connect_timeout=soon', 'is not a number of seconds'],
    ['postgres://u@h/d?sslmode=verify-full', 'no authority to verify with'],
    ['postgres://u@h/d?sslrootcert=system&sslmode=require', 'too weak with sslrootcert=system'],
    ['postgres://u@h/d?sslnegotiation=direct&sslmode=prefer', 'needs sslmode require or stronger'],
    ['postgres://u@h/d?sslrootcert=/no/such.pem', '/no/such.pem cannot be read (ENOENT)'],
    ['postgres://u@h/%zz', 'not followed by two hexadecimal digits'],
    ['postgres://u:%00@h/d', 'the URL has %00'],
    ['postgres://u:%e9@h/d', 'not UTF-8'],
    ['postgres://u@a:b:c/d', 'is not a host'],
  ])('%s is refused', (url, message) => {
    expect(refusal(url).message).toContain(message);
    expect(refusal(url).hint).not.toBe('');
  });

  it('with a password that is not encoded shows no piece of it, or is understood', () => {
    const piece = fc.constantFrom('Geheim1', 'Secret9', '/', '?', '#', '@', ':', '&', '=', ',', '[', '%zz', '12345');
    const password = fc.array(piece, { minLength: 2, maxLength: 7 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(password, fc.constantFrom('@h/d', '@h', '@h:70000/d?x=1'), (password, rest) => {
        let told: string;
        try {
          const settings = resolve(`postgres://u:${password}${rest}`);
          told = JSON.stringify({ ...settings, password: undefined });
        } catch (error) {
          told = `${String(error)} ${(error as { hint?: string }).hint}`;
        }
        expect(told).not.toMatch(/Geheim1|Secret9/);
      }),
      { numRuns: 3000 },
    );
  });

  it('is never shown when it cannot be read', () => {
    const error = refusal('mysql://u:geheim@h/d');
    expect(`${error.message} ${error.hint}`).not.toContain('geheim');
  });
});

describe('precedence', () => {
  const guide = { DB_HOST: 'dbh', DB_PORT: '1111', DB_NAME: 'dbn', DB_USER: 'dbu', DB_PASSWORD: 'dbp' };
  const libpq = { PGHOST: 'pgh', PGPORT: '2222', PGDATABASE: 'pgd', PGUSER: 'pgu', PGPASSWORD: 'pgp' };

  it.each<[string, string | undefined, Env, string, string | undefined]>([
    ['DB_* alone', undefined, guide, 'postgres://dbu@dbh:1111/dbn', 'dbp'],
    ['PG* alone', undefined, libpq, 'postgres://pgu@pgh:2222/pgd', 'pgp'],
    [
      'empty variables count as absent',
      undefined,
      { ...guide, PGHOST: '', PGUSER: '' },
      'postgres://dbu@dbh:1111/dbn',
      'dbp',
    ],
    ['agreement', undefined, { ...guide, PGHOST: 'dbh' }, 'postgres://dbu@dbh:1111/dbn', 'dbp'],
    ['a whole URL', 'postgres://u:p@h:9/d', { ...guide, ...libpq }, 'postgres://u@h:9/d', 'p'],
    [
      'PG* fill up a URL of the same server',
      'postgres://pgh/d',
      { PGHOST: 'pgh', PGPORT: '7', PGUSER: 'x' },
      'postgres://x@pgh:7/d',
      undefined,
    ],
    ['PG* of another server stay away', 'postgres://u@h/d', libpq, 'postgres://u@h:5432/d', undefined],
    ['PGPASSWORD by itself', 'postgres://u@h/d', { PGPASSWORD: 'x' }, 'postgres://u@h:5432/d', 'x'],
    ['DB_PASSWORD by itself', 'postgres://u@h/d', { DB_PASSWORD: 'x' }, 'postgres://u@h:5432/d', 'x'],
    ['DB_PASSWORD of the same user', 'postgres://dbu@dbh:1111/dbn', guide, 'postgres://dbu@dbh:1111/dbn', 'dbp'],
    ['DB_PASSWORD of another server', 'postgres://dbu@other/dbn', guide, 'postgres://dbu@other:5432/dbn', undefined],
    [
      'a URL with a password keeps it',
      'postgres://u:p@h/d',
      { DB_PASSWORD: 'x', PGPASSWORD: 'y' },
      'postgres://u@h:5432/d',
      'p',
    ],
  ])('%s', (_, url, env, shown, password) => {
    const settings = resolve(url, env);
    expect(shownConnection(settings)).toBe(shown);
    expect(settings.hosts[0]!.password?.reveal()).toBe(password);
  });

  it('refuses DB_* and PG* that contradict each other, and shows no password', () => {
    expect(refusal(undefined, { ...guide, PGHOST: 'other' }).message).toBe(
      'host: DB_HOST and PGHOST say different things ("dbh" and "other")',
    );
    const error = refusal(undefined, { ...guide, PGPASSWORD: 'second' });
    expect(error.message).toBe('password: DB_PASSWORD and PGPASSWORD say different things');
    expect(refusal('postgres://u@h/d', { DB_PASSWORD: 'a', PGPASSWORD: 'b' }).message).toContain(
      'say different things',
    );
  });

  it('says when it puts a connection together', () => {
    const settings = resolve(undefined, { DB_HOST: 'h', DB_USER: 'u', PGDATABASE: 'd' });
    expect(shownConnection(settings)).toBe('postgres://u@h:5432/d');
    expect(settings.warnings).toEqual(['the connection is put together from DB_* and PGDATABASE']);
  });

  it('never lets PGHOSTADDR lead a host given elsewhere to another server', () => {
    expect(resolve('postgres://u@h/d', { PGHOSTADDR: '10.0.0.1' }).hosts[0]!.address).toBeUndefined();
    expect(resolve(undefined, { ...guide, PGHOSTADDR: '10.0.0.1' }).hosts[0]!.address).toBeUndefined();
    expect(resolve(undefined, { PGHOSTADDR: '10.0.0.1', PGUSER: 'u' }).hosts[0]).toMatchObject({
      host: '10.0.0.1',
      address: '10.0.0.1',
      sslMode: 'require',
    });
  });

  it('refuses what it does not follow', () => {
    expect(refusal(undefined).message).toBe('source: no database is given');
    expect(refusal(undefined, { PGSERVICE: 'prod' }).message).toBe('PGSERVICE="prod" is not supported');
  });

  it('begins the name of sessions with tidemark', () => {
    expect(resolve('postgres://u@h/d').applicationName).toBe('tidemark');
    expect(resolve('postgres://u@h/d', { PGAPPNAME: 'nightly' }).applicationName).toBe('tidemark nightly');
    expect(resolve('postgres://u@h/d?application_name=tidemark-ci').applicationName).toBe('tidemark-ci');
  });
});

describe('sslmode', () => {
  it.each([
    ['localhost', 'prefer'],
    ['127.0.0.5', 'prefer'],
    ['[::1]', 'prefer'],
    ['%2Ftmp', 'disable'],
    ['db.example.org', 'require'],
    ['10.1.2.3', 'require'],
    ['127.example.org', 'require'],
  ])('of %s is %s by default', (host, mode) => {
    expect(resolve(`postgres://u@${host}/d`).hosts[0]!.sslMode).toBe(mode);
  });

  it('is one per host', () => {
    expect(resolve('postgres://u@localhost,far/d').hosts.map(({ sslMode }) => sslMode)).toEqual(['prefer', 'require']);
  });

  it('comes from the URL before PGSSLMODE', () => {
    expect(resolve('postgres://u@h/d?sslmode=disable', { PGSSLMODE: 'require' }).hosts[0]!.sslMode).toBe('disable');
    expect(resolve('postgres://u@h/d', { PGSSLMODE: 'allow' }).hosts[0]!.sslMode).toBe('allow');
  });

  it('is verify-full with the roots of the system', () => {
    const settings = resolve('postgres://u@h/d?sslrootcert=system');
    expect(settings.hosts[0]!.sslMode).toBe('verify-full');
    expect(settings.tls.roots!.length).toBeGreaterThan(50);
  });
});

describe.skipIf(!hasOpenssl())('certificate files (openssl makes them)', () => {
  let authority: Authority;
  let home: string;
  beforeAll(() => {
    authority = new Authority();
    home = join(authority.folder, 'home');
    mkdirSync(join(home, '.postgresql'), { recursive: true });
  });
  afterAll(() => authority.remove());

  it('makes require verify the chain as soon as there are roots, as libpq does', () => {
    const settings = resolve(`postgres://u@h/d?sslmode=require&sslrootcert=${authority.root.certFile}`);
    expect(settings.hosts[0]!.sslMode).toBe('verify-ca');
    expect(settings.tls.roots).toEqual([authority.root.cert]);
    writeFileSync(join(home, '.postgresql', 'root.crt'), authority.root.cert);
    expect(resolve('postgres://u@h/d', {}, home).hosts[0]!.sslMode).toBe('verify-ca');
  });

  it('takes a client certificate with a key that nobody else may read', () => {
    const client = authority.issue('reader', 'DNS:reader');
    chmodSync(client.keyFile, 0o600);
    const env = { PGSSLCERT: client.certFile, PGSSLKEY: client.keyFile };
    expect(resolve('postgres://u@h/d', env).tls).toMatchObject({ certificate: client.cert });
    expect(resolve('postgres://u@h/d', env).tls.key?.reveal()).toBe(client.key);
    chmodSync(client.keyFile, 0o644);
    expect(refusal('postgres://u@h/d', env).hint).toContain('chmod 600');
    expect(refusal('postgres://u@h/d', { PGSSLCERT: client.certFile }).message).toContain('has no key');
    expect(refusal('postgres://u@h/d', { PGSSLROOTCERT: client.keyFile }).message).toContain('holds no certificate');
  });
});

describe('.pgpass', () => {
  const file = join(empty, 'passwords');
  const lines = [
    '# a comment',
    'h:5432:d:u:one',
    'h:*:d:other:two',
    'co\\:lon:5432:*:*:wi\\\\th\\:colon',
    'localhost:5432:*:sock:three',
    '*:*:*:last:with:colons: and space ',
  ];
  const passwordOf = (url: string): string | undefined =>
    resolve(url, { PGPASSFILE: file }).hosts[0]!.password?.reveal();

  beforeAll(() => writeFileSync(file, lines.join('\n'), { mode: 0o600 }));

  it.each([
    ['postgres://u@h/d', 'one'],
    ['postgres://u@h:1/d', undefined],
    ['postgres://other@h:1/d', 'two'],
    ['postgres://x@co%3Alon/d', 'wi\\th:colon'],
    ['postgres://sock@%2Ftmp/d', 'three'],
    ['postgres://sock@%2Fsrv/d', undefined],
    ['postgres://last@anywhere/d', 'with:colons: and space '],
    ['postgres://u:own@h/d', 'own'],
  ])('%s → %s', (url, password) => {
    expect(passwordOf(url)).toBe(password);
  });

  it('is passed over, with a warning, when others may read it', () => {
    chmodSync(file, 0o640);
    const settings = resolve('postgres://u@h/d', { PGPASSFILE: file });
    expect(settings.hosts[0]!.password).toBeUndefined();
    expect(settings.warnings[0]).toContain('0600');
    chmodSync(file, 0o600);
  });

  it('gives each host its own password', () => {
    expect(resolve('postgres://u@h,h2/d', { PGPASSFILE: file }).hosts.map((host) => host.password?.reveal())).toEqual([
      'one',
      undefined,
    ]);
  });
});

it('whatever prints the settings shows no secret', () => {
  const settings = resolve('postgres://u:open-sesame@h/d');
  const printed = [
    inspect(settings, { depth: 9 }),
    JSON.stringify(settings),
    `${settings.hosts[0]!.password!}`,
    format('%O %j', settings, settings),
  ];
  for (const text of printed) expect(text).not.toContain('open-sesame');
  expect(settings.hosts[0]!.password!.reveal()).toBe('open-sesame');
});

/** Settings on one line, without the password. */
function shownConnection({ hosts, user, database }: PostgresSettings): string {
  const places = hosts.map(({ host, port }) => {
    return `${host.startsWith('/') ? encodeURIComponent(host) : isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  });
  return `postgres://${encodeURIComponent(user)}@${places.join(',')}/${encodeURIComponent(database)}`;
}
