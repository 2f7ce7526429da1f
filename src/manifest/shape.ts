import * as z from 'zod';
import { chain, compacts, inherited, parent } from './shape-chain.js';
import { count, datasetUri, day, hashSum, relativePath, rowsDigest, sha256 } from './shape-kinds.js';
import { runPart } from './shape-run.js';
import { split } from './shape-split.js';

/** The newest manifest format that this tool writes; it reads this one and all before it. */
export const manifestVersion = 2;

const columnFacts = z.object({
  nulls: count.describe('NULLs.'),
  nulled: count.exactOptional().describe('Values that the column cannot hold, written as NULL (--misfit null).'),
  extreme: count.exactOptional().describe("Infinities written as the type's extreme value (--infinity extreme)."),
  min: z
    .string()
    .exactOptional()
    .describe(
      'Smallest value as text; of texts a lower bound of at most 64 bytes. Absent: all NULL, redacted, no order.',
    ),
  max: z.string().exactOptional().describe('Largest value as text; of texts an upper bound of at most 64 bytes.'),
  sum: hashSum
    .exactOptional()
    .describe('Sum of the hashes of its values (docs/digest.md). Absent: of a shard, redacted, or without digest.'),
});

const facts = z.object({
  rows: count,
  columns: z.array(columnFacts).describe("Of every column's values, in the schema's order."),
  classes: z
    .record(z.string(), count)
    .exactOptional()
    .describe('Rows by value of the column of classes, without NULL. Absent: of a shard, or there is no such column.'),
  sum: hashSum.exactOptional().describe('Sum of the hashes of its rows (docs/digest.md). Absent: without digest.'),
});

const shard = z.object({
  path: relativePath.describe("File name inside the version's folder; unique over the dataset."),
  bytes: count.describe('Size of the file.'),
  sha256: sha256.describe('Of the whole file, lower-case hex.'),
  rowGroups: count.exactOptional().describe('Row groups in the file. Absent: the format has none.'),
  reused: z
    .literal(true)
    .exactOptional()
    .describe(
      'It is a file of the version that this one reuses, by its name there. Absent: it was written for this one.',
    ),
  from: z
    .string()
    .exactOptional()
    .describe('Its path where it was adopted from: another engine wrote it. Absent: it was written here.'),
  facts: facts.describe('What is counted of its rows.'),
});

const target = z.object({
  split: z.string().exactOptional().describe('The part of the split whose rows these are.'),
  partition: z
    .record(z.string(), z.string().nullable())
    .exactOptional()
    .describe('The partition whose rows these are, by the names of its folders; null: rows without a value.'),
  bytes: count.describe('Of its shards.'),
  facts: facts.describe('The sum over its shards.'),
  digest: rowsDigest.exactOptional().describe('Logical digest of its rows.'),
  shards: z.array(shard).describe('Its files, in the order of their rows.'),
});

const part = target.omit({ partition: true, shards: true }).required({ split: true });

export const ledgerLine = z.object({
  name: z.string(),
  sourceType: z.string().describe('The type as the server names it.'),
  type: z.string().describe('The Arrow type.'),
  stored: z.string().describe("How the format stores values, in the format's own names."),
  exactness: z
    .enum(['exact', 'widened', 'lossy', 'masked'])
    .describe(
      'widened: another type, but no value changed; lossy: as many values as nulled and extreme count were replaced, as asked; masked: all were.',
    ),
  note: z.string().exactOptional().describe('Why the type is not the obvious one.'),
  mask: z
    .enum(['hash', 'redact', 'null', 'year'])
    .exactOptional()
    .describe('What is written in place of its values (docs/masks.md).'),
  inPath: z
    .literal(true)
    .exactOptional()
    .describe('Its values stand in the names of folders alone, and not in the files.'),
  redacted: z.literal(true).exactOptional().describe('No minima and maxima of this column stand anywhere.'),
});

export const parameter = z.object({
  name: z.string(),
  value: z.string().exactOptional().describe('Absent: the parameter is secret.'),
  secret: z.literal(true).exactOptional(),
});

