import type { RecordBatch } from 'apache-arrow';

/** Where the rows of a batch go. */
export interface Routing {
  /** Keys of targets; there may be some that no row of the batch goes to. */
  readonly keys: readonly string[];
  /** By row, which of the keys, or {@link nowhere}. */
  readonly of: Int32Array;
  /** Records of the batch's entities, to be kept with it and counted at the end; absent: they are not counted. */
  readonly entities?: readonly EntityRecordsOf[];
}

/** Records of entities that are kept apart from others. */
export interface EntityRecordsOf {
  /** What they have in common; empty: nothing that is told. */
  readonly key: string;
  readonly records: Uint8Array;
}

/** Of a row that is left out. */
export const nowhere = -1;

/** Says where rows go; depends on the values of a row alone. */
export interface Router {
  /** Positions of the rows that are kept, in their order; undefined: all. Absent: all are, always. */
  keep?(read: RecordBatch): Int32Array | undefined;
  /**
   * @param read rows that are kept, as they were read: unmasked, with columns that are not written
   * @param written the same rows as they are written
   */
  route(read: RecordBatch, written: RecordBatch): Routing;
}
