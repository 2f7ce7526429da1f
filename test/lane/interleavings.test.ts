import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { TidemarkError } from '../../src/core/errors.js';
import type { LaneReader, RowSink, SourceModule } from '../../src/core/source.js';
import type { StartLane } from '../../src/lane/running-lane.js';
import { thisMachine } from '../../src/machine/machine.js';
import { arrowSource } from '../ports/arrow-source.js';
import { snapshotInMemory } from '../ports/in-memory.js';
import { MemoryDestination } from '../ports/memory-destination.js';
import { memoryScratch } from '../ports/memory-scratch.js';

const rowCount = 9000;
/** A failure prints the seed that makes it again. */
const rounds = process.env['TIDEMARK_TEST_LONG'] === undefined ? 25 : 1500;

interface Circumstances {
  readonly lanes: number;
  readonly perBatch: number;
  readonly shardSize: number;
  /** Called before each batch of a range; may wait, and may break the connection. */
  beforeBatch(): Promise<void>;
  /** Called before each report of a lane reaches the coordinator. */
  beforeReport(): Promise<void>;
}

const smooth = { beforeBatch: () => Promise.resolve(), beforeReport: () => Promise.resolve() };

function disturbed(source: SourceModule, before: () => Promise<void>): SourceModule {
  const reader = (inner: LaneReader): LaneReader => ({
    ...inner,
    read: (table, range, limits, sink) => {
      const disturbedSink: RowSink = {
        ...sink,
        batch: async (batch, bytes) => {
          await before();
          await sink.batch(batch, bytes);
        },
      };
      return inner.read(table, range, limits, disturbedSink);
    },
  });
  return { ...source, openLane: async (ticket, signal) => reader(await source.openLane(ticket, signal)) };
}

/** Reports of each lane in their order, but those of several lanes in whatever order `before` lets them through. */
function delayed(startLane: StartLane, before: () => Promise<void>): StartLane {
  return (start, take) => {
    let last = Promise.resolve();
    return startLane(start, (report) => {
      last = last.then(before).then(() => take(report));
    });
  };
}

/** The shards of a version, made in memory in this thread; nothing stays in its scratch space. */
async function shardsOf(about: Circumstances): Promise<Record<string, string>> {
  const memory = new MemoryDestination();
  const scratch = new Map<string, Buffer>();
  const source = disturbed(arrowSource(rowCount, 750, about.perBatch), about.beforeBatch);
  const { lanes, shardSize } = about;
  const { rows } = await snapshotInMemory(
    source,
    memory,
    { lanes, shardSize },
    {
      openScratch: () => memoryScratch(scratch),
      machine: { ...thisMachine, clock: { ...systemClock, sleep: () => Promise.resolve() } },
      around: (startLane) => delayed(startLane, about.beforeReport),
    },
  );
  expect(rows).toBe(rowCount);
  expect(scratch.size).toBe(0);
  const shards = [...memory.files].filter(([path]) => path.endsWith('.parquet')).sort();
  return Object.fromEntries(shards.map(([path, bytes]) => [path, bytes.toString('base64')]));
}

describe('lanes that get in each other’s way', { timeout: rounds * 4_000 }, () => {
  it.each([8_192, 2 ** 20, 2 ** 30])('write the same bytes, shards of at most %i', async (shardSize) => {
    const expected = await shardsOf({ ...smooth, lanes: 1, perBatch: 750, shardSize });
    const count = Object.keys(expected).length;
    if (shardSize < 2 ** 20) expect(count).toBeGreaterThan(3);
    else expect(count).toBe(1);
    for (const shard of Object.values(expected)) expect(shard.length).toBeLessThanOrEqual((4 / 3) * shardSize + 4);
    let broken = 0;
    const lanes = fc.constantFrom(1, 2, 5);
    const batches = fc.integer({ min: 50, max: 800 });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        lanes,
        batches,
        fc.infiniteStream(fc.nat(99)),
        async (s, lanes, perBatch, chance) => {
          let failures = 0;
          const made = shardsOf({
            lanes,
            perBatch,
            shardSize,
            beforeReport: () => s.schedule(Promise.resolve()),
            beforeBatch: async () => {
              await s.schedule(Promise.resolve());
              // A range is tried four times; so few failures can never be all of one range's.
              if (failures === 3 || (chance.next().value as number) > 5) return;
              failures += 1;
              broken += 1;
              throw new TidemarkError('source.lost', 'the connection broke', { retryable: true });
            },
          });
          expect(await s.waitFor(made)).toEqual(expected);
        },
      ),
      { numRuns: rounds },
    );
    expect(broken).toBeGreaterThan(5);
  });
});
