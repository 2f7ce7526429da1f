import type { Clock } from '../core/clock.js';
import type { RowSink } from '../core/source.js';

/** What all lanes of a process may receive together. Threads share it. */
export interface Rate {
  readonly bytesPerSecond: number;
  /** When what was received so far has had its time, by the process' own clock, in nanoseconds. */
  readonly freeAt: SharedArrayBuffer;
}

/** @param bytesPerSecond undefined: there is no limit */
export const newRate = (bytesPerSecond: number | undefined): Rate | undefined =>
  bytesPerSecond === undefined ? undefined : { bytesPerSecond, freeAt: new SharedArrayBuffer(8) };

/** Nanoseconds; the same for all threads. */
type Now = () => bigint;

/** Says how long to wait, so that no more comes in a second than may. */
export class RateLimit {
  private readonly freeAt: BigInt64Array;

  constructor(
    private readonly rate: Rate,
    private readonly now: Now = () => process.hrtime.bigint(),
  ) {
    this.freeAt = new BigInt64Array(rate.freeAt);
  }

  /** @returns milliseconds that are to pass after so many bytes, before more is received */
  take(bytes: number): number {
    const now = this.now();
    const lasts = BigInt(Math.round((bytes / this.rate.bytesPerSecond) * 1e9));
    for (;;) {
      const before = Atomics.load(this.freeAt, 0);
      const begins = before > now ? before : now;
      const ends = begins + lasts;
      // Another lane may have received something meanwhile.
      if (Atomics.compareExchange(this.freeAt, 0, before, ends) === before) return Number(ends - now) / 1e6;
    }
  }
}

/** Waits shorter than this are put together, in milliseconds: a timer is not more exact. */
const shortest = 5;

/** Takes rows no faster than may be: as long as it waits, nothing more is received. */
export function slowed(
  sink: RowSink,
  limit: RateLimit,
  { clock, signal }: { readonly clock: Pick<Clock, 'sleep'>; readonly signal: AbortSignal },
): RowSink {
  const after = (room: void | Promise<void>, bytes: number): void | Promise<void> => {
    const wait = limit.take(bytes);
    if (wait < shortest) return room;
    const slept = clock.sleep(wait, signal);
    return room === undefined ? slept : Promise.all([room, slept]).then(() => undefined);
  };
  return {
    rows: (bytes, start, end, count) => after(sink.rows(bytes, start, end, count), end - start),
    cut: () => sink.cut(),
    batch: (batch, bytes, nulled) => after(sink.batch(batch, bytes, nulled), bytes),
  };
}
