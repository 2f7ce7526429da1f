import type { TableColumn } from './catalog.js';

/** Tables that are smaller, in bytes on the server, are read by one session: beginning several would take longer. */
export const worthSessions = 32 * 1024 * 1024;

/** What a range should take, reckoned by declared types. */
const rangeBytes = 256 * 1024 * 1024;
const fewestRows = 4096;
const mostRows = 1_048_576;
/** What a value of text or bytes is taken for, where its type allows as much: short ones are names, others may be anything. */
const shortText = 64;
const longText = 1024;

/** How large ranges are. */
export interface RangeSize {
  readonly rows: number;
  /** What a row takes, by its declared types. */
  readonly rowBytes: number;
}

/** A power of two of rows, which depends on the columns' declared types alone: no statistics of the server move it. */
export function sizeOfRanges(columns: readonly TableColumn[]): RangeSize {
  const rowBytes = columns.reduce((sum, column) => sum + declaredBytes(column), 1);
  const rows = 2 ** Math.floor(Math.log2(rangeBytes / rowBytes));
  return { rows: Math.min(mostRows, Math.max(fewestRows, rows)), rowBytes };
}

function declaredBytes({ dataType, columnType }: TableColumn): number {
  const length = Number(/\((\d+)/.exec(columnType)?.[1] ?? Infinity);
  if (/^(?:medium|long)?(?:text|blob)$|json|geometry/.test(dataType)) return longText;
  if (/char|binary|text|blob|enum|set/.test(dataType)) return Math.min(length, shortText);
  return dataType === 'decimal' ? Math.ceil(length / 2) : 8;
}
