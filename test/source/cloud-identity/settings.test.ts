import { describe, expect, it } from 'vitest';
import type { TidemarkError } from '../../../src/core/errors.js';
import { cloudIdentityOf } from '../../../src/source/cloud-identity/settings.js';
import { resolveConnection as mysql } from '../../../src/source/mysql/connection/settings/resolve.js';
import { resolveConnection as postgres } from '../../../src/source/postgres/connection/settings/resolve.js';

type Env = Readonly<Record<string, string>>;

const rds = 'shop.abc123.eu-west-1.rds.amazonaws.com';
const given = (auth: string, region?: string) => ({
  auth: { value: auth, origin: 'DB_AUTH' },
  ...(region !== undefined && { region: { value: region, origin: "the URL's region", fromUrl: true as const } }),
});

describe('the region of Amazon', () => {
  it.each<[string, string, string | undefined, Env, string]>([
    ['the name of the endpoint', rds, undefined, { AWS_REGION: 'us-east-1' }, 'eu-west-1'],
    ['the URL before it', rds, 'eu-north-1', {}, 'eu-north-1'],
    ['a cluster', 'c.cluster-ro-abc.us-gov-west-1.rds.amazonaws.com', undefined, {}, 'us-gov-west-1'],
    ['China', 'shop.abc.cn-north-1.rds.amazonaws.com.cn', undefined, {}, 'cn-north-1'],
    ['China, as it is named there', 'shop.abc.rds.cn-northwest-1.amazonaws.com.cn', undefined, {}, 'cn-northwest-1'],
  ])('is found by %s', (_, host, region, env, found) => {
    expect(cloudIdentityOf(host, given('iam', region), env)).toEqual({ kind: 'aws', region: found });
  });

  it.each([
    [{ AWS_REGION: 'eu-west-3', AWS_DEFAULT_REGION: 'us-east-2' }, 'eu-west-3'],
    [{ AWS_REGION: '', AWS_DEFAULT_REGION: 'us-east-2' }, 'us-east-2'],
  ])('or by variables, where the host does not say: %o', (env, found) => {
    expect(cloudIdentityOf('db.example.com', given('aws-iam'), env)).toEqual({ kind: 'aws', region: found });
  });
});

/** Both sources, with what is different between them. */
const kinds = {
  postgres: {
    mode: 'sslmode',
    strict: ['verify-full', 'verify-ca'],
    weak: ['disable', 'prefer', 'require'],
    roots: '&sslrootcert=system',
    password: 'PGPASSWORD',
    found: (url: string | undefined, env: Env = {}) => {
      const { hosts } = postgres({ ...(url !== undefined && { url }), env, home: '/nonexistent' });
      const [{ identity, sslMode, password }] = hosts as [(typeof hosts)[0]];
      return { identity, mode: sslMode, password };
    },
  },
  mysql: {
    mode: 'ssl-mode',
    strict: ['VERIFY_IDENTITY', 'VERIFY_CA'],
    weak: ['DISABLED', 'PREFERRED', 'REQUIRED'],
    roots: '',
    password: 'MYSQL_PWD',
    found: (url: string | undefined, env: Env = {}) => {
      const settings = mysql({ ...(url !== undefined && { url }), env, home: '/nonexistent' });
      return { identity: settings.identity, mode: settings.tls.mode, password: settings.password };
    },
  },
} as const;

