/** A typed array's memory as 32-bit words. */
export function wordsOf(array: ArrayBufferView): Int32Array {
  return array instanceof Int32Array ? array : new Int32Array(array.buffer, array.byteOffset, array.byteLength >> 2);
}

/** The same, unsigned. */
export function unsignedWordsOf(array: ArrayBufferView): Uint32Array {
  return new Uint32Array(array.buffer, array.byteOffset, array.byteLength >> 2);
}

/** Bytes as words, unsigned; a copy where they do not begin at a word. */
export function wordsOfBytes(bytes: Uint8Array): Uint32Array {
  return unsignedWordsOf(bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes));
}

/** A typed array's memory as bytes. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** A 64-bit number, from its words, as a double, where that is exact. */
export function exactDouble(low: number, high: number): number | undefined {
  return high >= -0x20_0000 && high < 0x20_0000 ? high * 0x1_0000_0000 + (low >>> 0) : undefined;
}

/** A decimal as a whole number of its scale's units, from the 32-bit words of a column of decimals of so many bits. */
export function unscaledAt(words: Uint32Array, bits: number, row: number): bigint {
  const count = bits / 32;
  let value = 0n;
  for (let i = count - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[row * count + i]!);
  return BigInt.asIntN(bits, value);
}
