import { type CoordinatorOptions, readAllRanges } from '../lane/coordinator.js';
import type { Dealer } from '../lane/dealt-schedule.js';
import type { LaneStart } from '../lane/messages.js';

/**
 * Has the own lanes write what is dealt out, while word goes to and fro. Both have ended when it returns, or throws what ended one of them.
 * @param word goes on until its signal fires, and never resolves
 */
export async function readWhile(
  start: Omit<LaneStart, 'encoders'>,
  options: CoordinatorOptions & { readonly dealer: Dealer },
  word: (signal: AbortSignal) => Promise<never>,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, options.signal]);
  const own = readAllRanges(start, { ...options, signal });
  const going = word(signal);
  try {
    await Promise.race([own, going]);
    stop.abort(new Error('all is written'));
  } catch (error) {
    stop.abort(error);
    throw error;
  } finally {
    await Promise.allSettled([own, going]);
  }
}
