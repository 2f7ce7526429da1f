import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { snapshot, type SnapshotOptions, verify } from '../../../dist/index.js';
import { redshift } from '../../../src/source/redshift/description.js';
import { typeTable } from '../../../src/source/redshift/plan/type-rule.js';
import { queryDuckdb } from '../../readers/duckdb.js';
import { type RedshiftStandIn, startRedshift } from '../../servers/redshift/redshift.js';
import { startStrictS3, type StrictS3 } from '../../servers/s3/strict.js';
import { Seeded } from '../../snapshot/types/random/seeded.js';
import { emptyFolder } from '../../support/cli.js';
import { isLong, rounds } from '../../support/long-form.js';
import { urlOf } from './open-request.js';
import { randomColumns, type RandomValue } from './random-values.js';

const rowCount = isLong ? 2000 : 400;
const seeds = Array.from({ length: rounds({ short: 2, long: 40 }) }, (_, i) => 20_240_630 + i);

let service: RedshiftStandIn;
let store: StrictS3;

beforeAll(async () => {
  service = await startRedshift(inject('postgres18'));
  store = await startStrictS3({}, ['lake']);
  service.unloadsTo(store);
  // Whoever runs has the machine's identity alone, for Redshift and for the store.
  for (const name of Object.keys(store.env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, service.env, { AWS_REGION: 'eu-north-1' });
});
afterAll(async () => {
  store.stop();
  await service.stop();
});

type Row = readonly (RandomValue | null)[];
type Made = Awaited<ReturnType<typeof snapshot>>;

const quoted = (name: string, mark = '"'): string => mark + name.replaceAll(mark, mark + mark) + mark;

async function insert(table: string, rows: readonly Row[], from: number): Promise<void> {
  const lines = rows.map((row, index) => {
    const values = row.map((value) => (value === null ? 'NULL' : quoted(value.literal, "'")));
    return `(${[from + index, ...values].join(', ')})`;
  });
  await service.owner.query(`INSERT INTO ${table} VALUES ${lines.join(', ')}`);
}

/** What DuckDB finds in the files, by column. */
async function found(...versions: readonly Made[]): Promise<Readonly<Record<string, readonly (string | null)[]>>> {
  const files = versions.flatMap(({ location, shards }) => shards.map(({ path }) => `'${join(location, path)}'`));
  const columns = await queryDuckdb(`SELECT * FROM read_parquet([${files.join()}]) ORDER BY id`);
  return Object.fromEntries(columns.map(({ name, values }) => [name, values]));
}

const expected = (rows: readonly Row[]): Readonly<Record<string, readonly (string | null)[]>> => ({
  id: rows.map((_, index) => String(index)),
  ...Object.fromEntries(
    randomColumns.map(({ name }, place) => [name, rows.map((row) => row[place]!).map((value) => value?.found ?? null)]),
  ),
});

it('there is a column of every type that has a rule, and one of another', () => {
  const types = new Set(randomColumns.map(({ type }) => type.replace(/\(.*/, '')));
  expect(types.size).toBe(Object.keys(typeTable).length + 1);
});

describe.each(seeds)('random rows of the seed %i', (seed) => {
  const table = quoted(`Rows of "${seed}"`);
  const random = new Seeded(seed);
  const rows = random.many(rowCount, () =>
    randomColumns.map(({ value }) => (random.chance(0.15) ? null : value(random))),
  );
  const parts = [rows.slice(0, -200), rows.slice(-200, -100), rows.slice(-100)] as const;
  const options = (via: string): Partial<SnapshotOptions> => ({
    ...{ table, via },
    ...(via === 'unload' && { staging: store.at('lake/staging') }),
  });
  const out = emptyFolder('chain');
  let versions = 0;
  const make = (via: string, more: Partial<SnapshotOptions> = {}): Promise<Made> => {
    const dataset = `dataset://d/v${(versions += 1)}`;
    const where = { source: urlOf(service), dataset, out: emptyFolder('out') };
    return snapshot({ ...where, ...options(via), ...more }, { env: {} });
  };
  const next = async (via: string, version: number): Promise<Made> =>
    make(via, {
      ...{ out, dataset: `dataset://chain/${version}`, parent: join(out, 'chain'), firstRun: true, cursor: 'id' },
      lag: '10',
    });
  let base: Made;

  beforeAll(async () => {
    const list = randomColumns.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ');
    await service.owner.query(`CREATE TABLE ${table} (id bigint, ${list})`);
    await insert(table, parts[0], 0);
    await service.grant();
  });

  it('are the same in every increment, whose parent was unloaded', async () => {
    const chain = [await next('unload', 1)];
    await insert(table, parts[1], parts[0].length);
    chain.push(await next('stream', 2));
    await insert(table, parts[2], parts[0].length + parts[1].length);
    chain.push(await next('unload', 3));
    expect(chain.map((made) => made.rows)).toEqual(parts.map((part) => part.length));
    expect(chain.at(-1)!.chain).toMatchObject({ rows: rowCount });
    expect((await verify(chain.at(-1)!.location)).findings).toEqual([]);
    expect(await found(...chain)).toEqual(expected(rows));
  });

  it('are the rows that were told the server, by every road', async () => {
    base = await make('stream');
    for (const via of Object.keys(redshift.roads)) {
      const made = via === 'stream' ? base : await make(via);
      expect([via, made.rows, made.digest]).toEqual([via, rowCount, base.digest]);
      expect((await verify(made.location)).findings).toEqual([]);
      expect(await found(made), via).toEqual(expected(rows));
    }
  });

  it.each<[string, string, Partial<SnapshotOptions>]>([
    ['as CSV', 'stream', { format: 'csv' }],
    ['in splits', 'stream', { split: { train: 0.8, test: 0.2 }, splitKey: 'id' }],
    ['unloaded, in splits', 'unload', { split: { train: 0.8, test: 0.2 }, splitKey: 'id' }],
    ['unloaded, with another codec', 'unload', { compression: 'zstd' }],
  ])('are the same %s', async (_, via, more) => {
    const made = await make(via, more);
    expect([made.rows, made.digest, (await verify(made.location)).findings]).toEqual([rowCount, base.digest, []]);
  });
});
