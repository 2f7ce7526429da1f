import type * as workerThreads from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { readAllRanges } from '../../src/lane/coordinator.js';
import type { LaneStart, RangeReceipt } from '../../src/lane/messages.js';
import { lanesInThreads } from '../../src/lane/running-lane.js';

/** Real threads that run stand-in.mjs in the place of a lane. */
vi.mock('node:worker_threads', async (original) => {
  const threads = await original<typeof workerThreads>();
  class Worker extends threads.Worker {
    constructor(_: URL, options: WorkerOptions) {
      super(new URL('./stand-in.mjs', import.meta.url), options);
    }
  }
  return { ...threads, Worker };
});

/** Reads four ranges of two tables; `fates` says what becomes of which (see stand-in.mjs), the others are read. */
async function readFour(fates: Record<string, string>, lanes = 2): Promise<readonly RangeReceipt[]> {
  const table = (name: string): object => ({
    name,
    columns: [],
    ranges: ['first', 'second'].map((label) => ({ label, detail: `${name} ${label}` })),
  });
  const start = {
    tables: [table('orders'), table('items')],
    ticket: fates,
  } as unknown as LaneStart;
  const listener = (): void => undefined;
  const lost = new Promise<never>(() => undefined);
  const { signal } = new AbortController();
  const options = {
    lanes,
    encodersPerLane: 0,
    startLane: lanesInThreads().start,
    clock: systemClock,
    signal,
    listener,
    lost,
  };
  return (await readAllRanges(start, options)).ranges;
}

describe('the coordinator of lanes', () => {
  it.each([1, 2, 4, 7])('has every range read once by %i lanes, also one that is read again', async (lanes) => {
    const receipts = await readFour({ 'items first': 'again' }, lanes);
    expect(receipts.map(({ table, range }) => [table, range]).sort()).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
  });

  it.each([
    ['ends in the middle of a range', { 'items first': 'exit' }, /read first of items ended .*exit code 0/],
    ['ends in the middle of the last range', { 'items second': 'exit' }, /read second of items ended/],
    ['ends before it is ready', { start: 'exit' }, /was to read ended/],
    ['writes fewer rows than it received', { 'orders second': 'short' }, /second of orders 3 rows .* 2 rows/],
    ['leaves out a file', { 'orders second': 'part' }, /second of orders has part 2 in the place of part 1/],
    ['answers for another range', { 'items second': 'other' }, /first of items was read 2 times|was read by no lane/],
  ])('fails the run when a lane %s', async (_, fates: Record<string, string>, message) => {
    for (const lanes of [1, 2]) {
      await expect(readFour(fates, lanes)).rejects.toMatchObject({
        code: 'internal.bug',
        message: expect.stringMatching(message),
      });
    }
  });
});
