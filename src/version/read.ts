import type { RecordBatch } from 'apache-arrow';
import { TidemarkError } from '../core/errors.js';
import { parseManifest } from '../manifest/parse.js';
import { shardsOf } from '../manifest/shards.js';
import { formatOf } from '../shard/registry.js';
import { type FindDestination, locateVersion, openShard, readManifestFile } from './locate.js';

export interface VersionReadOptions {
  /** Names of the columns that are read, in the order in which batches have them; all unless given. */
  readonly columns?: readonly string[];
  readonly signal?: AbortSignal;
  readonly destinationOf?: FindDestination;
}

/**
 * The rows of a table of a version, shard by shard, in their order: by a reader that is not ours, in memory that is bounded by
 * a row group. Whether files hold what the manifest says is for `verifyVersion` to say.
 * @throws request.invalid where there is no such version, table or column; verification.failed for a file that is missing or
 *   cannot be read; destination.*; the signal's reason
 */
export async function* readTable(
  location: string,
  table: string,
  options: VersionReadOptions = {},
): AsyncGenerator<RecordBatch> {
  const place = await locateVersion(location, options.destinationOf);
  const { version } = parseManifest(await readManifestFile(place), place.manifest).manifest;
  const found = version.tables.find(({ name }) => name === table);
  if (found === undefined) {
    throw new TidemarkError('request.invalid', `the version has no table "${table}"`, {
      hint: `Tables: ${version.tables.map(({ name }) => name).join(', ')}.`,
    });
  }
  const reader = await formatOf(version.format).loadReader();
  for (const { path, bytes } of shardsOf(found)) {
    const file = await openShard(place, path);
    if (file === undefined) {
      throw new TidemarkError('verification.failed', `${path} of ${version.uri} is missing`, {
        hint: 'Fetch the version again, and verify it.',
      });
    }
    try {
      yield* reader.read(file, { bytes, ...options });
    } finally {
      await file.close();
    }
  }
}
