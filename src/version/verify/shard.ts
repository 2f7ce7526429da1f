import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExpectedShard, ShardChecker } from '../../core/format.js';
import type { ManifestShard, ManifestTable } from '../../manifest/shape.js';
import { errnoOf, unreadable } from '../read-folder.js';
import { failure, type Finding } from './finding.js';

export interface ShardCheck {
  readonly rows: number;
  readonly bytes: number;
  readonly findings: readonly Finding[];
}

export interface ShardCheckOptions {
  readonly checker: ShardChecker;
  readonly folder: string;
  /** Sizes, hashes and footers alone. */
  readonly quick: boolean;
  /** Shards by the sha-256 that they should have, to name files that were swapped. */
  readonly bySha256: ReadonlyMap<string, string>;
  readonly signal: AbortSignal | undefined;
  readonly onBytes: (count: number) => void;
}

const readSize = 1 << 20;

/**
 * Checks one shard: that it is there, its size, its sha-256, its footer, and (unless quick) that every column chunk
 * decodes. Bytes that do not have their sha-256 are not decoded: what a reader makes of damaged bytes is anybody's guess.
 */
export async function checkShard(
  table: ManifestTable,
  shard: ManifestShard,
  options: ShardCheckOptions,
): Promise<ShardCheck> {
  const path = join(options.folder, shard.path);
  let handle: FileHandle;
  try {
    handle = await open(path);
  } catch (cause) {
    if (errnoOf(cause) !== 'ENOENT') throw unreadable(path, cause);
    const expected = `${shard.bytes} bytes, ${shard.rows} rows`;
    return { rows: 0, bytes: 0, findings: [failure('missing', shard.path, 'the file is missing', { expected })] };
  }
  try {
    const info = await handle.stat();
    if (!info.isFile()) return { rows: 0, bytes: 0, findings: [failure('missing', shard.path, 'it is not a file')] };
    if (info.size !== shard.bytes) {
      const message = info.size < shard.bytes ? 'the file is cut short' : 'the file is too long';
      const sizes = { expected: `${shard.bytes} bytes`, found: `${info.size} bytes` };
      return { rows: 0, bytes: info.size, findings: [failure('size', shard.path, message, sizes)] };
    }
    const sha256 = await hashFile(handle, options);
    if (sha256 !== shard.sha256) {
      const findings = [
        failure('sha256', shard.path, changed(sha256, options), { expected: shard.sha256, found: sha256 }),
      ];
      return { rows: 0, bytes: info.size, findings };
    }
    const { rows, faults } = await options.checker.check(handle, expectedOf(table, shard), {
      decode: !options.quick,
      signal: options.signal,
    });
    const findings = faults.map(({ kind, message, ...more }) => failure(kind, shard.path, message, more));
    return { rows, bytes: info.size, findings };
  } finally {
    await handle.close();
  }
}

function expectedOf(table: ManifestTable, { bytes, rows, rowGroups, columns }: ManifestShard): ExpectedShard {
  const stored = table.schema.map(({ name, parquet }, index) => ({
    name,
    stored: parquet,
    nulls: columns[index]?.nulls,
  }));
  return { bytes, rows, rowGroups, columns: stored };
}

function changed(sha256: string, { bySha256 }: ShardCheckOptions): string {
  const other = bySha256.get(sha256);
  return other === undefined ? 'the bytes were changed' : `the file holds the bytes of ${other}`;
}

async function hashFile(handle: FileHandle, { signal, onBytes }: ShardCheckOptions): Promise<string> {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(readSize);
  for (let position = 0; ;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
    onBytes(bytesRead);
  }
}
