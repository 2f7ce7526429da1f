import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ColumnStatistics } from '../../src/core/statistics.js';
import type { Column } from '../../src/core/types.js';
import { buildManifest } from '../../src/manifest/build.js';
import type { ManifestInput } from '../../src/manifest/build-input.js';
import { encodeManifest, manifestName } from '../../src/manifest/encode.js';
import type { Manifest } from '../../src/manifest/shape.js';
import { metadataLines } from '../../src/manifest/valohai.js';
import { factsOf } from '../manifest/facts.js';
import { column, input, plan } from '../manifest/inputs.js';

/** Rows of the two shards; the first has several row groups. */
export const shardRows = [5000, 7] as const;

const columns: readonly Column[] = [
  column('id', 'bigint', { kind: 'int', bits: 64 }),
  column('small', 'smallint', { kind: 'int', bits: 16 }),
  column('signup_date', 'date', { kind: 'date' }),
  column('price', 'numeric(15,2)', { kind: 'decimal', precision: 15, scale: 2 }),
  column('name', 'text', { kind: 'text' }),
  column('score', 'double precision', { kind: 'float', bits: 64 }),
  column('seen', 'timestamp with time zone', { kind: 'timestamp', utc: true }),
  column('uid', 'uuid', { kind: 'uuid' }),
  column('flag', 'boolean', { kind: 'bool' }),
  column('raw', 'bytea', { kind: 'binary' }),
];

const select = `SELECT i::BIGINT AS id, (i % 100)::SMALLINT AS small, DATE '2024-01-01' + (i % 91)::INT AS signup_date,
  (i * 1.25)::DECIMAL(15,2) AS price, CASE WHEN i % 3 = 0 THEN NULL ELSE 'name ' || i END AS name, i / 7.0 AS score,
  TIMESTAMPTZ '2024-01-01 00:00:00+00' + INTERVAL (i) SECOND AS seen,
  CASE WHEN i % 10 = 0 THEN NULL ELSE uuid() END AS uid, i % 2 = 0 AS flag, encode('x' || i) AS raw`;

/** A dataset version in `<out>/<dataset>/<version>/` as a run would leave it; its Parquet files are written by DuckDB. */
export async function makeVersion(
  out: string,
  { version = '2024-q1', from }: { readonly version?: string; readonly from?: string } = {},
): Promise<{ readonly folder: string; readonly manifest: Manifest; readonly paths: readonly string[] }> {
  const dataset = 'customer-data';
  const folder = join(out, dataset, version);
  await mkdir(folder, { recursive: true });
  const instance = await DuckDBInstance.create();
  const db = await instance.connect();
  await db.run("SET TimeZone = 'UTC'");
  const shards = [];
  for (const [range, rows] of shardRows.entries()) {
    const path = `${dataset}-${version}-0000${range}.parquet`;
    const data = `(${select} FROM range(${range * 10_000}, ${range * 10_000 + rows}) AS r(i))`;
    await db.run(`CREATE OR REPLACE TABLE shard AS ${data}`);
    await db.run(`COPY shard TO '${join(folder, path)}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
    const bytes = await readFile(join(folder, path));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const groups = await db.runAndReadAll(
      `SELECT count(DISTINCT row_group_id)::INT FROM parquet_metadata('${join(folder, path)}')`,
    );
    const rowGroups = Number(groups.getRows()[0]![0]);
    const told: ColumnStatistics[] = [];
    for (const { name, type } of columns) {
      const result = await db.runAndReadAll(
        `SELECT (count(*) - count("${name}"))::INT, min("${name}")::VARCHAR, max("${name}")::VARCHAR FROM shard`,
      );
      const [nulls, min, max] = result.getRows()[0]!;
      const bounds = type.kind === 'binary' ? {} : { min: String(min), max: String(max) };
      told.push({ nulls: Number(nulls), ...bounds });
    }
    const receipt = { table: 0, group: range, part: 0, path, rows, bytes: bytes.length, sha256, rowGroups };
    shards.push({ ...receipt, facts: factsOf(columns, rows, told) });
  }
  db.closeSync();
  instance.closeSync();
  const table = { name: 'customers', table: 'public.customers', query: undefined, columns };
  const made: ManifestInput = {
    ...input,
    // Digests are of the files that runs write: test/snapshot/digest.test.ts.
    plan: { ...plan, dataset, version, from, digest: false },
    tables: [{ plan: table, request: input.tables[0]!.request, targets: [{ shards }] }],
  };
  const manifest = buildManifest(made);
  await writeFile(join(folder, manifestName(version)), encodeManifest(manifest));
  await writeFile(join(out, 'valohai.metadata.jsonl'), `${metadataLines(manifest).join('\n')}\n`, { flag: 'a' });
  return { folder, manifest, paths: shards.map((shard) => shard.path) };
}
