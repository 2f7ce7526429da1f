import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plan, snapshot } from '../../src/index.js';
import { emptyFolder } from '../support/cli.js';

const half = '\ud83d';

describe('a text that no manifest can hold', () => {
  it.each([
    ['a tag', { tag: [half], table: 't' }],
    ['a query', { query: `SELECT '${half}'` }],
    ['a parameter', { query: 'SELECT :a', param: { a: half } }],
    ['a property', { table: 't', property: { [half]: 1 } }],
  ])('in %s is refused before the source is asked', async (_, options) => {
    const out = join(emptyFolder('writable'), 'outputs');
    const source = 'postgres://u:p@127.0.0.1:1/d';
    const request = { source, out, dataset: 'dataset://a/v1', ...options };
    for (const command of [snapshot, plan]) {
      await expect(command(request, { env: {} })).rejects.toMatchObject({ code: 'request.invalid' });
    }
    expect(existsSync(out)).toBe(false);
  });
});
