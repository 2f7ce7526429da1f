/** A stream for so many bytes of a table; the service gives as many, or fewer. */
const bytesOfStream = 32 * 1024 * 1024;
const mostStreams = 64;

/** How many streams a read session is asked for: by the table alone. @param bytes that are read of it */
export const streamsFor = (bytes = 0): number => Math.max(1, Math.min(mostStreams, Math.ceil(bytes / bytesOfStream)));
