import type { TableColumn } from './catalog.js';

/** Tables that are smaller, in bytes on the server, are read by one session: beginning several would take longer. */
export const worthSessions = 32 * 1024 * 1024;

/** What a range takes at least and at most, reckoned by declared types. */
const smallestRange = 16 * 1024 * 1024;
const largestRange = 256 * 1024 * 1024;
/** About so many ranges are made of a table. */
const rangesOfTable = 8;
/** Keys are found at so many places of a smallest range. */
const stepsOfRange = 4;
/** A smallest range has so many rows at least, however wide they may be: each place that is looked for is a statement. */
const fewestRows = 4096;
/** What a value of text or bytes is taken for, where its type allows as much: short ones are names, others may be anything. */
const shortText = 64;
const longText = 1024;

/** How large ranges can be, in rows: powers of two that depend on the columns' declared types alone, which no statistics of the server move. */
export interface RangeSizes {
  /** From a key that is looked up to the next. */
  readonly step: number;
  readonly smallest: number;
  readonly largest: number;
  /** What a row takes, by its declared types. */
  readonly rowBytes: number;
}

export function rangeSizes(columns: readonly TableColumn[]): RangeSizes {
  const rowBytes = columns.reduce((sum, column) => sum + declaredBytes(column), 1);
  const smallest = Math.max(fewestRows, powerOfTwo(smallestRange / rowBytes));
  return {
    step: smallest / stepsOfRange,
    smallest,
    largest: Math.max(smallest, powerOfTwo(largestRange / rowBytes)),
    rowBytes,
  };
}

/** Rows of each range of a table that has so many: only where these pass a power of two, all ranges change. */
export function rowsOfRange(rows: number, { smallest, largest }: RangeSizes): number {
  return Math.min(largest, Math.max(smallest, powerOfTwo(rows / rangesOfTable)));
}

const powerOfTwo = (atMost: number): number => 2 ** Math.floor(Math.log2(Math.max(1, atMost)));

function declaredBytes({ dataType, columnType }: TableColumn): number {
  const length = Number(/\((\d+)/.exec(columnType)?.[1] ?? Infinity);
  if (/^(?:medium|long)?(?:text|blob)$|json|geometry/.test(dataType)) return longText;
  if (/char|binary|text|blob|enum|set/.test(dataType)) return Math.min(length, shortText);
  return dataType === 'decimal' ? Math.ceil(length / 2) : 8;
}
