import type { DiskRoom } from '../snapshot/result.js';
import { disksFor, nothing } from '../snapshot/room.js';
import type { FoundVersion } from '../version/whole-chain.js';

/** Values of many small files take less in large ones, where dictionaries serve more of them. */
const leastShare = 0.3;

/** The disks that the merging of a chain writes to, with what is free there. */
export function roomToMerge(
  chain: readonly FoundVersion[],
  disks: Parameters<typeof disksFor>[1],
): Promise<readonly DiskRoom[]> {
  const bytes = chain.reduce((sum, { manifest }) => sum + manifest.version.bytes, 0);
  // Nobody knows yet how many rows were replaced.
  const isKept = chain.every(({ manifest }) => manifest.version.tables.every(({ key }) => key === undefined));
  const files = { least: isKept ? bytes * leastShare : 0, expected: bytes, unknown: [] };
  return disksFor({ files, scratch: nothing }, disks);
}
