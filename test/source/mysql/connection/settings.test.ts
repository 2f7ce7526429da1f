import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { format, inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TidemarkError } from '../../../../src/core/errors.js';
import { resolveConnection } from '../../../../src/source/mysql/connection/settings/resolve.js';
import type { MysqlSettings } from '../../../../src/source/mysql/connection/settings/shape.js';
import { Authority, hasOpenssl } from '../../postgres/connection/certificates.js';

type Env = Record<string, string>;

const resolve = (url: string | undefined, env: Env = {}): MysqlSettings =>
  resolveConnection({ ...(url !== undefined && { url }), env, home: '/nonexistent' });

function refusal(url: string | undefined, env: Env = {}): TidemarkError {
  try {
    resolve(url, env);
  } catch (error) {
    expect(error).toBeInstanceOf(TidemarkError);
    expect(error).toMatchObject({ code: 'request.invalid', hint: expect.stringMatching(/./) as string });
    return error as TidemarkError;
  }
  throw new Error('it was accepted');
}

/** Settings on one line: `user:password@place/database`. */
function shown({ user, password, host, port, socket, database }: MysqlSettings): string {
  const secret = password === undefined ? '' : `:${password.reveal()}`;
  return `${user}${secret}@${socket ?? `${host} ${port}`}/${database}`;
}

