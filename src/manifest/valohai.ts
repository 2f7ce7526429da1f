import * as z from 'zod';
import type { AnnouncementFile } from '../core/destination.js';
import { canonicalJson, sha256 } from './canonical.js';
import { dateRange } from './date-range.js';
import { encodeManifest, manifestName } from './encode.js';
import type { Manifest, ManifestTable } from './shape.js';
import { announcedSidecars, uploadedShards } from './shards.js';
import { signatureName } from './signature.js';

/** The file at the outputs root in which the platform looks for metadata. */
export const metadataFile = 'valohai.metadata.jsonl';

const announcement = z.object({
  metadata: z.object({
    'valohai.dataset-versions': z.array(z.union([z.string(), z.object({ uri: z.string() }).transform((v) => v.uri)])),
  }),
});

/** How the platform learns of versions at a destination. */
export const valohaiAnnouncements: AnnouncementFile = {
  name: metadataFile,
  names(line, uri) {
    const parsed = announcement.safeParse(jsonOrNothing(line));
    return parsed.success && parsed.data.metadata['valohai.dataset-versions'].includes(uri);
  },
};

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface MetadataLine {
  /** Relative to the outputs root, with `/`. */
  readonly file: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The version's folder, relative to the outputs root, with `/`. */
export function versionFolder({ dataset, name }: { readonly dataset: string; readonly name: string }): string {
  return `${dataset}/${name}`;
}

/**
 * The lines of `valohai.metadata.jsonl` for a version, without line ends: its shards, then what lies beside them, then its manifest. They follow from the
 * manifest alone, so that they can be made again and compared.
 */
export function metadataLines(manifest: Manifest, file: Uint8Array = encodeManifest(manifest)): string[] {
  return versionMetadata(manifest, file).map(canonicalJson);
}

/** The same as data. @param bytes the manifest's file, which may be of an older format */
export function versionMetadata(manifest: Manifest, bytes: Uint8Array): MetadataLine[] {
  const { version } = manifest;
  const folder = versionFolder(version);
  const common = commonMetadata(manifest);
  const shards = version.tables.flatMap((table) =>
    uploadedShards(manifest, table).map((shard) => ({
      file: `${folder}/${shard.path}`,
      metadata: {
        ...sourceMetadata([table], manifest.run.relations),
        date_range: dateRange([table]),
        ...common,
        row_count: shard.facts.rows,
        'tidemark.kind': 'shard',
        'tidemark.table': table.name,
        'tidemark.bytes': shard.bytes,
        'tidemark.sha256': shard.sha256,
      },
    })),
  );
  const sidecars = announcedSidecars(version).map(({ kind, path, bytes: size, sha256: hash }) => ({
    file: `${folder}/${path}`,
    metadata: { ...common, 'tidemark.kind': kind, 'tidemark.bytes': size, 'tidemark.sha256': hash },
  }));
  const own = {
    file: `${folder}/${manifestName(version.name)}`,
    metadata: {
      ...sourceMetadata(version.tables, manifest.run.relations),
      date_range: dateRange(version.tables),
      ...common,
      'valohai.alias': isNewest(manifest) ? headAlias(version) : undefined,
      'tidemark.kind': 'manifest',
      'tidemark.bytes': bytes.length,
      'tidemark.sha256': sha256(bytes),
    },
  };
  const signature = {
    file: `${folder}/${signatureName(version.name)}`,
    metadata: { ...common, 'tidemark.kind': 'signature' },
  };
  return [...shards, ...sidecars, ...(manifest.run.signer === undefined ? [] : [signature]), own];
}

/** Whether runs go on from it: not from what an earlier version of a chain was merged into. */
function isNewest({ version, run }: Manifest): boolean {
  return run.increment !== undefined && (version.compacts === undefined || run.horizon !== undefined);
}

/** The alias of the newest version's manifest, which is all that the next run needs; of parts in one dataset each has its own. */
function headAlias({ dataset, part, siblings = [] }: Manifest['version']): string {
  const isShared = siblings.some(({ uri }) => uri.startsWith(`dataset://${dataset}/`));
  return isShared ? `${dataset}-${part!}-head` : `${dataset}-head`;
}

/** What is the same on every file of the version. */
function commonMetadata({ id, version, run }: Manifest): Record<string, unknown> {
  const { tags, alias, properties, exclude } = run.publishing;
  const from = exclude === undefined ? version.from : version.reuses?.uri;
  return {
    source_database: run.server.database,
    ...properties,
    query_date: version.date,
    version_row_count: version.rows,
    'tidemark.id': id,
    'tidemark.manifest': manifestName(version.name),
    'tidemark.queried-at': run.queriedAt ?? run.startedAt,
    'tidemark.run': run.id,
    'tidemark.version': version.tool.version,
    'valohai.tags': tags.length === 0 ? undefined : tags,
    'valohai.dataset-versions': [
      {
        uri: version.uri,
        ...(from !== undefined && { from }),
        ...(exclude !== undefined && exclude.length > 0 && { exclude }),
        ...(alias === undefined ? {} : { targeting_aliases: [alias] }),
      },
    ],
  };
}

/** Where the rows of tables come from. What is not the same for all of them stands in the manifest alone. */
function sourceMetadata(tables: readonly ManifestTable[], ofQuery: readonly string[] = []): Record<string, unknown> {
  const relations = [
    ...new Set(
      tables.flatMap(
        ({ relations, request }) => relations ?? (request.table === undefined ? ofQuery : [request.table]),
      ),
    ),
  ];
  return {
    source_table: relations.length === 0 ? undefined : relations.join(', '),
    query: tables.length === 1 ? statementOf(tables[0]!.request) : undefined,
  };
}

/** The query as it was written; of a table the query that would give the same rows. */
function statementOf({ query, table, limit }: ManifestTable['request']): string {
  return query ?? `SELECT * FROM ${table ?? '?'}${limit === undefined ? '' : ` LIMIT ${limit}`}`;
}
