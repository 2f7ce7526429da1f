import { totalmem } from 'node:os';

/** Bytes that this process may have at most: the machine's memory, or what its control group is held to. */
export function machineMemory(): number {
  // Undefined, 0 or more than there is where nothing holds it.
  const held = process.constrainedMemory();
  return held > 0 ? Math.min(held, totalmem()) : totalmem();
}
