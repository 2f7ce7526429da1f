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
      expect(sourceOf(`${scheme}://u@h/d`)).toBe(source);
      expect(sourceOf(`${scheme.toUpperCase()}://u@h/d`)).toBe(source);
    }
    expect(sourceOf(source.exampleUrl)).toBe(source);
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
    expect(resolveConnection({ url, env: {}, home: '/nonexistent' })).toMatchObject({ warnings: [] });
    const module = await loadSource(source.kind);
    for (const name of ['open', 'openLane', 'createDecoder'] as const) expect(module[name]).toBeTypeOf('function');
  });
});
