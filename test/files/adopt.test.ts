import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { digestByPython, python } from '../readers/digest.js';
import { readersEnvironment } from '../readers/python.js';
import type * as Library from '../../src/index.js';
import { emptyFolder } from '../support/cli.js';

const { adopt: adoptFiles, verify } = (await import(
  new URL('../../dist/index.js', import.meta.url).href
)) as typeof Library;

const script = new URL('foreign_files.py', import.meta.url).pathname;
const { bin, reason } = await readersEnvironment();

function adopt(location: string, options: Partial<Library.AdoptOptions> = {}): Promise<Library.SnapshotResult> {
  const out = emptyFolder('adopted');
  return adoptFiles(location, { dataset: 'dataset://adopted/1', out, ...options }, { env: {} });
}

interface AdoptedTable {
  readonly digest: string;
  readonly facts: { readonly rows: number; readonly sum: string };
}

function tableOf({ location }: Library.SnapshotResult): AdoptedTable {
  const manifest = JSON.parse(readFileSync(join(location, '_manifest.1.json'), 'utf8')) as {
    readonly version: { readonly tables: readonly [AdoptedTable] };
  };
  return manifest.version.tables[0];
}

const hashesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .sort()
    .map((name) =>
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    );

const writers = [
  ...['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4'].map((codec) => `pyarrow-${codec}`),
  ...['pages-2', 'no-dictionary', 'no-arrow-schema', 'encodings', 'int96', 'int96-said'].map(
    (name) => `pyarrow-${name}`,
  ),
  'polars',
  'polars-statistics',
];

describe.skipIf(bin === undefined)(`files of Python's writers ${reason}`, () => {
  const folder = emptyFolder('foreign');
  beforeAll(async () => {
    await python([script, folder]);
  }, 120_000);

  it('are all those that are written', () => {
    expect(readdirSync(folder).sort()).toEqual([...writers, 'expected'].sort());
  });

  it.each(writers)('%s: kept, and written anew, they have the digest of the rows that they hold', async (writer) => {
    const expected = await digestByPython([join(folder, 'expected', `${writer}.parquet`)]);
    const files = join(folder, writer);
    const kept = await adopt(files);
    expect(tableOf(kept)).toMatchObject({ digest: expected.digest, facts: { rows: 1000, sum: expected.sum } });
    expect(kept.shards.map(({ sha256 }) => sha256)).toEqual(hashesIn(files));
    expect(await verify(kept.location)).toMatchObject({ valid: true, findings: [] });
    const anew = await adopt(files, { compression: 'zstd' });
    expect(anew.digest).toBe(kept.digest);
    expect(await verify(anew.location)).toMatchObject({ valid: true, findings: [] });
  });
});