const request = z.object({
  table: z
    .string()
    .exactOptional()
    .describe('The table or view that was read. Exactly one of table and query is there.'),
  query: z.string().exactOptional().describe('The query as it was written, parameters as :name.'),
  parameters: z.array(parameter).exactOptional().describe("The query's parameters; of secret ones the name alone."),
  casts: z.record(z.string(), z.string()).exactOptional().describe('Types that were chosen for columns (--cast).'),
  redacted: z.array(z.string()).exactOptional().describe('Columns of whose values nothing is told (--redact-stats).'),
  splitKey: z.array(z.string()).exactOptional().describe('Its own names of the columns that are the key of entities.'),
  limit: count.exactOptional().describe('Only so many rows were read (--limit). Absent: all.'),
  dateColumn: z.string().exactOptional().describe('Column whose smallest and largest values are the date_range.'),
});

const table = z.object({
  name: z.string().describe('Its name inside the version.'),
  request: request.describe('What was asked for.'),
  relations: z
    .array(z.string())
    .exactOptional()
    .describe('The relations that the query reads, where the source tells.'),
  schema: z.array(ledgerLine).describe('The type ledger: one line a column.'),
  partition: z
    .object({
      by: z.array(
        z.object({
          column: z.string(),
          unit: z.enum(['day', 'month', 'year']).exactOptional().describe('In UTC. Absent: the value itself.'),
        }),
      ),
      columns: z.enum(['files', 'path']).describe("Whether the files have these columns too, or folders' names alone."),
    })
    .exactOptional()
    .describe('The folders that rows are in (docs/partitions.md). Absent: there are none.'),
  key: z
    .array(z.string())
    .min(1)
    .exactOptional()
    .describe('Columns that tell a row: of rows with the same key, that of the newest version counts. Absent: all do.'),
  live: z
    .object({
      rows: count.describe('How many count.'),
      sum: hashSum.describe('Of their hashes.'),
      keys: hashSum.describe("Of their keys' hashes."),
      inserted: count.describe('Rows of this version whose keys were not there.'),
      replaced: count.describe('Rows of this version whose keys were there.'),
      gone: count.describe('Keys that were there, and are not any more.'),
    })
    .exactOptional()
    .describe('What counts of the rows of this version and those before it (--deletes scan). Absent: it is not known.'),
  bytes: count.describe('Of its shards.'),
  facts: facts.describe('The sum over its targets.'),
  digest: rowsDigest.exactOptional().describe('Logical digest of its rows.'),
  parts: z
    .array(part)
    .exactOptional()
    .describe('By part of the split, the sums over its partitions. Absent: not split, or each part is one target.'),
  targets: z.array(target).min(1).describe('The places that its rows went to.'),
});

