import type { Scratch } from '../core/scratch.js';
import { readSpool } from '../lane/spool.js';
import type { SpooledRecords } from '../lane/spooled-records.js';
import { bytesOfRecord } from '../core/key-records.js';
import type { EntityRecordsRead } from '../partition/entities/index.js';

/**
 * The records that lanes left in spools.
 * @param asRead what is made of the records of a piece; absent: they stay as they are
 */
export function spooledRecords(
  pieces: readonly SpooledRecords[],
  scratch: Scratch,
  asRead: (records: Uint8Array, piece: SpooledRecords) => Uint8Array = (records) => records,
): EntityRecordsRead {
  return {
    records: pieces.reduce((sum, { bytes }) => sum + bytes, 0) / bytesOfRecord,
    *read() {
      for (const piece of pieces) for (const { bytes } of readSpool(scratch, piece, piece)) yield asRead(bytes, piece);
    },
  };
}
