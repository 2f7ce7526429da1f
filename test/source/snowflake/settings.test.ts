import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { resolveConnection } from '../../../src/source/snowflake/connection/settings/resolve.js';
import type { SnowflakeSettings } from '../../../src/source/snowflake/connection/settings/shape.js';
import { fileWith, homeWith, refusalOf } from './given.js';

type Env = Readonly<Record<string, string>>;

const nowhere = '/nonexistent';
const resolve = (url: string | undefined, env: Env = {}, home = nowhere): SnowflakeSettings =>
  resolveConnection({ home, env, ...(url !== undefined && { url }) });
const by: Env = { SNOWFLAKE_USER: 'robot', SNOWFLAKE_PASSWORD: 'pw-canary' };

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;

const file = `
[default]
account = "org-file"
user = "of file"
password = "file-pw-canary"
role = "FILE_ROLE"

[nightly]
account = "org-nightly"
username = "night"
password = "night-pw-canary"
warehouse = "NIGHT_WH"
paramstyle = "qmark"

[other]
user = "other"
`;

describe('how to connect to Snowflake', () => {
  it('is said by the URL', () => {
    // What is empty is not given.
    const more = 'warehouse=WH&role=R%201&host=h.example.com&query-tag=nightly&authenticator=&connection=';
    const { identity, ...settings } = resolve(`snowflake://a%40b:pw%3Acanary@Org-Acct/Db/%22sch%22?${more}`);
    expect(settings).toEqual({
      ...{ account: 'Org-Acct', endpoint: 'https://h.example.com', role: 'R 1', warehouse: 'WH', database: 'Db' },
      ...{ schema: '"sch"', queryTag: 'nightly', warnings: [] },
    });
    expect(identity).toMatchObject({ kind: 'password', origin: 'the URL', user: 'a@b' });
    expect(identity.kind === 'password' && identity.password.reveal()).toBe('pw:canary');
  });

  it('is said by the URL, with a key, a token in a file, or a provider', () => {
    const key = resolve(`snowflake://u@a/?private-key-file=${fileWith(pem)}`).identity;
    expect(key).toMatchObject({ kind: 'key', origin: 'the URL', user: 'u' });
    const path = fileWith('token-canary');
    const token = resolve(`snowflake://a?authenticator=OAuth&token-file=${path}`).identity;
    expect(token).toEqual({ kind: 'oauth', origin: 'the URL', user: undefined, token: { file: path } });
    const provider = resolve('snowflake://a?workload-identity-provider=aws').identity;
    expect(provider).toEqual({ kind: 'workload', origin: 'the URL', provider: 'AWS', token: undefined });
  });

  it('is said by variables: those of the drivers, then those of SnowSQL', () => {
    const names = ['ACCOUNT', 'USER', 'ROLE', 'WAREHOUSE', 'DATABASE', 'SCHEMA'];
    const of = (prefix: string): Env =>
      Object.fromEntries(names.map((name) => [`${prefix}_${name}`, `${prefix}-${name}`]));
    const expected = (prefix: string): object => ({
      ...{ account: `${prefix}-ACCOUNT`, role: `${prefix}-ROLE`, warehouse: `${prefix}-WAREHOUSE` },
      ...{ database: `${prefix}-DATABASE`, schema: `${prefix}-SCHEMA`, identity: { user: `${prefix}-USER` } },
    });
    const snowsql = { ...of('SNOWSQL'), SNOWSQL_PWD: 'canary-2' };
    expect(resolve(undefined, snowsql)).toMatchObject(expected('SNOWSQL'));
    const both = { ...snowsql, ...of('SNOWFLAKE'), SNOWFLAKE_PASSWORD: 'canary-1' };
    const settings = resolve(undefined, both);
    expect(settings).toMatchObject(expected('SNOWFLAKE'));
    expect(settings.identity.origin).toBe('SNOWFLAKE_PASSWORD');
    expect(resolve(undefined, { ...both, SNOWFLAKE_ROLE: ' ' }).role).toBe('SNOWSQL-ROLE');
    expect(settings.queryTag).toBe('tidemark');
    expect(resolve('snowflake://u@org-url/d', both)).toMatchObject({
      ...{ account: 'org-url', database: 'd', schema: 'SNOWFLAKE-SCHEMA', identity: { user: 'u' } },
    });
  });

  it('takes a key or a token of the URL before one of variables, in whatever form', () => {
    const [keyFile, tokenFile] = [fileWith(pem), fileWith('t')];
    const key = resolve(`snowflake://u@a?private-key-file=${keyFile}`, { SNOWFLAKE_PRIVATE_KEY: 'other' });
    expect(key.identity.origin).toBe('the URL');
    const token = resolve(`snowflake://a?authenticator=oauth&token-file=${tokenFile}`, { SNOWFLAKE_TOKEN: 'other' });
    expect(token.identity.origin).toBe('the URL');
  });
});

