import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * A stopped cluster whose counter of transaction ids is moved on by 2^32, as `pg_resetwal --epoch` does it; that program
 * does not come with every build. The counter lies in `pg_control`, in the copy of the last checkpoint.
 */

/** The copy lies behind system identifier, versions, state, time and place of the checkpoint. */
const checkpointCopy = 40;
/** In it: redo (8), two timelines (8), a flag and, from PostgreSQL 17 on, the level of the log (8), then the next id of 64 bits. */
const epochPlace = checkpointCopy + 28;
/** Behind all fields, of which there are more in every version. */
const crcPlaces = { from: 200, to: 512 };

/** @param data the cluster's data folder, of PostgreSQL 17 or newer on a machine with the lowest byte first */
export function moveIdsOn(data: string): void {
  const file = join(data, 'global', 'pg_control');
  const control = readFileSync(file);
  let crc = crcPlaces.from;
  while (crc < crcPlaces.to && crc32c(control.subarray(0, crc)) !== control.readUInt32LE(crc)) crc += 4;
  if (crc === crcPlaces.to || control.readUInt32LE(epochPlace) !== 0) throw new Error('pg_control has another form');
  control.writeUInt32LE(1, epochPlace);
  control.writeUInt32LE(crc32c(control.subarray(0, crc)), crc);
  writeFileSync(file, control);
}

function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
