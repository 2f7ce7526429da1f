import * as z from 'zod';
import {
  type Immutable,
  ledgerLine,
  type Manifest,
  type ManifestShard,
  type ManifestTable,
  parameter,
  versionPart,
} from './shape.js';
import { count, relativePath, sha256 } from './shape-kinds.js';
import { publishing, runPart } from './shape-run.js';

/*
 * The first format: a table's request lay flat beside what was found, statistics bore the names of their columns, and every
 * table had its shards at once.
 */

const statistics = z.object({
  name: z.string(),
  nulls: count,
  min: z.string().exactOptional(),
  max: z.string().exactOptional(),
});

const shard = z.object({
  path: relativePath,
  rows: count,
  bytes: count,
  sha256,
  rowGroups: count,
  columns: z.array(statistics),
});

const table = z.object({
  name: z.string(),
  table: z.string().exactOptional(),
  query: z.string().exactOptional(),
  relations: z.array(z.string()).exactOptional(),
  parameters: z.array(parameter).exactOptional(),
  limit: count.exactOptional(),
  schema: z.array(
    ledgerLine.omit({ stored: true }).extend({
      parquet: z.string(),
      cast: z.string().exactOptional(),
      nulled: count.exactOptional(),
      extreme: count.exactOptional(),
    }),
  ),
  rows: count,
  bytes: count,
  columns: z.array(statistics),
  shards: z.array(shard),
});

export const manifest1Schema = z.object({
  id: sha256,
  version: versionPart.extend({ tables: z.array(table).min(1) }),
  run: runPart.extend({ publishing: publishing.extend({ dateColumn: z.string().exactOptional() }) }),
  seal: sha256,
});

type Manifest1 = Immutable<z.infer<typeof manifest1Schema>>;
type Table1 = Manifest1['version']['tables'][number];

/** A manifest of the first format in the form of today. Its id and seal are those of the file as it stands. */
export function fromVersion1({ version, run, ...rest }: Manifest1): Manifest {
  const { dateColumn, ...published } = run.publishing;
  const tables = version.tables.map((one) => tableFrom(one, dateColumn));
  return { ...rest, version: { ...version, tables }, run: { ...run, publishing: published } };
}

function tableFrom(one: Table1, dateColumn: string | undefined): ManifestTable {
  const { name, relations, schema, rows, bytes, columns, shards } = one;
  const counted = columns.map((column, index) => {
    const { nulled, extreme } = schema[index] ?? {};
    return { ...factsFrom(column), ...(nulled !== undefined && { nulled }), ...(extreme !== undefined && { extreme }) };
  });
  const facts = { rows, columns: counted };
  return {
    name,
    request: requestFrom(one, dateColumn),
    ...(relations !== undefined && { relations }),
    schema: schema.map(({ parquet, cast: _, nulled: __, extreme: ___, ...line }) => ({ ...line, stored: parquet })),
    bytes,
    facts,
    targets: [{ bytes, facts, shards: shards.map(shardFrom) }],
  };
}

function requestFrom(
  { table: relation, query, parameters, limit, schema }: Table1,
  dateColumn: string | undefined,
): ManifestTable['request'] {
  const casts = schema.flatMap(({ name, cast }) => (cast === undefined ? [] : [[name, cast] as const]));
  const redacted = schema.filter((line) => line.redacted).map(({ name }) => name);
  const dated = dateColumn !== undefined && schema.some(({ name }) => name === dateColumn);
  return {
    ...(relation !== undefined && { table: relation }),
    ...(query !== undefined && { query }),
    ...(parameters !== undefined && { parameters }),
    ...(casts.length > 0 && { casts: Object.fromEntries(casts) }),
    ...(redacted.length > 0 && { redacted }),
    ...(limit !== undefined && { limit }),
    ...(dated && { dateColumn }),
  };
}

function shardFrom({ path, rows, bytes, sha256: hash, rowGroups, columns }: Table1['shards'][number]): ManifestShard {
  return { path, bytes, sha256: hash, rowGroups, facts: { rows, columns: columns.map(factsFrom) } };
}

function factsFrom({ name: _, ...facts }: Table1['columns'][number]): Omit<Table1['columns'][number], 'name'> {
  return facts;
}
