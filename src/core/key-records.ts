/** A record of a row's key: the 128 bits of its hash, and a number, such as that of the part that the row is in. */
export const recordWords = 5;
export const bytesOfRecord = recordWords * 4;
