import { expect, it } from 'vitest';
import type { OpenSource } from '../../src/core/source.js';
import { destinationOf } from '../../src/destination/registry.js';
import { unloadedSource } from '../../src/snapshot/unloaded-source.js';
import { emptyFolder } from '../support/cli.js';

it('rows that a database has written somewhere else are missed', async () => {
  const location = emptyFolder('staging');
  const destination = destinationOf(location);
  const area = { owner: { destination: destination.kind }, store: await destination.loadStore(), location };
  const source = { tables: [{ name: 'orders', columns: [] }], unloaded: [{ folder: '0', rows: 7 }] };
  await expect(unloadedSource(source as unknown as OpenSource, area)).rejects.toMatchObject({
    code: 'verification.failed',
    message: 'the database tells that it has written 7 rows, and its files have 0',
  });
});
