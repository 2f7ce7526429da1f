import type { Column } from '../core/types.js';

/** What a lane needs to read files. */
export interface FilesTicket {
  /** The destination's name whose store they lie in. */
  readonly store: string;
  /** The format's name. */
  readonly format: string;
}

/** What is read of a file. */
export interface FileDetail {
  /** All columns that the file has. */
  readonly columns: readonly Column[];
  /** So many of its first rows; absent: all. */
  readonly first?: number;
}
