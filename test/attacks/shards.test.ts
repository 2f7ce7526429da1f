import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemarkHere, type Version } from '../support/cli.js';
import { encodeManifest } from '../../src/manifest/encode.js';
import { manifestSeal, versionId } from '../../src/manifest/identity.js';
import type { Manifest } from '../../src/manifest/shape.js';
import { inputs, mutated, Random, seed } from './random.js';

let db: FreshDatabase;
const out = emptyFolder('shards');
const made = new Map<string, Version>();
const kinds = ['snappy', 'zstd', 'gzip', 'lz4_raw', 'none', 'csv', 'csv-zstd', 'csv-gzip'] as const;
/** Of the inputs of all parsers, one in a hundred: each is verified as a whole. */
const each = Math.ceil(inputs / 100 / kinds.length);

beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
  await db.query(`CREATE TABLE t AS SELECT i AS id, md5(i::text) AS name, i * 1.5::numeric(12,2) AS price, i % 3 = 0 AS flag,
    timestamptz '2024-01-01' + i * interval '1 min' AS at, ARRAY[i, NULL] AS list, NULLIF(i % 4, 0)::text AS few
    FROM generate_series(1, 400) i`);
  for (const kind of kinds) {
    const [codec = kind, format = 'parquet'] = kind.startsWith('csv') ? [kind.slice(4) || 'none', 'csv'] : [];
    const how = ['--format', format, '--compression', codec];
    const args = ['--source', db.url, '--table', 't', '--dataset', `dataset://t/${kind}`, '--out', out, ...how];
    made.set(kind, await snapshotJson(args));
  }
}, 120_000);
afterAll(() => db.drop());

/** The version with another file in the place of its shard, and a manifest whose hashes are of that one. */
function reseal({ location }: Version, shard: string, bytes: Buffer, whole: Manifest): void {
  const manifest = structuredClone(whole) as Manifest;
  const line = manifest.version.tables[0]!.targets[0]!.shards[0]!;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const sizes = [manifest.version, manifest.version.tables[0]!, manifest.version.tables[0]!.targets[0]!, line];
  for (const place of sizes) Object.assign(place, { bytes: bytes.length });
  Object.assign(line, { sha256 });
  const forged = { ...manifest, id: versionId(manifest.version) };
  const name = `_manifest.${manifest.version.name}.json`;
  writeFileSync(join(location, name), encodeManifest({ ...forged, seal: manifestSeal(forged) }));
  writeFileSync(join(location, shard), bytes);
}

test.each(kinds)(
  '%s: changed bytes whose hashes hold are a finding, or rows that are the same',
  { timeout: 60_000 + each * 3000 },
  async (kind) => {
    const version = made.get(kind)!;
    const shard = version.shards[0]!.path;
    const bytes = readFileSync(join(version.location, shard));
    const whole = JSON.parse(readFileSync(join(version.location, `_manifest.${kind}.json`), 'utf8')) as Manifest;
    const before = process.memoryUsage().rss;
    for (let i = 0; i < each; i += 1) {
      const random = new Random(seed + i);
      reseal(version, shard, mutated(bytes, random), whole);
      const started = performance.now();
      const { code, stdout, stderr } = await tidemarkHere(['verify', version.location]);
      expect([0, 5], `round ${i}: ${stdout}${stderr}`).toContain(code);
      expect(stdout + stderr, `round ${i}`).not.toMatch(/defect|internal\.bug|\n\s+at .*\.js:\d+/);
      expect(performance.now() - started).toBeLessThan(20_000);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(1.5e9);
  },
);
