import { describe, expect, it } from 'vitest';
import { newRate, RateLimit, slowed } from '../../src/lane/rate-limit.js';

/** Time stands still unless it is moved; nanoseconds. */
function time(): { now: bigint; readonly read: () => bigint; pass(milliseconds: number): void } {
  const clock = {
    now: 1_000_000_000n,
    read: () => clock.now,
    pass(milliseconds: number) {
      clock.now += BigInt(Math.round(milliseconds * 1e6));
    },
  };
  return clock;
}

describe('a rate', () => {
  it('is that of all who share it, whoever receives', () => {
    const clock = time();
    const rate = newRate(1_000_000)!;
    const lanes = [1, 2, 3].map(() => new RateLimit(structuredClone(rate), clock.read));
    // A thousand bytes take a millisecond.
    expect(lanes.map((lane) => lane.take(10_000))).toEqual([10, 20, 30]);
    clock.pass(25);
    expect(lanes[0]!.take(1_000)).toBe(6);
    // What nobody used is not saved up.
    clock.pass(60_000);
    expect(lanes[1]!.take(1_000)).toBe(1);
  });

  it('is kept by waiting after what was received, and not at all for what is little', async () => {
    const clock = time();
    const slept: number[] = [];
    const seen: unknown[] = [];
    const sink = slowed(
      {
        rows: (_bytes, start, end, count) => void seen.push([start, end, count]),
        cut: () => void seen.push('cut'),
        batch: async () => void seen.push('batch'),
      },
      new RateLimit(newRate(1_000_000)!, clock.read),
      {
        clock: { sleep: async (milliseconds) => void slept.push(milliseconds) },
        signal: new AbortController().signal,
      },
    );
    const bytes = new Uint8Array(100_000);
    expect(sink.rows(bytes, 0, 1_000, 1)).toBeUndefined();
    expect(sink.cut()).toBeUndefined();
    await sink.rows(bytes, 1_000, 100_000, 9);
    await sink.batch(undefined as never, 50_000);
    expect([seen, slept]).toEqual([
      [[0, 1_000, 1], 'cut', [1_000, 100_000, 9], 'batch'],
      [100, 150],
    ]);
  });

  it('ends its waiting when the run ends', async () => {
    const stop = new AbortController();
    const { systemClock } = await import('../../src/core/clock.js');
    const sink = slowed(
      { rows: () => undefined, cut: () => undefined, batch: () => undefined },
      new RateLimit(newRate(1)!),
      { clock: systemClock, signal: stop.signal },
    );
    const waiting = sink.rows(new Uint8Array(1_000_000), 0, 1_000_000, 1);
    stop.abort(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
  });
});