describe('a connection of connections.toml', () => {
  const home = homeWith(file);

  it('is the default one where nothing names an account', () => {
    const settings = resolve(undefined, {}, home);
    expect(settings).toMatchObject({ account: 'org-file', role: 'FILE_ROLE', identity: { user: 'of file' } });
    expect(settings.identity.origin).toBe('password of [default] in connections.toml');
    expect(resolve('snowflake://', { SNOWFLAKE_ROLE: 'V' }, home)).toMatchObject({ account: 'org-file', role: 'V' });
    expect(resolve('snowflake://org-url', by, home)).toMatchObject({ account: 'org-url', role: undefined });
    expect(resolve(undefined, { ...by, SNOWFLAKE_ACCOUNT: 'v' }, home).role).toBeUndefined();
  });

  it('that a variable names goes behind other variables, and one that the URL names before them', () => {
    const env = { ...by, SNOWFLAKE_ACCOUNT: 'of-variable', SNOWFLAKE_DEFAULT_CONNECTION_NAME: 'nightly' };
    expect(resolve(undefined, env, home)).toMatchObject({
      ...{ account: 'of-variable', warehouse: 'NIGHT_WH', identity: { user: 'robot' } },
    });
    const others = { ...env, SNOWFLAKE_DEFAULT_CONNECTION_NAME: 'default' };
    expect(resolve('snowflake:///DB?connection=nightly', others, home)).toMatchObject({
      ...{ account: 'org-nightly', warehouse: 'NIGHT_WH', database: 'DB', role: undefined },
      identity: { user: 'night', origin: 'password of [nightly] in connections.toml' },
    });
    expect(resolve('snowflake://me@org-url?connection=nightly', {}, home)).toMatchObject({
      ...{ account: 'org-url', identity: { user: 'me' } },
    });
  });

  it('may be in the folder that SNOWFLAKE_HOME names', () => {
    const env = { SNOWFLAKE_HOME: join(home, '.snowflake') };
    expect(resolve(undefined, env)).toMatchObject({ account: 'org-file' });
  });

  it.each<[string, string, string, RegExp, RegExp]>([
    ['is not there', file, 'none', /^connection: there is no "none" in .*toml$/, /^It has default, nightly, other\.$/],
    ['is no table', 'a = 1', 'a', /^connection: there is no "a" in .*toml$/, /^It has a\.$/],
    ['is called as a part of every object', file, 'toString', /there is no "toString"/, /It has/],
    ['is in a file without any', '', 'none', /there is no "none"/, /It has no connection/],
    ['is in a file that is no TOML', '[a]\npassword = "pw-canary', 'a', /toml is no TOML: line 2$/, /^Repair it; /],
  ])('that %s is refused', (_, text, name, message, hint) => {
    const told = refusalOf(() => resolve(`snowflake://?connection=${name}`, {}, homeWith(text)));
    expect(told).toEqual({ message: expect.stringMatching(message), hint: expect.stringMatching(hint) } as object);
    expect(JSON.stringify(told)).not.toContain('canary');
  });

  it('that is named, where there is no file, is refused', () => {
    expect(refusalOf(() => resolve('snowflake://?connection=a'))).toEqual({
      message: 'connection: /nonexistent/.snowflake/connections.toml cannot be read (ENOENT)',
      hint: 'It is the file of Snowflake’s own tools; SNOWFLAKE_HOME names its folder.',
    });
  });
});

