import { TidemarkError } from './errors.js';
import { formatBytes } from './units.js';

/** How long a row may be, as it comes or is stored, and what memory longer ones take: `base + perByte × length` bytes of the process. */
export interface LongestRow {
  readonly bytes: number;
  readonly memory: { readonly base: number; readonly perByte: number };
}

const mebibyte = 1024 * 1024;

/** For what stands in a file and takes more memory than there is: a value, or a row of many. @param what as `row group 0, column text: a page` */
export function longInFile(what: string, bytes: number, { bytes: most, memory }: LongestRow): TidemarkError {
  const needed = Math.ceil((memory.base + memory.perByte * bytes) / mebibyte);
  return new TidemarkError(
    'memory.exhausted',
    `${what} takes ${formatBytes(bytes)}, and there is memory for ${formatBytes(most)} at once: with --memory ${needed}MiB there is room for it`,
    { hint: 'A file of another origin may claim to be large: verify the version first.' },
  );
}
