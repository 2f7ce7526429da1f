import { randomBytes } from 'node:crypto';
import { usage } from '../usage.mjs';

/** As much as a row group's columns come in. */
const pieceBytes = 1024 * 1024;
const random = randomBytes(pieceBytes);

export const bytesAt = (at, size) => random.subarray(0, Math.min(pieceBytes, size - at));

/** What the process took so far, as a line of JSON. */
export function tellUsage() {
  process.stdout.write(`${JSON.stringify(usage())}\n`);
  process.exit(0);
}