describe('the address', () => {
  it.each([
    ['MyOrg-My_Account', 'https://myorg-my-account.snowflakecomputing.com'],
    ['xy12345.eu-central-1', 'https://xy12345.eu-central-1.snowflakecomputing.com'],
    ['xy12345.us-east-1.privatelink', 'https://xy12345.us-east-1.privatelink.snowflakecomputing.com'],
    ['xy12345.cn-northwest-1', 'https://xy12345.cn-northwest-1.snowflakecomputing.cn'],
    ['xy12345.cn-northwest-1.privatelink', 'https://xy12345.cn-northwest-1.privatelink.snowflakecomputing.cn'],
    ['org-acct.snowflakecomputing.com', 'https://org-acct.snowflakecomputing.com'],
    ['org-acct.snowflakecomputing.cn', 'https://org-acct.snowflakecomputing.cn'],
  ])('of %s is %s', (account, endpoint) => {
    const settings = resolve(`snowflake://${account}`, by);
    expect(settings.endpoint).toBe(endpoint);
    expect(settings.account).toBe(account.replace(/\.snowflakecomputing.*/, ''));
  });

  it.each([
    ['org-a.privatelink.snowflakecomputing.com', 'https://org-a.privatelink.snowflakecomputing.com'],
    ['https://proxy.example.com:8443/', 'https://proxy.example.com:8443'],
    ['http://localhost:1234', 'http://localhost:1234'],
    ['http://127.0.0.1:1234', 'http://127.0.0.1:1234'],
  ])('may be said: %s', (host, endpoint) => {
    expect(resolve('snowflake://a', { ...by, SNOWFLAKE_HOST: host }).endpoint).toBe(endpoint);
  });

  it.each([
    'http://example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'a/b',
    'ftp://a',
    'a b',
  ])('is not %s', (host) => {
    expect(refusalOf(() => resolve('snowflake://a', { ...by, SNOWFLAKE_HOST: host }))).toEqual({
      message: `host: "${host}" (SNOWFLAKE_HOST) is no address`,
      hint: 'Write the name of a host, such as myorg-myaccount.privatelink.snowflakecomputing.com.',
    });
  });
});

describe('what cannot be meant', () => {
  const account = /^It reads organization-account, or locator\.region: /;
  const docs = /docs\/databases\/snowflake\.md\.$/;
  it.each<[string | undefined, Env, string, RegExp]>([
    ['snowflake://a?wherehouse=1', by, "source: the URL's wherehouse is not known", /^Allowed: warehouse, role, /],
    ['snowflake://a?token=canary', by, "source: the URL's token is not known", /^Allowed: warehouse, role, /],
    ['snowflake://a?role=A&role=B', by, 'source: the URL has role twice', /^Give it once\.$/],
    ['snowflake://a:443', by, 'source: the URL of Snowflake names an account, and no port', /host=/],
    ['snowflake://a/d/s/t', by, 'source: the URL has more than an account, a database and a schema', /--table/],
    ['snowflake://u:pw-can/ary@a', by, 'source: that is no URL of Snowflake', /%2F/],
    ['snowflake://u:%zz-canary@a', by, "source: the URL's password has a % that begins no character", /%25/],
    [undefined, by, 'source: the account is not said', /^Write it, or set SNOWFLAKE_ACCOUNT\. /],
    ['snowflake://', by, 'source: the account is not said', /^Write it, or set SNOWFLAKE_ACCOUNT\. /],
    [
      undefined,
      { ...by, SNOWSQL_ACCOUNT: 'a/b' },
      'account: "a/b" (SNOWSQL_ACCOUNT) is no account of Snowflake',
      account,
    ],
    ['snowflake://a', {}, 'source: nothing says who asks Snowflake', docs],
    ['snowflake://a', { SNOWSQL_PWD: 'canary' }, 'source: a user is missing', /^Set SNOWFLAKE_USER or /],
    [
      'snowflake://a',
      { SNOWFLAKE_TOKEN: 'canary' },
      'SNOWFLAKE_TOKEN: it is not said what kind of token that is',
      /^SNOWFLAKE_AUTHENTICATOR=oauth or /,
    ],
    [
      'snowflake://a?authenticator=oauth',
      by,
      'source: a token is missing',
      /^Set SNOWFLAKE_TOKEN or SNOWFLAKE_TOKEN_FILE_PATH: /,
    ],
    [
      'snowflake://a?authenticator=oauth&token-file=/nonexistent/t',
      by,
      'the URL: /nonexistent/t is not there',
      /file with a token/,
    ],
    ['snowflake://u@a?authenticator=snowflake_jwt', {}, 'source: a private key is missing', docs],
    ['snowflake://u@a?authenticator=snowflake', {}, 'source: a password is missing', docs],
    [
      'snowflake://a?authenticator=workload_identity',
      {},
      'source: the provider of the workload’s identity is missing',
      docs,
    ],
    [
      'snowflake://a?workload-identity-provider=ibm',
      {},
      'workload-identity-provider: "ibm" is not known',
      /^Allowed: AWS, AZURE, GCP, OIDC\.$/,
    ],
    ['snowflake://a?workload-identity-provider=oidc', {}, 'source: the token of OIDC is missing', docs],
  ])('%s, %j is refused', (url, env, message, hint) => {
    const told = refusalOf(() => resolve(url, env));
    expect(told).toEqual({ message, hint: expect.stringMatching(hint) as string });
    expect(JSON.stringify(told)).not.toContain('canary');
  });

  it('is a tag that is too long', () => {
    expect(refusalOf(() => resolve(`snowflake://a?query-tag=${'x'.repeat(2001)}`, by))).toEqual({
      message: 'query-tag: it has 2001 characters',
      hint: 'Snowflake takes 2000 at most.',
    });
  });

  it.each(['externalbrowser', 'username_password_mfa', 'https://corp.okta.com', 'constructor'])(
    '%s, which needs somebody, is refused',
    (authenticator) => {
      expect(refusalOf(() => resolve('snowflake://a', { ...by, SNOWFLAKE_AUTHENTICATOR: authenticator }))).toEqual({
        message: `authenticator: "${authenticator}" (SNOWFLAKE_AUTHENTICATOR) is not known; allowed is snowflake_jwt, oauth, programmatic_access_token, workload_identity, snowflake`,
        hint: 'Ways to log in that need a browser or a telephone do not go with runs that nobody attends.',
      });
    },
  );
});

