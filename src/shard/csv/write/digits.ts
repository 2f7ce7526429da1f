import { minus, zero } from '../characters.js';

/** A whole number below 10^9 in as few digits as there are. Gives where it ends. */
function shortNumber(value: number, out: Uint8Array, at: number): number {
  let size = 1;
  for (let limit = 10; limit <= value; limit *= 10) size++;
  return padded(value, size, out, at);
}

/** A whole number below 10^9 in so many digits. Gives where it ends. */
export function padded(value: number, size: number, out: Uint8Array, at: number): number {
  let rest = value;
  for (let i = at + size - 1; i >= at; i--) {
    const tens = (rest / 10) | 0;
    out[i] = zero + rest - 10 * tens;
    rest = tens;
  }
  return at + size;
}

const billion = 1_000_000_000;

/** A whole number, in as few digits as there are. Gives where it ends. @param value exact as a double, and not negative */
export function wholeNumber(value: number, out: Uint8Array, at: number): number {
  if (value < billion) return shortNumber(value, out, at);
  const high = Math.floor(value / billion);
  return padded(value - high * billion, 9, out, wholeNumber(high, out, at));
}

/** The same of any sign. */
export function signedNumber(value: number, out: Uint8Array, at: number): number {
  if (value >= 0) return wholeNumber(value, out, at);
  out[at] = minus;
  return wholeNumber(-value, out, at + 1);
}

/** Characters below 128. Gives where they end. */
export function ascii(text: string, out: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return at + text.length;
}
