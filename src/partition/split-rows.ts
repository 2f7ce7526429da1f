/** Rows of a batch as far as entities are counted. */
export interface SplitRows {
  /** Four words a row: the hash of its entity. */
  readonly hashes: Uint32Array;
  /** By row, the number of its part. */
  readonly parts: Int32Array;
  /** By row, 0 where it is left out, or has no key. */
  readonly counted: Uint8Array;
}
