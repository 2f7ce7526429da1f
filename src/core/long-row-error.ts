import { TidemarkError } from './errors.js';
import { type LongestRow, memoryFor } from './longest-row.js';
import { formatBytes } from './units.js';

/** What is known of a row that takes more memory than there is for one. */
export interface LongRow {
  /** Its ordinal within the range, from 0. */
  readonly row: number;
  /** Of its frame. */
  readonly bytes: number;
  /** Index of the column whose value makes it so long, and that value's bytes; undefined: it is long by many. */
  readonly value: { readonly column: number; readonly bytes: number } | undefined;
}

/** A row for which `--memory` has no room. The lane says which row and column it is before the error leaves it. */
export class LongRowError extends TidemarkError {
  constructor(
    readonly found: LongRow,
    private readonly longest: LongestRow,
  ) {
    super('memory.exhausted', `a row takes ${formatBytes(found.bytes)}`);
  }

  /** @param column its name */
  told(where: string, column: string | undefined): TidemarkError {
    const { bytes, value } = this.found;
    const what =
      value === undefined || column === undefined
        ? `${where} takes ${formatBytes(bytes)}`
        : `the value of ${column} in ${where} takes ${formatBytes(value.bytes)}`;
    const hint = `With --memory ${memoryFor(bytes, this.longest)} there is room for it; or leave the column out.`;
    const message = `${what}, and --memory has room for rows of ${formatBytes(this.longest.bytes)} in each lane`;
    return new TidemarkError('memory.exhausted', message, { hint });
  }
}
