import { expect, it } from 'vitest';
import type { RunEvent } from '../../src/core/progress.js';
import type { Destination, DestinationDescription } from '../../src/core/destination.js';
import { TidemarkError } from '../../src/core/errors.js';
import { arrowSource } from '../ports/arrow-source.js';
import { snapshotInMemory } from '../ports/in-memory.js';
import { MemoryDestination } from '../ports/memory-destination.js';

it('the first error is the one that is told, when what was written cannot be removed either', async () => {
  const source = arrowSource(1000, 100, 10);
  const failing = {
    ...source,
    openLane: () => Promise.reject(new TidemarkError('source.sql', 'the first error')),
  };
  const memory = new MemoryDestination();
  const stuck: DestinationDescription = {
    ...memory,
    async loadConnect() {
      return (root, announcements): Destination => {
        const destination = memory.connect(root, announcements);
        return {
          ...destination,
          async openDraft(request) {
            const abort = () =>
              Promise.reject(new TidemarkError('destination.denied', 'cannot remove /out: read-only'));
            return { ...(await destination.openDraft(request)), abort };
          },
        };
      };
    },
  };
  const events: RunEvent[] = [];
  const run = snapshotInMemory(
    failing,
    memory,
    {},
    { destinationOf: () => stuck, listener: (event) => events.push(event) },
  );
  await expect(run).rejects.toMatchObject({ code: 'source.sql', message: 'the first error' });
  expect(events.at(-1)).toEqual({
    type: 'warning',
    message: 'after the run had failed, cannot remove /out: read-only',
  });
});
