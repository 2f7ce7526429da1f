import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { type ErrorCode, TidemarkError } from '../../src/core/errors.js';
import type { RunEvent } from '../../src/core/progress.js';
import { untilMade } from '../../src/snapshot/until-made.js';

const failure = (code: ErrorCode, retryable = true): TidemarkError =>
  new TidemarkError(code, 'the server went away', { retryable });

/** @param attempt works for so many milliseconds, then throws, or gives its number */
async function play(whenLost: 'fail' | 'restart', attempt: (number: number, work: (ms: number) => void) => void) {
  let [time, attempts] = [0, 0];
  const events: RunEvent[] = [];
  const clock = { ...systemClock, now: () => time, sleep: async (ms: number) => void (time += ms) };
  const outcome = await untilMade(
    async () => {
      attempt((attempts += 1), (ms) => (time += ms));
      return attempts;
    },
    { retryFor: 60_000, whenLost },
    { clock, signal: new AbortController().signal, listener: (event) => void events.push(event) },
  ).catch((thrown: unknown) => thrown);
  return { outcome, attempts, events, time };
}

describe('a run whose moment is lost', () => {
  it.each(['source.lost', 'source.snapshot', 'source.unreachable'] as const)(
    'by %s begins again from nothing where that is asked for',
    async (code) => {
      const once = (number: number): void => {
        if (number === 1) throw failure(code);
      };
      expect(await play('fail', once)).toMatchObject({ outcome: { code }, attempts: 1, events: [] });
      const { outcome, events } = await play('restart', once);
      expect(outcome).toBe(2);
      const message = 'the server went away; beginning again from nothing within 60 s (--when-lost, --retry-for)';
      expect(events).toEqual([{ type: 'waiting', message }]);
    },
  );

  it.each([failure('source.sql'), failure('source.lost', false), failure('destination.io'), failure('source.changed')])(
    'ends by what will not pass: %o',
    async (error) => {
      const { outcome, attempts } = await play('restart', () => {
        throw error;
      });
      expect([outcome, attempts]).toEqual([error, 1]);
    },
  );

  it('waits no longer than it is told for a server that does not come back', async () => {
    const { outcome, time } = await play('restart', (number, work) => {
      if (number === 1) work(3_600_000);
      throw failure(number === 1 ? 'source.lost' : 'source.unreachable');
    });
    expect(outcome).toMatchObject({ code: 'source.unreachable' });
    expect(time - 3_600_000).toBeLessThanOrEqual(60_000);
  });

  it('waits for a bounded time for a server whose refusals come late', async () => {
    const { outcome, time, attempts } = await play('restart', (_, work) => {
      work(90_000);
      throw failure('source.unreachable');
    });
    expect(outcome).toMatchObject({ code: 'source.unreachable' });
    expect(attempts).toBeLessThanOrEqual(6);
    expect(time).toBeLessThan(15 * 60_000);
  });

  it('is read five times more, and not for ever', async () => {
    const { attempts } = await play('restart', (_, work) => {
      work(600_000);
      throw failure('source.lost');
    });
    expect(attempts).toBe(6);
  });
});
