import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/clock.js';
import { TidemarkError } from '../../src/core/errors.js';
import type { RunEvent } from '../../src/core/progress.js';
import { untilUnlocked } from '../../src/snapshot/until-unlocked.js';

const locked = (): TidemarkError => new TidemarkError('source.locked', 'pid 7 holds t');

/** A clock that jumps to the end of every sleep. */
class Jumping implements Pick<Clock, 'now' | 'sleep'> {
  readonly slept: number[] = [];
  private at = 0;
  now(): number {
    return this.at;
  }
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(milliseconds);
    this.at += milliseconds;
    return Promise.resolve();
  }
  work(milliseconds: number): void {
    this.at += milliseconds;
  }
}

async function play(lockWait: number, attempt: (clock: Jumping, number: number) => unknown, signal?: AbortSignal) {
  const clock = new Jumping();
  const events: RunEvent[] = [];
  let attempts = 0;
  const patience = {
    lockWait,
    clock: clock as unknown as Clock,
    signal: signal ?? new AbortController().signal,
    listener: (event: RunEvent) => void events.push(event),
  };
  const outcome = await untilUnlocked(() => Promise.resolve().then(() => attempt(clock, ++attempts)), patience).catch(
    (error: unknown) => error,
  );
  return { outcome, attempts, slept: clock.slept, events };
}

describe('a table that is locked', () => {
  it('is tried again with longer and longer pauses, and the user is told once', async () => {
    const { outcome, slept, events } = await play(60_000, (_clock, number) => {
      if (number < 8) throw locked();
      return 'read';
    });
    expect(outcome).toBe('read');
    for (const [index, pause] of [500, 1000, 2000, 4000, 5000, 5000, 5000].entries()) {
      expect(slept[index]).toBeLessThanOrEqual(pause);
      expect(slept[index]).toBeGreaterThanOrEqual(pause / 2);
    }
    expect(events).toEqual([{ type: 'waiting', message: 'pid 7 holds t; trying again for 60 s (--lock-wait)' }]);
  });

  it('is given up when the time has passed, with an attempt at its very end', async () => {
    const { outcome, slept, attempts } = await play(5_000, (clock) => {
      clock.work(2_000);
      throw locked();
    });
    expect(outcome).toMatchObject({ code: 'source.locked', message: 'pid 7 holds t' });
    expect(slept).toHaveLength(2);
    expect(attempts).toBe(3);
  });

  it('is tried once with --lock-wait 0s', async () => {
    const { outcome, attempts, events } = await play(0, () => {
      throw locked();
    });
    expect(outcome).toMatchObject({ code: 'source.locked' });
    expect({ attempts, events }).toEqual({ attempts: 1, events: [] });
  });

  it('does not make a run begin anew that has gone on for longer', async () => {
    const { attempts } = await play(60_000, (clock) => {
      clock.work(3_600_000);
      throw locked();
    });
    expect(attempts).toBe(1);
  });

  it('is all that is tried again', async () => {
    const other = new TidemarkError('source.sql', 'no', { retryable: true });
    const { outcome, attempts } = await play(60_000, () => {
      throw other;
    });
    expect(outcome).toBe(other);
    expect(attempts).toBe(1);
  });

  it('is not waited for after an interrupt', async () => {
    const controller = new AbortController();
    const { outcome, attempts } = await play(
      60_000,
      () => {
        controller.abort(new TidemarkError('interrupted.sigint', 'interrupted'));
        throw locked();
      },
      controller.signal,
    );
    expect(outcome).toMatchObject({ code: 'interrupted.sigint' });
    expect(attempts).toBe(1);
  });
});
