import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';

/** As much as a row group's columns come in. */
const pieceBytes = 1024 * 1024;
const random = randomBytes(pieceBytes);

export const bytesAt = (at, size) => random.subarray(0, Math.min(pieceBytes, size - at));

/** What the process took so far, as a line of JSON. */
export function tellUsage() {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const figures = { cpu: (userCPUTime + systemCPUTime) / 1e6, seconds: performance.now() / 1000, peak: maxRSS * 1024 };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  process.exit(0);
}
