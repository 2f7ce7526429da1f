/**
 * Writes a row's value of one column, which is not NULL.
 * @returns where it ends
 */
export type WriteField = (row: number, out: Uint8Array, at: number) => number;

/** Values of one column of one batch. */
export interface Field {
  readonly write: WriteField;
  /** The most bytes that a value takes, but for what `textBytes` counts. */
  readonly longest: number;
  /** It puts itself into quotation marks where it would be taken for NULL. */
  readonly quotesItself?: true;
  /** The most bytes that texts of the rows from one to another take; asked for before they are written. Absent: none. */
  readonly textBytes?: (from: number, to: number) => number;
}
