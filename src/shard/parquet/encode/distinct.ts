/** Where a dictionary's builder gives up: more distinct values, or more bytes of them, than this. */
export interface DictionaryLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** What a builder found: how many distinct values, at which position each occurs first, and every value's number. */
export interface Distinct {
  readonly size: number;
  readonly first: Int32Array;
  readonly codes: Int32Array;
}

/** Where a builder puts the codes of values, and the positions of their first occurrence. */
export interface CodeBuffers {
  readonly codes: Int32Array;
  readonly first: Int32Array;
}
