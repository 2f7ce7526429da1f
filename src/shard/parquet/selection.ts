/**
 * Which values to take out of Arrow's buffers: those at the positions `at`, or the first `count` where `at` is
 * undefined (nothing is NULL), which mostly needs no copy.
 */
export interface Selection {
  readonly at: Int32Array | undefined;
  readonly count: number;
}

/** A typed array's memory as 32-bit words. */
export function wordsOf(array: ArrayBufferView): Int32Array {
  return array instanceof Int32Array ? array : new Int32Array(array.buffer, array.byteOffset, array.byteLength >> 2);
}
