import { TidemarkError } from '../core/errors.js';
import type { Clock } from '../core/clock.js';
import { withPatience } from '../core/retry.js';

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
  return withPatience(
    action,
    { ...pauses, lasts: retryFor, clock, signal },
    {
      // A destination has tried again by itself.
      passes: (error) => error instanceof TidemarkError && error.retryable && error.code.startsWith('source.'),
      again: (error) => tell(error as TidemarkError),
    },
  );
}
