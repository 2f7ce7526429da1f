import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { pythonEnvironment, type PythonEnvironment } from '../platform/python.js';
import { digestByPython, skipWithoutPython } from '../readers/digest.js';
import { emptyFolder } from '../support/cli.js';
import { adopt, verify, versionOf } from './foreign.js';

const script = new URL('spark_files.py', import.meta.url).pathname;

/** Too large to be fetched for every run of the tests, and in need of Java. */
const long = process.env['TIDEMARK_TEST_LONG'] === '1';
const { bin, reason }: PythonEnvironment = long
  ? await pythonEnvironment('spark', ['pyspark==4.0.1', '--no-binary=pyspark'])
  : { bin: undefined, reason: 'is hundreds of megabytes: TIDEMARK_TEST_LONG=1' };

describe.skipIf(bin === undefined)(`files of Spark ${reason}`, () => {
  const folder = emptyFolder('spark');
  beforeAll(async () => {
    await execa(join(bin!, 'python'), [script, folder], { timeout: 240_000 });
  }, 240_000);

  it.each(['default', 'microseconds', 'legacy'])('%s: have the digest of their rows', async (layout, context) => {
    await skipWithoutPython(context as never);
    // What reads them by the second implementation is not made for 96-bit timestamps of all years.
    const plain = join(folder, 'microseconds');
    const names = readdirSync(plain).filter((name) => name.endsWith('.parquet'));
    const expected = await digestByPython(names.map((name) => join(plain, name)));
    const made = await adopt(join(folder, layout));
    expect(versionOf(made).tables[0]).toMatchObject({ digest: expected.digest, facts: { rows: 10_000 } });
    expect(await verify(made.location)).toMatchObject({ valid: true });
  });
});
