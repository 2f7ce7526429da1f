// Loaded before a program (`node --import`), in its main thread and in each of its worker threads: the n-th call of one kind, of all threads
// together, goes wrong (`once`), or each from the n-th on (`always`). Files count below TIDEMARK_FAULT_ROOT alone.
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

/** What can go wrong, in the order of its number in the shared state. */
export const kinds = [
  'read', 'write', 'short write', 'open', 'rename', 'sync', 'close', 'look', 'remove',
  'thread', 'allocation', 'clock forward', 'clock back',
]; // prettier-ignore

const [KIND, AT, ALWAYS, CALLS, MET, FASTER] = [0, 1, 2, 3, 4, 5];
const key = 'tidemark faults';
if (isMainThread) setEnvironmentData(key, new SharedArrayBuffer(6 * 4));
const shared = new Int32Array(/** @type {SharedArrayBuffer} */ (getEnvironmentData(key)));

/**
 * From now on calls of `kind` count, from 1, and time goes by `faster` times as fast for whoever waits on purpose.
 * @param {{ kind: string, at: number, always: boolean, faster: number }} fault
 */
export function play({ kind, at, always, faster }) {
  Atomics.store(shared, FASTER, faster);
  Atomics.store(shared, AT, at);
  Atomics.store(shared, ALWAYS, Number(always));
  Atomics.store(shared, CALLS, 0);
  Atomics.store(shared, MET, 0);
  // Index 0 of the shared state is "none".
  Atomics.store(shared, KIND, kinds.indexOf(kind) + 1);
}

/** From now on all goes well. @returns how many calls there were, and how many of them went wrong */
export function end() {
  Atomics.store(shared, KIND, 0);
  return { calls: Atomics.load(shared, CALLS), met: Atomics.load(shared, MET) };
}

export const faster = () => Math.max(1, Atomics.load(shared, FASTER));

/** Whether calls of the kind count now. */
export const counts = (kind) => Atomics.load(shared, KIND) === kinds.indexOf(kind) + 1;

/** Counts a call. @returns whether it is to go wrong */
export function strikes(kind) {
  if (!counts(kind)) return false;
  const call = Atomics.add(shared, CALLS, 1) + 1;
  const at = Atomics.load(shared, AT);
  if (call !== at && !(call > at && Atomics.load(shared, ALWAYS) === 1)) return false;
  Atomics.add(shared, MET, 1);
  return true;
}
