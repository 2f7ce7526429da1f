import type { Clock } from '../core/clock.js';
import { TidemarkError } from '../core/errors.js';
import type { RunListener } from '../core/progress.js';
import { withPatience } from '../core/retry.js';
import type { Plan } from './plan.js';

/** A source that breaks again and again in the middle is read no more often than this. */
const mostRestarts = 5;
const pauses = { firstPause: 1_000, longestPause: 15_000, renewals: mostRestarts };

/** What a lost moment looks like, and a server that is not there yet. */
const lost = new Set(['source.lost', 'source.snapshot', 'source.unreachable']);

/**
 * Makes the version, and with `--when-lost restart` begins again from nothing when the moment of the source is lost. Rows of two moments
 * never meet: an attempt that fails leaves nothing.
 * @throws what the last attempt threw
 */
export function untilMade<T>(
  attempt: () => Promise<T>,
  { retryFor, whenLost }: Pick<Plan, 'retryFor' | 'whenLost'>,
  { clock, signal, listener }: { readonly clock: Clock; readonly signal: AbortSignal; readonly listener: RunListener },
): Promise<T> {
  let restarts = 0;
  const passes = (error: unknown): boolean => {
    const { code, retryable } = TidemarkError.from(error);
    return whenLost === 'restart' && restarts < mostRestarts && retryable && lost.has(code);
  };
  const again = (error: unknown, left: number): void => {
    restarts += 1;
    const { message } = TidemarkError.from(error);
    const within = `within ${Math.ceil(left / 1000)} s (--when-lost, --retry-for)`;
    listener({ type: 'waiting', message: `${message}; beginning again from nothing ${within}` });
  };
  return withPatience(attempt, { ...pauses, lasts: retryFor, clock, signal }, { passes, again });
}
