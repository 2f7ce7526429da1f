/** A range for so many bytes of a result, in JSON. */
export const bytesOfRange = 64 * 1024 * 1024;
