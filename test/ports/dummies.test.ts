import { expect, it } from 'vitest';
import { TidemarkError } from '../../src/core/errors.js';
import type { RunEvent } from '../../src/core/progress.js';
import type { SourceModule } from '../../src/core/source.js';
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

it('a run whose source is locked half way begins anew, with nothing of the attempt before', async () => {
  const source = arrowSource(20_000, 2000, 500);
  let attempts = 0;
  const locked: SourceModule = {
    ...source,
    open: async (...request) => {
      attempts += 1;
      return source.open(...request);
    },
    openLane: async (...ticket) => {
      const lane = await source.openLane(...ticket);
      return {
        ...lane,
        read: async (table, range, limits, sink) => {
          if (attempts === 1 && range === table.ranges.at(-1))
            throw new TidemarkError('source.locked', 'pid 7 holds it');
          return lane.read(table, range, limits, sink);
        },
      };
    },
  };
  const events: RunEvent[] = [];
  const listener = (event: RunEvent): void => void events.push(event);
  const options = { lanes: 2, shardSize: '8KiB' };
  const memory = new MemoryDestination();
  const made = await snapshotInMemory(locked, memory, options, { listener });
  expect(attempts).toBe(2);
  expect(events.filter(({ type }) => type === 'waiting')).toHaveLength(1);
  // Files of whole groups had been closed before, which have the same names in the second attempt.
  expect(made.shards.length).toBeGreaterThan(5);
  const undisturbed = await snapshotInMemory(source, new MemoryDestination(), options);
  expect(made.id).toBe(undisturbed.id);
  expect(await verifyVersion(made.location, { destinationOf: () => memory })).toMatchObject({
    valid: true,
    rows: 20_000,
  });
});