describe('a URL', () => {
  it.each([
    ['mysql://u:p@h:6000/d', 'u:p@h 6000/d'],
    ['mariadb://u@h/d', 'u@h 3306/d'],
    ['MySQL://u@H/d', 'u@H 3306/d'],
    ['mysql://h/d', `${userInfo().username}@h 3306/d`],
    ['mysql:///d?user=u', 'u@localhost 3306/d'],
    ['mysql://a%40b:p%2F%3A%25%C3%B6@h/d%20e', 'a@b:p/:%ö@h 3306/d e'],
    ['mysql://u:p:q@h/d', 'u:p:q@h 3306/d'],
    ['mysql://u:p@ss#1@h/d', 'u:p@ss#1@h 3306/d'],
    ['mysql://u:p+q@h/d', 'u:p+q@h 3306/d'],
    ['mysql://u@[::1]:7000/d', 'u@::1 7000/d'],
    ['mysql://u@[2001:db8::7]/d', 'u@2001:db8::7 3306/d'],
    ['mysql://u@%2Frun%2Fmysqld.sock/d', 'u@/run/mysqld.sock/d'],
    ['mysql://u@/d?socket=/run/mysqld.sock', 'u@/run/mysqld.sock/d'],
    ['mysql://u@localhost/d?socket=/run/mysqld.sock', 'u@/run/mysqld.sock/d'],
    ['mysql://u@h/?database=e&password=x%26y&port=9', 'u:x&y@h 9/e'],
    ['mysql://u@h/d?charset=utf8mb4&Connect_Timeout=5', 'u@h 3306/d'],
  ])('%s', (url, expected) => {
    const settings = resolve(url);
    expect(shown(settings)).toBe(expected);
    expect(settings.warnings).toEqual([]);
  });

  it.each([
    ['mysql://u@h:70000/d', "port: the URL's port is not a port"],
    ['mysql://u@h:0/d', "port: the URL's port is not a port"],
    ['mysql://u@h/d?port=x', "port: the URL's port is not a port"],
    ['mysql://u@h/d?ssl-mod=REQUIRED', 'did you mean "ssl-mode"'],
    ['mysql://u@h/d?sockets=/s', 'did you mean "socket"'],
    ['mysql://u@h/d?ssl_mode=on', 'allowed is DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY'],
    ['mysql://u@h/d?connect-timeout=soon', 'is not a number of seconds'],
    ['mysql://u@h/d?connect-timeout=-1', 'is not a number of seconds'],
    ['mysql://u@h/d?ssl-ca=/no/such.pem', 'ssl-ca: the file /no/such.pem cannot be read (ENOENT)'],
    ['mysql://u@h/%zz', 'not followed by two hexadecimal digits'],
    ['mysql://u:%e9@h/d', 'not followed by two hexadecimal digits of UTF-8'],
    ['mysql://u@h/d%00e', 'the URL has %00'],
    ['mysql://u:a/b@h/d', 'cannot be read'],
    ['mysql://u:12/b@h', 'has an "@" after its first "/" or "?"'],
    ['mysql://u?b@h/d', 'has an "@" after its first "/" or "?"'],
    ['mysql://u@a:b:c/d', 'cannot be read'],
    ['mysql://u@h', 'no database is named'],
    ['mysql://u@h/d?socket=/s', 'host and socket name two servers'],
  ])('%s is refused', (url, message) => {
    expect(refusal(url).message).toContain(message);
  });

  it('with a password that is not encoded shows no piece of it, or is understood', () => {
    const piece = fc.constantFrom('Geheim1', 'Secret9', '/', '?', '#', '@', ':', '&', '=', ',', '[', '%zz', '12345');
    const password = fc.array(piece, { minLength: 2, maxLength: 7 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(password, fc.constantFrom('@h/d', '@h', '@h:70000/d?x=1'), (password, rest) => {
        let told: string;
        try {
          told = JSON.stringify(resolve(`mysql://u:${password}${rest}`));
        } catch (error) {
          told = `${String(error)} ${(error as { hint?: string }).hint}`;
        }
        expect(told).not.toMatch(/Geheim1|Secret9/);
      }),
      { numRuns: 3000 },
    );
  });

  it('is never shown when it cannot be read', () => {
    const error = refusal('postgres://u:geheim@h/d');
    expect(`${error.message} ${error.hint}`).not.toContain('geheim');
  });
});

describe('precedence', () => {
  const guide = { DB_HOST: 'dbh', DB_PORT: '1111', DB_NAME: 'dbn', DB_USER: 'dbu', DB_PASSWORD: 'dbp' };
  const own = {
    ...{ MYSQL_HOST: 'myh', MYSQL_TCP_PORT: '2222', MYSQL_DATABASE: 'myd', MYSQL_USER: 'myu', MYSQL_PWD: 'myp' },
  };

  it.each<[string, string | undefined, Env, string]>([
    ['DB_* alone', undefined, guide, 'dbu:dbp@dbh 1111/dbn'],
    ['MYSQL_* alone', undefined, own, 'myu:myp@myh 2222/myd'],
    ['empty variables count as absent', undefined, { ...guide, MYSQL_HOST: '' }, 'dbu:dbp@dbh 1111/dbn'],
    ['agreement', undefined, { ...guide, MYSQL_HOST: 'dbh', MYSQL_PWD: 'dbp' }, 'dbu:dbp@dbh 1111/dbn'],
    [
      'other spellings',
      undefined,
      { MYSQL_HOST: 'h', MYSQL_PORT: '7', MYSQL_DB: 'd', MYSQL_USER: 'u', MYSQL_PASSWORD: 'p' },
      'u:p@h 7/d',
    ],
    ['a whole URL', 'mysql://u:p@h:9/d', { ...guide, ...own }, 'u:p@h 9/d'],
    [
      'MYSQL_* fill up a URL of the same server',
      'mysql://myh/d',
      { MYSQL_HOST: 'myh', MYSQL_PORT: '7', MYSQL_USER: 'x' },
      'x@myh 7/d',
    ],
    ['MYSQL_* of another server stay away', 'mysql://u@h/d', own, 'u@h 3306/d'],
    ['MYSQL_PWD by itself', 'mysql://u@h/d', { MYSQL_PWD: 'x' }, 'u:x@h 3306/d'],
    ['DB_PASSWORD by itself', 'mysql://u@h/d', { DB_PASSWORD: 'x' }, 'u:x@h 3306/d'],
    ['DB_PASSWORD of the same user', 'mysql://dbu@dbh:1111/dbn', guide, 'dbu:dbp@dbh 1111/dbn'],
    ['DB_PASSWORD of another server', 'mysql://dbu@other/dbn', guide, 'dbu@other 3306/dbn'],
    ['DB_PASSWORD of another user', 'mysql://x@dbh:1111/dbn', guide, 'x@dbh 1111/dbn'],
    ['a URL keeps its own', 'mysql://u:p@h/d', { DB_PASSWORD: 'x', MYSQL_PWD: 'y' }, 'u:p@h 3306/d'],
    ['a socket by variable', undefined, { MYSQL_UNIX_PORT: '/s', MYSQL_DB: 'd', MYSQL_USER: 'u' }, 'u@/s/d'],
    [
      'a socket and this machine',
      undefined,
      { MYSQL_HOST: 'localhost', MYSQL_SOCKET: '/s', MYSQL_DB: 'd', MYSQL_USER: 'u' },
      'u@/s/d',
    ],
    ['a socket of variables and a host', 'mysql://u@h/d', { MYSQL_UNIX_PORT: '/s', MYSQL_PWD: 'x' }, 'u@h 3306/d'],
    [
      'the socket of this machine',
      'mysql://u@localhost/d',
      { MYSQL_SOCKET: '/s', MYSQL_PWD: 'x' },
      'u:x@localhost 3306/d',
    ],
    ['DB_HOST as a socket', undefined, { DB_HOST: '/s', DB_NAME: 'd', DB_USER: 'u', MYSQL_SOCKET: '/s' }, 'u@/s/d'],
    [
      'DB_HOST before a socket',
      undefined,
      { ...guide, DB_HOST: 'localhost', MYSQL_SOCKET: '/s' },
      'dbu:dbp@localhost 1111/dbn',
    ],
    ['a host of variables and a socket', 'mysql://u@%2Fs/d', { MYSQL_HOST: 'h', MYSQL_PWD: 'x' }, 'u@/s/d'],
    ['DB_PASSWORD of a host and a socket', 'mysql://u@/d?socket=/s', { DB_HOST: 'h', DB_PASSWORD: 'x' }, 'u@/s/d'],
    ['two sockets', 'mysql://u@/d?socket=/s', { MYSQL_SOCKET: '/t', MYSQL_PWD: 'x' }, 'u@/s/d'],
    ['the same socket', 'mysql://u@%2Fs/d', { MYSQL_SOCKET: '/s', MYSQL_PWD: 'x' }, 'u:x@/s/d'],
  ])('%s', (_, url, env, expected) => {
    const settings = resolve(url, env);
    expect(shown(settings)).toBe(expected);
    expect(settings.warnings).toEqual([]);
  });

  it('refuses variables that contradict each other, and shows no password', () => {
    expect(refusal(undefined, { ...guide, MYSQL_HOST: 'other' }).message).toBe(
      'host: DB_HOST and MYSQL_HOST say different things ("dbh" and "other")',
    );
    const differ = 'say different things';
    expect(refusal(undefined, { ...guide, MYSQL_PWD: 'x' }).message).toBe(
      `password: DB_PASSWORD and MYSQL_PWD ${differ}`,
    );
    expect(refusal(undefined, { ...own, MYSQL_PASSWORD: 'x' }).message).toBe(
      `password: MYSQL_PWD and MYSQL_PASSWORD ${differ}`,
    );
    expect(refusal('mysql://u@h/d', { DB_PASSWORD: 'a', MYSQL_PWD: 'b' }).message).toContain(differ);
    // Which server would get the password is not clear.
    expect(refusal(undefined, { ...guide, MYSQL_UNIX_PORT: '/s' }).message).toContain('host and socket name two');
    expect(refusal(undefined, { ...own, MYSQL_UNIX_PORT: '/s' }).message).toContain('host and socket name two');
  });

  it('says when it puts a connection together', () => {
    const settings = resolve(undefined, { DB_HOST: 'h', DB_USER: 'u', MYSQL_DATABASE: 'd' });
    expect(shown(settings)).toBe('u@h 3306/d');
    expect(settings.warnings).toEqual(['the connection is put together from DB_* and MYSQL_DATABASE']);
  });

  it('refuses to guess', () => {
    expect(refusal(undefined).message).toBe('source: no database is given');
    expect(refusal(undefined, { MYSQL_PWD: 'x' }).message).toBe('source: no database is given');
    expect(refusal(undefined, { DB_HOST: 'h' }).message).toBe('source: no database is named');
    expect(refusal(undefined, { ...guide, DB_PORT: '70000' }).message).toBe('port: "70000" (DB_PORT) is not a port');
  });
});

describe('ssl-mode', () => {
  it.each([
    ['localhost', 'PREFERRED'],
    ['127.0.0.5', 'PREFERRED'],
    ['[::1]', 'PREFERRED'],
    ['%2Frun%2Fs', 'DISABLED'],
    ['db.example.org', 'REQUIRED'],
    ['10.1.2.3', 'REQUIRED'],
    ['127.example.org', 'REQUIRED'],
  ])('of %s is %s by default', (host, mode) => {
    expect(resolve(`mysql://u@${host}/d`).tls.mode).toBe(mode);
  });

  it('comes from the URL before MYSQL_SSL_MODE, in any spelling', () => {
    const env = { MYSQL_SSL_MODE: 'required' };
    expect(resolve('mysql://u@localhost/d', env).tls.mode).toBe('REQUIRED');
    expect(resolve('mysql://u@h/d?sslmode=disabled', env).tls.mode).toBe('DISABLED');
    expect(resolve('mysql://u@h/d?ssl_mode=verify-identity', env).tls.mode).toBe('VERIFY_IDENTITY');
    expect(refusal('mysql://u@h/d', { MYSQL_SSL_MODE: 'yes' }).message).toContain('"yes" (MYSQL_SSL_MODE)');
  });
});

it('connect-timeout is 30 s, or as many as are given; 0 waits for ever', () => {
  expect(resolve('mysql://u@h/d').connectTimeout).toBe(30_000);
  expect(resolve('mysql://u@h/d', { MYSQL_CONNECT_TIMEOUT: '7' }).connectTimeout).toBe(7000);
  expect(resolve('mysql://u@h/d?connect-timeout=0').connectTimeout).toBe(0);
});

describe.skipIf(!hasOpenssl())('certificate files (openssl makes them)', () => {
  let authority: Authority;
  beforeAll(() => (authority = new Authority()));
  afterAll(() => authority.remove());

  it('an authority is verified with, unless something weaker is asked for', () => {
    const env = { MYSQL_SSL_CA: authority.root.certFile };
    expect(resolve('mysql://u@h/d', env).tls).toMatchObject({ mode: 'VERIFY_CA', roots: [authority.root.cert] });
    expect(resolve('mysql://u@localhost/d', env).tls.mode).toBe('VERIFY_CA');
    expect(resolve('mysql://u@h/d?ssl-mode=REQUIRED', env).tls.mode).toBe('REQUIRED');
  });

  it('a client certificate comes with its key, which is secret', () => {
    const { cert, key, certFile, keyFile } = authority.issue('reader', 'DNS:reader');
    const { tls } = resolve('mysql://u@h/d', { MYSQL_SSL_CERT: certFile, MYSQL_SSL_KEY: keyFile });
    expect(tls.certificate).toBe(cert);
    expect(tls.key!.reveal()).toBe(key);
    expect(inspect(tls, { depth: 9 })).not.toContain('PRIVATE KEY');
    expect(refusal('mysql://u@h/d', { MYSQL_SSL_CERT: certFile }).message).toBe('ssl-key: is missing');
    expect(refusal('mysql://u@h/d', { MYSQL_SSL_KEY: keyFile }).message).toBe('ssl-cert: is missing');
    const noCertificate = join(authority.folder, 'none.pem');
    writeFileSync(noCertificate, 'none');
    expect(refusal('mysql://u@h/d', { MYSQL_SSL_CA: noCertificate }).message).toContain('holds no certificate');
  });
});

it('whatever prints the settings shows no secret', () => {
  const settings = resolve('mysql://u:open-sesame@h/d');
  const printed = [inspect(settings, { depth: 9 }), `${settings.password!}`, format('%O %j', settings, settings)];
  for (const text of printed) expect(text).not.toContain('open-sesame');
  expect(settings.password!.reveal()).toBe('open-sesame');
});
