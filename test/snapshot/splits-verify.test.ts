import { readFileSync } from 'node:fs';
import { copyFile, cp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { encodeManifest } from '../../src/manifest/encode.js';
import { manifestSeal, versionId } from '../../src/manifest/identity.js';
import type { Manifest } from '../../src/manifest/shape.js';
import { freshDatabase } from '../servers/postgres.js';
import { emptyFolder, type Snapshot, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';

describe('a version with a split', { timeout: 120_000 }, () => {
  let made: Snapshot;
  beforeAll(async () => {
    const database = await freshDatabase(inject('postgres18'));
    await database.query(
      'CREATE TABLE orders AS SELECT i AS id, i % 2000 AS customer FROM generate_series(1, 40000) i',
    );
    const parts = ['--split', 'train=0.7,validation=0.15,test=0.15', '--split-key', 'customer'];
    const words = ['--table', 'orders', ...parts, '--dataset', 'dataset://orders/v1', '--out', emptyFolder('splits')];
    made = await snapshotJson(words, { env: { TIDEMARK_SOURCE: database.url } });
  });

  it('is found out by verify where rows are in another part', async () => {
    const location = join(emptyFolder('swapped'), 'v1');
    await cp(made.location, location, { recursive: true });
    const { version, run } = JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as Manifest;
    const [table] = version.tables;
    const [train, validation, test] = table!.targets;
    const swapped = {
      ...version,
      tables: [{ ...table!, targets: [train, { ...test, split: 'validation' }, { ...validation, split: 'test' }] }],
    };
    const unsealed = { id: versionId(swapped), version: swapped, run };
    await writeFile(join(location, '_manifest.v1.json'), encodeManifest({ ...unsealed, seal: manifestSeal(unsealed) }));
    const { code, stdout } = await tidemark(['verify', location]);
    expect(code).toBe(5);
    expect(stdout.match(/[\d,]+ rows belong to another part/g)?.length).toBe(2);
  });

  it('lies in a flat folder as well, where a platform put it', async () => {
    const { location, shards } = made;
    const flat = emptyFolder('flat');
    for (const { path } of shards) await copyFile(join(location, path), join(flat, basename(path)));
    await copyFile(join(location, '_manifest.v1.json'), join(flat, '_manifest.v1.json'));
    expect((await tidemark(['verify', flat])).code).toBe(0);
    const named = join(emptyFolder('flat'), 'v1');
    await cp(flat, named, { recursive: true });
    expect((await tidemark(['verify', named])).code).toBe(0);
    const other = shards.find(({ path }) => path.startsWith('test/'))!;
    await copyFile(join(location, other.path), join(flat, 'orders-v1--test-00009.parquet'));
    const stranger = await tidemark(['verify', flat]);
    expect([stranger.code, stranger.stdout]).toEqual([
      5,
      expect.stringContaining('orders-v1--test-00009.parquet: the file has'),
    ]);
    await rm(join(flat, 'orders-v1--test-00009.parquet'));
    await rename(join(flat, basename(shards[0]!.path)), join(flat, 'orders-v1--train-00007.parquet'));
    const { stdout } = await tidemark(['verify', flat]);
    expect(stdout).toContain('the file is missing');
    expect(stdout).toContain('orders-v1--train-00007.parquet: the file has the name of a shard of this version');
  });
});
