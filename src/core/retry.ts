import pRetry from 'p-retry';
import type { Clock } from './clock.js';

/** How long, and how often, something is tried again that fails for a reason that passes; milliseconds. */
export interface Patience {
  /** After so long no further attempt begins, but for one at its very end. */
  readonly lasts: number;
  /** The first pause; each is twice as long as the one before, up to the longest, and varies. */
  readonly firstPause: number;
  readonly longestPause: number;
  /**
   * How often time counts anew from a failure on, that came when an attempt had gone on for longer than the patience lasts. The first failure is such a one.
   * 0: time counts from the beginning.
   */
  readonly renewals: number;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly signal?: AbortSignal | undefined;
  /** From 0 to 1: how much shorter than that a pause is, by half at most. So many who failed together do not come again together. */
  readonly random?: () => number;
}

/** What decides about a failure. */
export interface Retrying {
  /** Whether the same attempt may succeed when it is made again. */
  passes(error: unknown): boolean;
  /** Is told before each pause. @param left milliseconds of patience */
  again?(error: unknown, left: number): void;
}

/**
 * Does it, and again after a failure that passes: the one way in which anything is tried again.
 * @throws the last failure; the signal's reason
 */
export function withPatience<T>(action: () => Promise<T>, patience: Patience, by: Retrying): Promise<T> {
  const { lasts, firstPause, longestPause, renewals, clock, signal, random = Math.random } = patience;
  let begun = 0;
  let end = renewals > 0 ? -Infinity : clock.now() + lasts;
  let renewed = 0;
  let isWorthIt = false;
  const attempt = (): Promise<T> => {
    begun = clock.now();
    return action();
  };
  return pRetry(attempt, {
    retries: Infinity,
    minTimeout: 0,
    signal,
    async onFailedAttempt({ error, attemptNumber }) {
      signal?.throwIfAborted();
      const now = clock.now();
      if (renewed < renewals && (renewed === 0 || now - begun > lasts)) {
        renewed += 1;
        end = now + lasts;
      }
      const left = end - now;
      isWorthIt = left > 0 && by.passes(error);
      if (!isWorthIt) return;
      by.again?.(error, left);
      const pause = Math.min(firstPause * 2 ** (attemptNumber - 1), longestPause) * (1 - random() / 2);
      await clock.sleep(Math.min(pause, left), signal);
    },
    shouldRetry: () => isWorthIt,
  });
}