export const versionPart = z.object({
  manifestVersion: count.describe('Format of this manifest. A reader refuses a newer one than it knows.'),
  dataset: z.string(),
  name: z.string().describe("The version's name."),
  uri: datasetUri,
  from: datasetUri.exactOptional().describe('The version that this one starts from.'),
  parent: parent
    .exactOptional()
    .describe('The version that this one goes on from: it holds what is new since. Absent: it holds all rows.'),
  inherits: z
    .array(inherited)
    // Each is looked at with all its files: who lists one twice would have it done twice.
    .refine((versions) => new Set(versions.map(({ uri }) => uri)).size === versions.length, 'a version is listed twice')
    .exactOptional()
    .describe('The versions whose rows and files are part of it, oldest first. Absent: there is no parent.'),
  chain: chain
    .exactOptional()
    .describe('This version together with those that it inherits. Absent: there is no parent.'),
  compacts: compacts
    .exactOptional()
    .describe('The last version of the chain whose rows these are, merged (tidemark compact). Absent: it is none.'),
  reuses: parent
    .exactOptional()
    .describe('The version of which it has files with the same bytes. Absent: all its files were written for it.'),
  date: day.describe("The run's logical date, in timeZone."),
  timeZone: z.string().describe('IANA time zone in which the logical date is meant.'),
  source: z.string().describe('Kind of database.'),
  tool: z
    .object({ name: z.string(), version: z.string() })
    .describe('What wrote the files; with the plan and the data it determines their bytes.'),
  format: z.string().describe('Format of the shards.'),
  compression: z.enum(['snappy', 'zstd', 'gzip', 'lz4_raw', 'none']),
  kept: z
    .object({ codecs: z.array(z.string()).describe("How their column chunks are compressed, by the format's names.") })
    .exactOptional()
    .describe(
      'Its files are as another engine wrote them, but for their names: what compression, shardSize and rowGroup say is not about them. Absent: they were written here.',
    ),
  csv: z
    .object({
      separator: z.string().length(1).describe('Between fields.'),
      null: z.string().describe('What stands for NULL, without quotation marks.'),
    })
    .exactOptional()
    .describe('How CSV files are written. Absent: there are none.'),
  shardSize: count.describe('The most bytes that a shard has, unless one row group has more.'),
  rowGroup: z
    .object({ rows: count, bytes: count })
    .describe(
      'Where row groups end: rows, or bytes as they came; of a table of more than 256 columns up to four times as many bytes, 32 KiB for each column.',
    ),
  misfits: z
    .object({ misfit: z.enum(['fail', 'null']), infinity: z.enum(['misfit', 'extreme', 'null']) })
    .describe('What was to be done with values that their column cannot hold.'),
  part: z.string().exactOptional().describe('The part of the split that this version is of. Absent: it has all rows.'),
  siblings: z
    .array(
      z.object({
        part: z.string(),
        uri: datasetUri,
        rows: count,
        digest: z.union([rowsDigest, z.literal('off')]),
        unchanged: z
          .literal(true)
          .exactOptional()
          .describe('Nothing was new in it: the version is the one that was gone on from.'),
      }),
    )
    .exactOptional()
    .describe('The versions of the other parts, which were published together with this one.'),
  sample: z
    .object({
      below: count.describe('In 10^-9.'),
      key: z.array(z.string()).describe('Columns; none: the whole row.'),
      salt: z.string(),
    })
    .exactOptional()
    .describe('Which entities are in it (docs/splits.md). Absent: all.'),
  split: split.exactOptional().describe('How rows were split (docs/splits.md). Absent: they were not.'),
  entities: z
    .object({
      total: count,
      parts: z.record(z.string(), count).describe('By part, those that have a row in it.'),
      inSeveral: count.describe('With rows in more than one part.'),
    })
    .exactOptional()
    .describe(
      "Entities (the split's key) of all tables and parts, each counted once. Absent: there is no key, or it is of a chain that was merged.",
    ),
  label: z.string().exactOptional().describe('The column of classes.'),
  maskKey: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .exactOptional()
    .describe('Fingerprint of the key of masks by hash.'),
  digest: z
    .union([rowsDigest, z.literal('off')])
    .exactOptional()
    .describe('Logical digest of all rows (docs/digest.md); off: not computed. Absent: made before there was one.'),
  sidecars: z
    .array(
      z.object({
        kind: z.enum(['schema', 'card', 'keys', 'gone']),
        path: relativePath,
        bytes: count,
        sha256,
        table: z.string().exactOptional().describe('Whose keys these are.'),
      }),
    )
    .exactOptional()
    .describe(
      'Files beside the shards: Table Schemas of CSV files, a dataset card, hashes of keys of rows and of rows that are gone. Absent: there are none.',
    ),
  rows: count.describe('Of all tables.'),
  bytes: count.describe('Of all shards.'),
  tables: z.array(table).min(1),
});

/** A manifest as it is written to `_manifest.<version>.json` now. Readers tolerate keys that they do not know. */
export const manifestSchema = z
  .object({
    id: sha256.describe("sha-256 of the version part's canonical JSON (RFC 8785): the version's id."),
    version: versionPart.describe('What the data is: a pure function of data, plan and tool version.'),
    run: runPart.describe('How it came to be; differs from run to run.'),
    seal: sha256.describe('sha-256 of the canonical JSON of this manifest without the seal.'),
  })
  .meta({ title: 'Tidemark manifest', description: 'What a dataset version holds and how it came to be.' });

export type Immutable<T> = T extends (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T;

/** What a dataset version holds and how it came to be; every field is explained in docs/manifest.md. */
export type Manifest = Immutable<z.infer<typeof manifestSchema>>;
/** What the data is: a pure function of data, plan and tool version. Its canonical JSON's sha-256 is the version's id. */
export type ManifestVersion = Manifest['version'];
/** How the version came to be: time, server, certificate, lineage. */
export type ManifestRun = Manifest['run'];
export type ManifestTable = ManifestVersion['tables'][number];
/** A line of the type ledger. */
export type LedgerLine = ManifestTable['schema'][number];
/** A shard as the manifest lists it. */
export type ManifestShard = ManifestTable['targets'][number]['shards'][number];
/** What a column's values are, over a shard, a target or a table. */
export type ManifestColumnFacts = ManifestShard['facts']['columns'][number];
