import { describe, expect, it } from 'vitest';
import {
  isConnectionVariable,
  loadSource,
  roads,
  secretVariables,
  sourceOf,
  sources,
} from '../../src/source/registry.js';

describe.each(sources)('the source $kind', (source) => {
  it('is found by each of its schemes, in any case', () => {
    for (const scheme of source.schemes) {
      const url = `${scheme}://u@h/d`;
      expect(sourceOf(url, {})).toEqual({ source, url });
      expect(sourceOf(url.toUpperCase(), {}).source).toBe(source);
    }
    expect(sourceOf(source.exampleUrl, {}).source).toBe(source);
  });

  it('is what DB_* are about, where a scheme alone or DB_ENGINE says so', () => {
    const guide = { DB_HOST: 'h', DB_NAME: 'd', DB_PORT: '5432' };
    for (const scheme of source.schemes) {
      for (const given of [`${scheme}:`, `${scheme}://`]) {
        expect(sourceOf(given, guide)).toEqual({ source, url: undefined });
      }
      for (const engine of [scheme, scheme.toUpperCase(), `django.db.backends.${scheme}`]) {
        expect(sourceOf(undefined, { ...guide, DB_ENGINE: engine })).toEqual({ source, url: undefined });
      }
    }
  });

  it('is meant where its own variables alone say where to connect', () => {
    for (const name of source.placeVariables) {
      expect(isConnectionVariable(name)).toBe(true);
      expect(sourceOf(undefined, { [name]: 'h' }).source).toBe(source);
    }
  });

  it('is the only one that has its schemes and its kind', () => {
    for (const other of sources.filter((one) => one !== source)) {
      expect(other.kind).not.toBe(source.kind);
      expect(other.schemes.filter((scheme) => source.schemes.includes(scheme))).toEqual([]);
    }
  });

  it('has roads, and variables of which the secret ones are its own', () => {
    expect(Object.keys(source.roads).length).toBeGreaterThan(0);
    expect(roads).toEqual(expect.arrayContaining(Object.keys(source.roads)));
    for (const name of source.secretVariables) {
      expect(isConnectionVariable(name), name).toBe(true);
      expect(secretVariables).toContain(name);
    }
  });

  it('resolves its example without asking anybody, and loads', async () => {
    const { resolveConnection } = await source.loadRequests();
    const url = source.exampleUrl.replace(/\?.*/, '');
    // Some must be told who asks.
    const env = { SNOWFLAKE_AUTHENTICATOR: 'oauth', SNOWFLAKE_TOKEN: 'a-token' };
    expect(resolveConnection({ url, env, home: '/nonexistent' })).toMatchObject({ warnings: [] });
    const module = await loadSource(source.kind);
    for (const name of ['open', 'openLane'] as const) expect(module[name]).toBeTypeOf('function');
  });
});

describe('which database is meant', () => {
  const [postgres] = sources;

  it('is the first one, where DB_* say no more', () => {
    expect(sourceOf(undefined, {}).source).toBe(postgres);
    expect(sourceOf(undefined, { DB_HOST: 'h' }).source).toBe(postgres);
    expect(sourceOf(undefined, { DB_HOST: 'h', PGHOST: 'h' }).source).toBe(postgres);
  });

  it.each([
    [{ MYSQL_HOST: 'a', PGHOST: 'b' }, /PG\* and MYSQL_\* are set/],
    [{ DB_HOST: 'a', MYSQL_HOST: 'a' }, /MYSQL_\* are set beside DB_\*/],
    [{ DB_HOST: 'a', DB_ENGINE: 'oracle' }, /DB_ENGINE="oracle" is not known; allowed is postgres, /],
  ])('is never guessed: %j', (env, message) => {
    expect(() => sourceOf(undefined, env)).toThrow(message);
  });
});
