import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { TidemarkError } from '../../src/core/errors.js';
import { withRetries } from '../../src/lane/retry.js';

const lost = (): TidemarkError => new TidemarkError('source.lost', 'the connection broke', { retryable: true });

/** An action that fails so often, and what it meets. */
function failing(times: number, failure: () => Error, lasts = 0) {
  const slept: number[] = [];
  const told: string[] = [];
  let attempts = 0;
  let time = 0;
  const now = (): number => time;
  const sleep = async (ms: number): Promise<void> => {
    slept.push(ms);
    time += ms;
  };
  const action = async (): Promise<number> => {
    attempts += 1;
    time += lasts;
    if (attempts <= times) throw failure();
    return attempts;
  };
  const run = (signal = new AbortController().signal): Promise<number> =>
    withRetries(action, { retryFor: 10_000, clock: { ...systemClock, now, sleep }, signal }, ({ message }) =>
      told.push(message),
    );
  return { run, slept, told, attempts: () => attempts };
}

describe('another try', () => {
  it('is made after waits that grow and vary, and told each time, until the time has passed', async () => {
    const three = failing(3, lost);
    expect(await three.run()).toBe(4);
    for (const [index, pause] of [500, 1000, 2000].entries()) {
      expect(three.slept[index]).toBeLessThanOrEqual(pause);
      expect(three.slept[index]).toBeGreaterThanOrEqual(pause / 2);
    }
    expect(three.told).toHaveLength(3);
    const always = failing(1000, lost);
    await expect(always.run()).rejects.toMatchObject({ code: 'source.lost' });
    expect(always.slept.reduce((sum, pause) => sum + pause)).toBeCloseTo(10_000);
    expect(always.told).toHaveLength(always.attempts() - 1);
  });

  it('ends also where every attempt lasts longer than that', async () => {
    const always = failing(1000, lost, 30_000);
    await expect(always.run()).rejects.toMatchObject({ code: 'source.lost' });
    expect(always.attempts()).toBe(6);
  });

  it('is made three times where a table is locked, however much time there is', async () => {
    const locked = failing(1000, () => new TidemarkError('source.locked', 'lock timeout', { retryable: true }));
    await expect(locked.run()).rejects.toMatchObject({ code: 'source.locked' });
    expect(locked.attempts()).toBe(4);
  });

  it.each<[string, () => Error]>([
    [
      'what a destination has tried for long',
      () => new TidemarkError('destination.io', 'no answer', { retryable: true }),
    ],
    ['an error that comes again', () => new TidemarkError('source.sql', 'syntax error')],
    ['a defect', () => new TypeError('undefined is not a function')],
  ])('is not made after %s', async (_, failure) => {
    const once = failing(1, failure);
    await expect(once.run()).rejects.toThrow(failure().message);
    expect(once.attempts()).toBe(1);
    expect(once.told).toEqual([]);
  });

  it('is not made when the run has ended meanwhile', async () => {
    const controller = new AbortController();
    const ended = failing(1, () => (controller.abort(new Error('interrupted')), lost()));
    await expect(ended.run(controller.signal)).rejects.toThrow();
    expect(ended.attempts()).toBe(1);
    expect(ended.slept).toEqual([]);
  });
});
