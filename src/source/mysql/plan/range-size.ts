import type { TableColumn } from './catalog.js';

/** Tables that are smaller, in bytes on the server, are read by one session: beginning several would take longer. */
export const worthSessions = 32 * 1024 * 1024;

/** What a range should take, reckoned by declared types. */
const rangeBytes = 32 * 1024 * 1024;
const fewestRows = 65_536;
const mostRows = 1_048_576;
/** What a column of text or bytes is taken for at most. */
const longestText = 64;

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
  const length = Number(/\((\d+)/.exec(columnType)?.[1] ?? longestText);
  if (/char|binary|text|blob|json|enum|set|geometry/.test(dataType)) return Math.min(length, longestText);
  return dataType === 'decimal' ? Math.ceil(length / 2) : 8;
}
