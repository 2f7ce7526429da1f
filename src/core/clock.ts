import { setTimeout as sleep } from 'node:timers/promises';

/** Time, as a run sees it: given to whatever waits, so that waiting can be played. */
export interface Clock {
  /** Milliseconds since some moment; never steps. */
  now(): number;
  /** What the clock on the wall says. It may be set, forward and back. */
  date(): Date;
  /** @throws the signal's reason */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls `action` again and again, and keeps no process alive for it. Gives what ends that. */
  every(milliseconds: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  async sleep(milliseconds, signal) {
    await sleep(milliseconds, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
  },
  every(milliseconds, action) {
    const timer = setInterval(action, milliseconds).unref();
    return () => clearInterval(timer);
  },
};
