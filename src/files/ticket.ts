import type { Column } from '../core/types.js';

/** Whose store files lie in: a destination's, by its name, or one that a source alone opens, by what it needs. Plain data. */
export type StoreOwner = { readonly destination: string } | { readonly source: string; readonly ticket: unknown };

/** What a lane needs to read files. */
export interface FilesTicket {
  readonly store: StoreOwner;
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
