import pRetry from 'p-retry';
import { TidemarkError } from '../core/errors.js';
import type { Clock } from '../core/clock.js';

/** How often something is tried again when its connection breaks, and how long that waits first; each time twice as long. */
const mostRetries = 3;
const firstWait = 500;

/** Does it, and again after a failure that another attempt may not meet. */
export function withRetries<T>(
  action: () => Promise<T>,
  clock: Clock,
  signal: AbortSignal,
  tell: (error: TidemarkError) => void = () => undefined,
): Promise<T> {
  const worthIt = (error: Error): error is TidemarkError =>
    error instanceof TidemarkError && error.retryable && !signal.aborted;
  return pRetry(action, {
    retries: mostRetries,
    minTimeout: 0,
    signal,
    shouldRetry: ({ error }) => worthIt(error),
    onFailedAttempt: async ({ error, retriesLeft }) => {
      if (retriesLeft === 0 || !worthIt(error)) return;
      tell(error);
      await clock.sleep(firstWait * 2 ** (mostRetries - retriesLeft), signal);
    },
  });
}
