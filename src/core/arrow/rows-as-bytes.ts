/*
 * Rows as bytes, for a while; their schema is known to whoever reads them. How many there are (32 bits, and 32 of nothing);
 * then column after column, as Arrow has them (32-bit offsets, no dictionaries): how many are NULL; if any, their validity;
 * then bits, or values, or offsets that begin with 0 and what they are of. Every part begins at a multiple of 8 bytes.
 */

/** Bytes of a part, up to where the next one begins. */
export const aligned = (bytes: number): number => (bytes + 7) & ~7;

export const bitBytes = (bits: number): number => (bits + 7) >> 3;
