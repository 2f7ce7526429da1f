import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';

describe('a dataset card', { timeout: 60_000 }, () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(
      `CREATE TABLE "a/b" AS SELECT i AS id, i % 10 AS k FROM generate_series(1, 100) i; CREATE TABLE plain AS SELECT 1 AS id`,
    );
  });
  const words = ['--dataset', 'dataset://cards/v1', '--dataset-card'];
  const make = (args: readonly string[]) =>
    snapshotJson([...args, ...words, '--out', emptyFolder('card')], { env: { TIDEMARK_SOURCE: database.url } });
  const frontMatter = (location: string): unknown =>
    parse(/^---\n([^]*?)\n---\n/.exec(readFileSync(join(location, 'README.md'), 'utf8'))![1]!);

  it('tells files by table and split, and is listed and verified', async () => {
    const one = await make(['--table', 'plain']);
    expect(frontMatter(one.location)).toEqual({
      configs: [{ config_name: 'default', data_files: [{ split: 'train', path: '*.parquet' }] }],
    });
    const split = ['--split', 'x=0.5,y=0.5', '--split-key', 'id', '--partition-by', 'k'];
    const tables = JSON.stringify({ a: { table: '"a/b"' }, plain: { query: 'SELECT id, 1 AS k FROM plain' } });
    const { location } = await make(['--tables', tables, ...split]);
    const files = (table: string) => ['x', 'y'].map((part) => ({ split: part, path: `${table}/${part}/**/*.parquet` }));
    expect(frontMatter(location)).toEqual({
      configs: [
        { config_name: 'a', data_files: files('a') },
        { config_name: 'plain', data_files: files('plain') },
      ],
    });
    expect((await tidemark(['verify', location])).code).toBe(0);
    appendFileSync(join(location, 'README.md'), ' ');
    expect((await tidemark(['verify', location])).stdout).toMatch(/wrong +README\.md: the bytes were changed/);
    rmSync(join(location, 'README.md'));
    expect((await tidemark(['verify', location])).stdout).toMatch(/wrong +README\.md: the file is missing/);
  });

  it('is one for each version of a part, and the same whenever the data are', async () => {
    const split = ['--table', 'plain', '--split', 'a-b=0.5,y=0.5', '--split-key', 'id', '--split-datasets'];
    const first = await make(split);
    expect((await make(split)).id).toBe(first.id);
    for (const { location } of first.versions!) {
      expect(frontMatter(location)).toMatchObject({ configs: [{ data_files: [{ path: '*.parquet' }] }] });
      expect((await tidemark(['verify', location])).code).toBe(0);
    }
  });

  it('is only made on request, never with a parent or in outputs of Valohai', async () => {
    const env = { TIDEMARK_SOURCE: database.url };
    const out = emptyFolder('card');
    const plain = await snapshotJson(['--table', 'plain', '--dataset', 'dataset://cards/v1', '--out', out], { env });
    expect(existsSync(join(plain.location, 'README.md'))).toBe(false);
    const cases: readonly [RegExp, readonly string[], Record<string, string>][] = [
      [/dataset-card: does not go with --from dataset:\/\/cards\/v0/, ['--from', 'dataset://cards/v0'], {}],
      [/dataset-card: in outputs of Valohai/, ['--out', join(out, 'deeper')], { VH_JOB_ID: '1', VH_OUTPUTS_DIR: out }],
      [/dataset-card: "a-b" cannot be a split/, ['--split', 'a-b=0.5,c=0.5', '--split-key', 'id'], {}],
    ];
    for (const [message, args, more] of cases) {
      const run = await tidemark(['snapshot', '--table', 'plain', '--out', out, ...words, ...args], {
        env: { ...env, ...more },
      });
      expect([run.code, run.stderr]).toEqual([2, expect.stringMatching(message)]);
    }
  });
});
