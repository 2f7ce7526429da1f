import type { Clock } from '../core/clock.js';
import { TidemarkError } from '../core/errors.js';
import type { RunListener } from '../core/progress.js';

/** Milliseconds of the first pause; each is twice as long as the one before, up to the longest. */
const firstPause = 500;
const longestPause = 5_000;

export interface LockPatience {
  /** Milliseconds after which no further attempt begins. */
  readonly lockWait: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly listener: RunListener;
}

/**
 * Makes an attempt to read, and further ones while it meets relations that somebody holds or waits to hold. Between two attempts
 * nothing is held: whoever waited for the run gets on.
 * @throws source.locked when `lockWait` has passed; whatever else the attempt throws, at once
 */
export async function untilUnlocked<T>(attempt: () => Promise<T>, patience: LockPatience): Promise<T> {
  const { lockWait, clock, signal, listener } = patience;
  const end = clock.now() + lockWait;
  for (let pause = firstPause; ; pause = Math.min(2 * pause, longestPause)) {
    try {
      return await attempt();
    } catch (error) {
      const failure = TidemarkError.from(error);
      const left = end - clock.now();
      if (failure.code !== 'source.locked' || left <= 0) throw failure;
      if (pause === firstPause) {
        const message = `${failure.message}; trying again for ${Math.ceil(left / 1000)} s (--lock-wait)`;
        listener({ type: 'waiting', message });
      }
      await clock.sleep(Math.min(pause, left), signal);
    }
  }
}
