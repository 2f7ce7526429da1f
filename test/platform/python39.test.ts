// The oldest Python that the package says it runs on, with the last pandas and pyarrow that have files for it.
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder } from '../support/cli.js';
import { pythonOf } from './python.js';
import { runPython, withTidemark } from './python-package.js';

const built = await withTidemark('wheel-3.9', ['pandas==2.3.3', 'pyarrow==21.0.0'], await pythonOf('3.9'));

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
  await database.query(
    'CREATE TABLE orders AS SELECT i AS id, (i / 8.0)::numeric(12,3) AS price FROM generate_series(1, 1000) i',
  );
});
afterAll(() => database.drop());

describe.skipIf(built.bin === undefined)(`the Python package in Python 3.9 ${built.reason}`, () => {
  it('is there with all that it says it needs', async () => {
    const version = await execa(join(built.bin!, 'python'), ['--version']);
    expect(version.stdout).toMatch(/^Python 3\.9\./);
    const check = await execa(join(built.bin!, 'pip'), ['check', '--disable-pip-version-check']);
    expect(check.stdout).toContain('No broken requirements');
  });

  it('makes versions and checks them, and pandas reads them', async () => {
    const out = emptyFolder('out');
    const next = (name: string): Promise<unknown> =>
      runPython(
        built.bin!,
        `
made = tidemark.snapshot(
    source=${JSON.stringify(database.url)}, table="orders", dataset="dataset://orders/${name}", out=${JSON.stringify(out)},
    parent=${JSON.stringify(join(out, 'orders'))}, first_run=True)
frame = tidemark.open(made.location).to_pandas()
print(json.dumps([made.rows, tidemark.verify(made.location)["valid"], len(frame), str(frame.price.sum())]))`,
      );
    expect(await next('1')).toEqual([1000, true, 1000, '62562.500']);
    await database.query('INSERT INTO orders VALUES (1001, 1)');
    expect(await next('2')).toEqual([1, true, 1001, '62563.500']);
  });

  it('raises what goes wrong', async () => {
    const code = `
try:
    tidemark.snapshot(source="postgres://u@127.0.0.1:1/x", table="t", dataset="dataset://t/1", out=${JSON.stringify(emptyFolder('out'))})
except tidemark.TidemarkError as error:
    print(json.dumps([error.exit_code, str(error)]))`;
    expect(await runPython(built.bin!, code)).toEqual([3, expect.stringContaining('nothing listens there')]);
  });
});
