import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { digestByPython, python } from '../readers/digest.js';
import { readersEnvironment } from '../readers/python.js';
import { emptyFolder } from '../support/cli.js';
import { adopt, hashesIn, verify, versionOf } from './foreign.js';

const script = new URL('foreign_files.py', import.meta.url).pathname;
const { bin, reason } = await readersEnvironment();

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
    expect(versionOf(kept).tables[0]).toMatchObject({
      digest: expected.digest,
      facts: { rows: 1000, sum: expected.sum },
    });
    expect(kept.shards.map(({ sha256 }) => sha256)).toEqual(hashesIn(files));
    expect(await verify(kept.location)).toMatchObject({ valid: true, findings: [] });
    const anew = await adopt(files, { compression: 'zstd' });
    expect(anew.digest).toBe(kept.digest);
    expect(await verify(anew.location)).toMatchObject({ valid: true, findings: [] });
  });
});
