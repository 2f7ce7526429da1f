import type { RecordBatch } from 'apache-arrow';
import { TidemarkError } from '../core/errors.js';
import { fetchAgain, namingFile } from '../core/naming-file.js';
import { parseManifest } from '../manifest/parse.js';
import type { LedgerLine, ManifestTable } from '../manifest/shape.js';
import { formatOfVersion } from '../shard/registry.js';
import { openShard } from '../lane/open-shard.js';
import { columnOf } from './ledger-column.js';
import { type FindDestination, locateVersion, readManifestFile } from './locate.js';
import { storedAs } from './stored-as.js';
import { withAllColumns } from '../core/arrow/complete-columns.js';

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
  const reader = await formatOfVersion(version).loadReader();
  const { columns, options: reading } = columnsToRead(found, options);
  const as = storedAs(version, found);
  for (const { partition, path, bytes } of found.targets.flatMap((target) =>
    target.shards.map((shard) => ({ ...shard, partition: target.partition })),
  )) {
    const complete = withAllColumns(columns.map(columnOf), { partition });
    const file = await openShard(place, path);
    if (file === undefined) {
      throw new TidemarkError('verification.failed', `${path} of ${version.uri} is missing`, {
        hint: fetchAgain,
      });
    }
    try {
      const batches = reader.read(file, { bytes, as, ...reading });
      for await (const batch of namingFile(path, fetchAgain, batches)) yield complete(batch);
    } finally {
      await file.close();
    }
  }
}

/** What is asked of files, which may lack columns that stand in folders' names alone. */
function columnsToRead(
  { schema }: ManifestTable,
  { columns: names, ...options }: VersionReadOptions,
): { readonly columns: readonly LedgerLine[]; readonly options: VersionReadOptions } {
  const stored = schema.filter(({ inPath }) => !inPath);
  if (names === undefined) return { columns: schema, options };
  // A column that is not there is for the reader to name.
  const asked = names.filter((name) => !schema.some((line) => line.inPath && line.name === name));
  const columns = names.flatMap((name) => schema.find((line) => line.name === name) ?? []);
  return { columns, options: { ...options, columns: asked.length > 0 ? asked : [stored[0]!.name] } };
}
