import { createHash } from 'node:crypto';
import { TidemarkError } from '../core/errors.js';
import { chunksOf } from '../core/file-chunks.js';
import { openShard } from '../lane/open-shard.js';
import type { ManifestVersion } from '../manifest/shape.js';
import type { SidecarLine } from '../manifest/sidecar.js';
import type { FoundVersion } from './whole-chain.js';

/** Where a version lists the keys of a table's rows, or those that are gone; undefined: there are none. */
export function rowKeyLine(
  { sidecars = [] }: ManifestVersion,
  table: string,
  kind: 'keys' | 'gone',
): SidecarLine | undefined {
  return sidecars.find((line) => line.kind === kind && line.table === table);
}

/**
 * The records of a file of keys, whole ones at a time; a chunk is valid until the next. They are held against the file's sha-256, which is known to be
 * right only when all were read.
 * @throws verification.failed where the file is missing, or not as it is listed; destination.*
 */
export async function* readRowKeys(
  { place }: FoundVersion,
  { path, bytes, sha256 }: SidecarLine,
): AsyncGenerator<Uint8Array> {
  const file = await openShard(place, path);
  if (file === undefined) throw notAsListed(path, place.folder, 'is missing');
  try {
    if (file.size !== bytes) throw notAsListed(path, place.folder, `has ${file.size} bytes, and ${bytes} are listed`);
    const hash = createHash('sha256');
    let read = 0;
    for await (const chunk of chunksOf(file)) {
      hash.update(chunk);
      read += chunk.length;
      yield chunk;
    }
    if (read < bytes) throw notAsListed(path, place.folder, 'is cut short');
    if (hash.digest('hex') !== sha256) throw notAsListed(path, place.folder, 'has another sha-256 than is listed');
  } finally {
    await file.close();
  }
}

function notAsListed(path: string, folder: string, what: string): TidemarkError {
  return new TidemarkError('verification.failed', `${path} in ${folder} ${what}`, {
    hint: 'Fetch the version again, and verify it. Where it is lost, `tidemark snapshot --full` begins a new chain.',
  });
}
