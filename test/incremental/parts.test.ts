import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { Chain } from './chain.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
});
afterAll(() => database.drop());

/** Rows by part, and where each part starts from. */
const partsOf = (chain: Chain) =>
  Object.fromEntries(
    chain.made.at(-1)!.versions.map((made) => {
      const { version } = chain.manifest(made);
      return [version.part, [made.rows, version.from?.split('/').at(-1)]];
    }),
  );

it.each([
  ['versions of one dataset', 'dataset://data/{split}-v', 'data'],
  ['datasets of their own', 'dataset://data-{split}/v', 'data-{split}'],
])('parts of a split as %s start each from its own predecessor', async (_, dataset, folder) => {
  const table = folder === 'data' ? 't1' : 't2';
  await database.query(
    `CREATE TABLE ${table} AS SELECT i AS id, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END AS part FROM generate_series(1, 10) i`,
  );
  const chain = new Chain(database.url, { table, split: 'a,b', splitBy: 'part', splitDatasets: true });
  const parent = join(chain.out, folder);
  const night = (n: number, more: object = {}) => chain.next({ dataset: `${dataset}${n}`, parent, ...more });
  const named = (n: number, part: string): string => (folder === 'data' ? `${part}-v${n}` : `v${n}`);
  await night(1);
  const lines = readFileSync(join(chain.out, 'valohai.metadata.jsonl'), 'utf8');
  const aliases = [...lines.matchAll(/"valohai.alias":"([^"]+)"/g)].map(([, alias]) => alias);
  expect(aliases).toEqual(['data-a-head', 'data-b-head']);
  expect(partsOf(chain)).toEqual({ a: [5, undefined], b: [5, undefined] });
  await database.query(`INSERT INTO ${table} VALUES (11, 'a'), (12, 'b'), (13, 'b')`);
  await night(2);
  expect(partsOf(chain)).toEqual({ a: [1, named(1, 'a')], b: [2, named(1, 'b')] });
  // Nothing is new in a part: it has no version, and the others say so.
  await database.query(`INSERT INTO ${table} VALUES (14, 'b')`);
  await night(3);
  expect(partsOf(chain)).toEqual({ b: [1, named(2, 'b')] });
  expect(chain.manifest(chain.made.at(-1)!.versions[0]).version.siblings).toMatchObject([
    { part: 'a', unchanged: true },
  ]);
  expect(await night(4)).toMatchObject({ status: 'unchanged' });
  await database.query(`INSERT INTO ${table} VALUES (15, 'a')`);
  await night(5, { whenUnchanged: 'republish' });
  expect(partsOf(chain)).toEqual({ a: [1, named(2, 'a')], b: [0, named(3, 'b')] });
  for (const { location } of chain.made.at(-1)!.versions) expect((await chain.verify(location)).findings).toEqual([]);
  const ids = await chain.valuesOfParts('id');
  expect(ids.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (__, i) => i + 1));
});

it('parts that were not made together are refused', async () => {
  await database.query(`CREATE TABLE u AS SELECT 1 AS id, 'a' AS part`);
  const chain = new Chain(database.url, { table: 'u', split: 'a,b', splitBy: 'part', splitDatasets: true });
  const night = (n: number, more: object = {}) =>
    chain.next({ dataset: `dataset://data-{split}/v${n}`, parent: join(chain.out, 'data-{split}'), ...more });
  await night(1);
  await night(2, { full: true });
  const error = await chain.refused({
    dataset: 'dataset://data-{split}/v3',
    parent: join(chain.out, 'data-{split}', '..', 'mixed-{split}'),
    firstRun: undefined,
  });
  expect(error).toMatchObject({ code: 'request.invalid', exitCode: 2 });
});
