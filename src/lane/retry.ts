import { TidemarkError } from '../core/errors.js';
import type { Clock } from '../core/clock.js';
import { withPatience } from '../core/retry.js';

/** Who waits for the run's own locks goes before its lanes, and comes to nothing before the run has ended: no use to wait for him for long. */
const mostLocked = 3;
const pauses = { firstPause: 500, longestPause: 10_000, renewals: 5 };

export interface LanePatience {
  /** Milliseconds after which a range is not read again. */
  readonly retryFor: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Does it, and again after a failure that another attempt may not meet. */
export function withRetries<T>(
  action: () => Promise<T>,
  { retryFor, clock, signal }: LanePatience,
  tell: (error: TidemarkError) => void,
): Promise<T> {
  let locked = 0;
  return withPatience(
    action,
    { ...pauses, lasts: retryFor, clock, signal },
    {
      passes(error) {
        // A destination has tried again by itself.
        if (!(error instanceof TidemarkError && error.retryable && error.code.startsWith('source.'))) return false;
        if (error.code === 'source.locked') locked += 1;
        return locked <= mostLocked;
      },
      again: (error) => tell(error as TidemarkError),
    },
  );
}
