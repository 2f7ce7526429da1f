/** A record of a row: the 128 bits of its key's hash, and those of its own. */
export const rowKeyWords = 8;
export const bytesOfRowKey = rowKeyWords * 4;
