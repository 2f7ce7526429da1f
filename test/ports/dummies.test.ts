import { expect, it } from 'vitest';
import { readTable } from '../../src/version/read.js';
import { verifyVersion } from '../../src/version/verify/index.js';
import { arrowSource, type Row, rowOf } from './arrow-source.js';
import { snapshotInMemory } from './in-memory.js';
import { MemoryDestination } from './memory-destination.js';

it('a source of Arrow batches and a destination in memory make a version, in one thread', async () => {
  const memory = new MemoryDestination();
  const rows = 20_000;
  const made = await snapshotInMemory(arrowSource(rows, 6000, 777), memory, { lanes: 2 });
  expect(made).toMatchObject({ rows, location: 'memory:/numbers/v1' });
  const destinationOf = () => memory;
  const verified = await verifyVersion(made.location, { destinationOf });
  expect(verified).toMatchObject({ valid: true, findings: [], rows, files: 1 });
  const read: Row[] = [];
  for await (const batch of readTable(made.location, 'numbers', { destinationOf })) {
    for (const row of batch) read.push({ n: row.n as bigint, word: row.word as string | null });
  }
  expect(read).toEqual(Array.from({ length: rows }, (_, n) => rowOf(n)));
});
