import { TidemarkError } from './errors.js';
import { formatBytes } from './units.js';

/** How long a row may be, as it comes or is stored, and what memory longer ones take: `base + perByte × length` bytes of the process. */
export interface LongestRow {
  readonly bytes: number;
  readonly memory: { readonly base: number; readonly perByte: number };
}

const mebibyte = 1024 * 1024;

/** The `--memory` that a row of so many bytes needs. */
export const memoryFor = (bytes: number, { memory: { base, perByte } }: LongestRow): string =>
  `${Math.ceil((base + perByte * bytes) / mebibyte)}MiB`;

/**
 * Looks before anything is made room for whether what stands in a file has any: a value, or a row of many.
 * @param what as `row group 0, column text: a page`
 * @param longestRow undefined: anything has
 * @throws memory.exhausted
 */
export function assertRoom(what: string, bytes: number, longestRow: LongestRow | undefined): void {
  if (longestRow === undefined || bytes <= longestRow.bytes) return;
  throw new TidemarkError(
    'memory.exhausted',
    `${what} takes ${formatBytes(bytes)}, and there is memory for ${formatBytes(longestRow.bytes)} at once: with --memory ${memoryFor(bytes, longestRow)} there is room for it`,
    { hint: 'A file of another origin may claim to be large: verify the version first.' },
  );
}
