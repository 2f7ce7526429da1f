import { expect, inject, it } from 'vitest';
import { freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';

it('columns that differ in capital letters alone are warned of, in plan and run', async () => {
  const database = await freshDatabase(inject('postgres18'));
  await database.query(`CREATE TABLE t ("A" int, a int, b int, "Ä" int, "ä" int)`);
  const env = { TIDEMARK_SOURCE: database.url };
  const args = ['--table', 't', '--dataset', 'dataset://t/v1', '--out', emptyFolder('names')];
  const expected = [
    expect.stringMatching(/^public\.t: the columns "A" and "a" differ in capital letters alone.*--query$/),
    expect.stringContaining('"Ä" and "ä"'),
  ];
  const plan = await tidemark(['plan', '--json', ...args], { env });
  expect(JSON.parse(plan.stdout)).toMatchObject({ warnings: expected });
  expect((await snapshotJson(args, { env })).warnings).toEqual([...expected, 'public.t: no rows']);
  await database.drop();
});