describe('several identities', () => {
  const all: Env = {
    ...{
      ...by,
      SNOWFLAKE_PRIVATE_KEY: pem,
      SNOWFLAKE_PRIVATE_KEY_PATH: '/nonexistent/k',
      SNOWFLAKE_TOKEN: 'tok-canary',
    },
    SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER: 'OIDC',
  };
  const [text, path, token] = ['SNOWFLAKE_PRIVATE_KEY', 'SNOWFLAKE_PRIVATE_KEY_PATH', 'SNOWFLAKE_TOKEN'];
  const [provider, password] = ['SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER', 'SNOWFLAKE_PASSWORD'];
  it.each<[string | undefined, string, readonly string[]]>([
    [undefined, text, [path, token, provider, password]],
    ['oauth', token, [text, path, provider, password]],
    ['programmatic_access_token', token, [text, path, provider, password]],
    ['workload_identity', provider, [text, path, password]],
    ['snowflake', password, [text, path, token, provider]],
  ])('are told of, by authenticator %s', (authenticator, used, others) => {
    const env = { ...all, ...(authenticator !== undefined && { SNOWFLAKE_AUTHENTICATOR: authenticator }) };
    const settings = resolve('snowflake://a', env);
    expect(settings.warnings).toEqual([`${used} says who asks; set too, and not used: ${others.join(', ')}`]);
    const told = JSON.stringify(settings) + inspect(settings, { depth: 9, showHidden: true });
    for (const secret of ['canary', pem.split('\n')[1]!]) expect(told).not.toContain(secret);
  });

  it('are none where one says it, or another goes before', () => {
    expect(resolve('snowflake://a', by).warnings).toEqual([]);
    expect(resolve('snowflake://u:pw@a', by).warnings).toEqual([]);
    const workload = { SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER: 'oidc', SNOWFLAKE_TOKEN: 't' };
    expect(resolve('snowflake://a', workload).warnings).toEqual([]);
    expect(
      resolve('snowflake://a', {
        ...by,
        SNOWFLAKE_TOKEN_FILE_PATH: '/nonexistent',
        SNOWFLAKE_AUTHENTICATOR: 'snowflake',
      }).warnings,
    ).toEqual(['SNOWFLAKE_PASSWORD says who asks; set too, and not used: SNOWFLAKE_TOKEN_FILE_PATH']);
  });
});
