import type { Clock } from '../core/clock.js';
import { TidemarkError } from '../core/errors.js';
import type { RunListener } from '../core/progress.js';
import { withPatience } from '../core/retry.js';
import type { OpenSource } from '../core/source.js';
import { type HowToOpen, openSource } from './open-source.js';
import type { Plan } from './plan.js';
import type { Ports } from './ports.js';

const pauses = { firstPause: 500, longestPause: 5_000, renewals: 0 };

export interface LockPatience {
  /** Milliseconds after which no further attempt begins. */
  readonly lockWait: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly listener: RunListener;
}

/** Opens the source of a plan, once nobody holds what is read any more. @throws as {@link openSource}, and source.locked */
export function openUnlocked(
  plan: Plan,
  { ports, signal, listener }: Pick<LockPatience, 'signal' | 'listener'> & { readonly ports: Ports },
  how?: HowToOpen,
): Promise<OpenSource> {
  const { clock } = ports.machine;
  return untilUnlocked(() => openSource(plan, ports, signal, how), {
    lockWait: plan.lockWait,
    clock,
    signal,
    listener,
  });
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
