import type { Clock } from '../core/clock.js';
import { TidemarkError } from '../core/errors.js';
import type { RunListener } from '../core/progress.js';
import { withPatience } from '../core/retry.js';

const pauses = { firstPause: 500, longestPause: 5_000, renewals: 0 };

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
export function untilUnlocked<T>(attempt: () => Promise<T>, patience: LockPatience): Promise<T> {
  const { lockWait, clock, signal, listener } = patience;
  let isTold = false;
  return withPatience(
    attempt,
    { ...pauses, lasts: lockWait, clock, signal },
    {
      passes: (error) => TidemarkError.from(error).code === 'source.locked',
      again(error, left) {
        if (isTold) return;
        isTold = true;
        const message = `${TidemarkError.from(error).message}; trying again for ${Math.ceil(left / 1000)} s (--lock-wait)`;
        listener({ type: 'waiting', message });
      },
    },
  );
}
