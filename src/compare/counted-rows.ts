import type { Facts } from '../core/facts.js';
import type { Column } from '../core/types.js';
import type { SpooledRecords } from '../lane/spooled-records.js';
import type { Room } from './rooms.js';

/** Rows of a table that were read once, and are not kept. */
export interface CountedRows {
  readonly name: string;
  /** Those that are written of it. */
  readonly columns: readonly Column[];
  readonly facts: Facts;
  /** Records of the hashes of keys and rows, in a room of their own. */
  readonly records: RowRecords;
}

/** A record of {@link import('../core/row-key-records.js').rowKeyWords} words for each row. */
export interface RowRecords {
  readonly pieces: readonly SpooledRecords[];
  readonly room: Room;
}
