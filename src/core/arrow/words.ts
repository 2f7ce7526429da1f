/** A typed array's memory as 32-bit words. */
export function wordsOf(array: ArrayBufferView): Int32Array {
  return array instanceof Int32Array ? array : new Int32Array(array.buffer, array.byteOffset, array.byteLength >> 2);
}

/** A typed array's memory as bytes. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
