import { describe, expect, it } from 'vitest';
import type { TidemarkError } from '../../../src/core/errors.js';
import { resolveConnection } from '../../../src/source/redshift/connection/settings.js';
import type { RedshiftSettings } from '../../../src/source/redshift/connection/shape.js';

const resolved = (url: string | undefined, env: Readonly<Record<string, string>> = {}): RedshiftSettings =>
  resolveConnection({ ...(url !== undefined && { url }), env, home: '/nonexistent' });

function refusalOf(url: string | undefined, env: Readonly<Record<string, string>> = {}): string {
  try {
    resolved(url, env);
  } catch (thrown) {
    const { code, message, hint } = thrown as TidemarkError;
    expect([code, hint]).toEqual(['request.invalid', expect.any(String)]);
    return message;
  }
  throw new Error('nothing is refused');
}

const iam = { kind: 'iam', user: undefined, groups: [] };

describe('where Redshift is', () => {
  it('is a name, which may be a cluster’s or a workgroup’s, or what the URL says that it is', () => {
    expect(resolved('redshift://warehouse/shop?region=eu-west-1')).toMatchObject({
      ...{ name: 'warehouse', kind: undefined, host: undefined, port: undefined, database: 'shop', login: iam },
      ...{ region: 'eu-west-1', sslMode: 'verify-full', roots: undefined },
    });
    expect(resolved('redshift:///shop?workgroup=pool')).toMatchObject({ name: 'pool', kind: 'workgroup' });
  });

  it('is a host, which says which of the two it is, its name and its region', () => {
    const cluster = 'warehouse.abc123.eu-west-1.redshift.amazonaws.com';
    expect(resolved(`redshift://${cluster}:5440/shop`)).toMatchObject({
      ...{ name: 'warehouse', kind: 'cluster', host: cluster, port: 5440, region: 'eu-west-1', login: iam },
    });
    expect(resolved('redshift://pool.123456789012.us-east-2.redshift-serverless.amazonaws.com/shop')).toMatchObject({
      ...{ name: 'pool', kind: 'workgroup', region: 'us-east-2' },
    });
    expect(resolved('redshift://u:p@127.0.0.1:5439/shop')).toMatchObject({ name: undefined, host: '127.0.0.1' });
  });

  it('is said by variables: the guide’s, those of its older page, or any database’s', () => {
    const guide = { RSCLUSTERIDENTIFIER: 'w', RSDATABASE: 'shop', RSREGION: 'eu-north-1', RSIAM: '1', RSPORT: '5440' };
    expect(resolved(undefined, guide)).toMatchObject({ name: 'w', kind: 'cluster', port: 5440, region: 'eu-north-1' });
    const older = { redshift_host: 'h', port: '5441', dbname: 'old', user: 'u', PGPASSWORD: 'p' };
    expect(resolved(undefined, older)).toMatchObject({ host: 'h', port: 5441, database: 'old' });
    const any = { DB_HOST: 'h', DB_NAME: 'd', DB_USER: 'u', DB_PASSWORD: 'p' };
    expect(resolved(undefined, any)).toMatchObject({ host: 'h', database: 'd' });
    // Names that are everybody's say nothing by themselves.
    expect(refusalOf(undefined, { port: '1', dbname: 'd', user: 'u', PGPASSWORD: 'p' })).toMatch(/neither a cluster/);
  });
});

describe('who logs in', () => {
  it('is the identity, unless there is a password, and also where one is set beside RSIAM', () => {
    const password = { RSUSER: 'u', RSPASSWORD: 'p' };
    expect(resolved('redshift://w/d', password).login).toMatchObject({ kind: 'password', user: 'u' });
    expect(resolved('redshift://w/d?iam=1', password).login).toMatchObject({ kind: 'iam', user: 'u' });
    expect(resolved('redshift://w/d', { ...password, RSIAM: 'true' }).login).toMatchObject({ kind: 'iam', user: 'u' });
    expect(resolved('redshift://w/d?db-groups=a,%20b', { RSUSER: 'u' }).login).toEqual({
      ...{ kind: 'iam', user: 'u', groups: ['a', 'b'] },
    });
  });

  it('at one place does not log in at another', () => {
    const elsewhere = { RSHOST: 'other', RSUSER: 'u', RSPASSWORD: 'canary', RSDATABASE: 'd' };
    expect(resolved('redshift://w/d', elsewhere).login).toEqual(iam);
    expect(resolved('redshift://other/d', { ...elsewhere, RSHOST: 'other.example.com' }).login).toEqual(iam);
    expect(
      JSON.stringify(resolved('redshift://other.example.com/d', { ...elsewhere, RSHOST: 'other.example.com' })),
    ).not.toContain('canary');
  });
});

describe('what is refused', () => {
  it.each<[string | undefined, Readonly<Record<string, string>>, RegExp]>([
    [undefined, {}, /neither a cluster nor a workgroup nor a host/],
    ['redshift://w', {}, /no database is named/],
    ['redshift://w/d/t', {}, /more than a place and a database/],
    ['redshift://w/d?regoin=x', {}, /the URL's regoin is not known; did you mean "region"\?/],
    [undefined, { RSHOST: 'h', RSDATABASE: 'd', RSPORT: '70000' }, /port: "70000" \(RSPORT\) is not a port/],
    ['redshift://w/d?iam=maybe', {}, /iam: the URL's iam is neither 1 nor 0/],
    ['redshift://w/d?sslmode=on', {}, /sslmode: the URL's sslmode is not known/],
    ['redshift://w/d?iam=0', {}, /no identity logs in, and no password is given/],
    ['redshift://127.0.0.1/d', {}, /a host alone cannot be logged in to/],
    ['redshift://w/d?db-groups=a', {}, /db-groups: .* goes with a user/],
    ['redshift://w/d', { RSPASSWORD: 'p' }, /RSPASSWORD is set, and no user/],
    ['redshift://w/d?sslrootcert=/nonexistent', {}, /sslrootcert: the file that is named cannot be read \(ENOENT\)/],
    ['redshift://w/%ff', {}, /a % that stands for no character/],
  ])('%s with %o', (url, env, expected) => {
    expect(refusalOf(url, env)).toMatch(expected);
  });
});