describe.each(['postgres', 'mysql'] as const)('%s', (kind) => {
  const { found, mode, strict, weak, roots, password } = kinds[kind];
  const refusal = (url: string | undefined, env: Env = {}): TidemarkError => {
    try {
      found(url, env);
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'request.invalid', hint: expect.stringMatching(/./) as string });
      return thrown as TidemarkError;
    }
    throw new Error('it was accepted');
  };
  // With public authorities `verify-ca` means nothing, and is refused for that.
  const url = (host: string, more: string, way = roots): string => `${kind}://ml@${host}/d?${more}${way}`;

  it('verifies the server unless something else is said', () => {
    expect(found(url(rds, 'auth=iam'))).toEqual({
      identity: { kind: 'aws', region: 'eu-west-1' },
      mode: strict[0],
      password: undefined,
    });
    expect(found(url('10.0.0.3', 'auth=Google-IAM'))).toMatchObject({ identity: { kind: 'google' }, mode: strict[0] });
    expect(found(`${kind}://ml@h/d`).identity).toBeUndefined();
  });

  it.each(weak)('is refused with %s', (word) => {
    expect(refusal(url(rds, `auth=iam&${mode}=${word}`, '')).message).toContain(`${mode}: "${word}" is too weak`);
    expect(refusal(url('10.0.0.3', `auth=google-iam&${mode}=${word}`, '')).hint).toContain(strict.join(' or '));
    // Amazon has no proxy on this machine.
    expect(refusal(url('localhost', `auth=aws-iam&region=r&${mode}=${word}`, '')).message).toContain('too weak');
  });

  it.each(['127.0.0.1', 'localhost', '[::1]', '%2Fcloudsql%2Fp%3Ar%3Ai'])('trusts the Auth Proxy at %s', (host) => {
    expect(found(url(host, 'auth=google-iam', '')).identity).toEqual({ kind: 'google' });
    expect(weak).toContain(found(url(host, 'auth=google-iam', '')).mode);
  });

  it.each<[string, string | undefined, Env, RegExp]>([
    ['a word that is not known', url(rds, 'auth=ldap'), {}, /^auth: the URL's auth is not allowed; allowed is iam, /],
    ['a cloud that is not clear', url('db.example.com', 'auth=iam'), {}, /does not say which cloud is meant/],
    ['a region that is not clear', url('db.example.com', 'auth=aws-iam'), {}, /^region: nothing says/],
    ['a region of Google', url('h', 'auth=google-iam&region=r'), {}, /is for auth=aws-iam alone/],
    ['a region alone', url('h', 'region=r'), {}, /goes with auth=aws-iam/],
    ['a password in the URL', `${kind}://u:pw-canary@${rds}/d?auth=iam`, {}, /the URL's password gives a password/],
    ['a password in a variable', url(rds, 'auth=iam'), { [password]: 'pw-canary' }, /(PGPASSWORD|MYSQL_PWD) gives/],
    ['a socket of Amazon', url('%2Frun%2Fs', 'auth=aws-iam&region=r', ''), {}, /too weak/],
  ])('refuses %s', (_, text, env, message) => {
    const error = refusal(text, env);
    expect(error.message).toMatch(message);
    expect(`${error.message} ${error.hint}`).not.toContain('canary');
  });

  it('takes DB_AUTH where the guide says where to connect', () => {
    const env = { DB_HOST: rds, DB_NAME: 'd', DB_USER: 'ml', DB_AUTH: 'iam', PGSSLROOTCERT: 'system' };
    expect(found(undefined, env)).toMatchObject({ identity: { kind: 'aws', region: 'eu-west-1' }, mode: strict[0] });
    expect(found(url(rds, ''), env).identity).toEqual({ kind: 'aws', region: 'eu-west-1' });
    // What is about another server stays out.
    expect(found(`${kind}://ml@other.example.com/d`, { ...env, PGSSLROOTCERT: '' }).identity).toBeUndefined();
    expect(refusal(undefined, { ...env, DB_PASSWORD: 'x' }).message).toContain('DB_PASSWORD gives a password as well');
  });
});

it('PostgreSQL: what is called this machine, and is at another address, is not trusted', () => {
  const at = (address: string) => () =>
    kinds.postgres.found(`postgres://ml@localhost/d?auth=google-iam&sslmode=prefer&hostaddr=${address}`);
  expect(at('127.0.0.1')().mode).toBe('prefer');
  expect(at('10.0.0.3')).toThrow(/too weak/);
});
