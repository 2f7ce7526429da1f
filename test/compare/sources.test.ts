import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { join } from 'node:path';
import {
  adopt,
  type AdoptOptions,
  type Against,
  snapshot,
  type SnapshotOptions,
  verifyAgainst,
} from '../../dist/index.js';
import { queryDuckdb } from '../readers/index.js';
import { type BigQueryStandIn, startBigQuery } from '../servers/bigquery/bigquery.js';
import { freshMariadb, type MariadbDatabase } from '../servers/mariadb.js';
import { type RedshiftStandIn, startRedshift } from '../servers/redshift/redshift.js';
import { type SnowflakeStandIn, startSnowflake } from '../servers/snowflake/snowflake.js';
import { withMariadb } from '../servers/with-mariadb.js';
import { emptyFolder } from '../support/cli.js';

const count = 3000;
/** Changes two rows, and removes one. */
const changed = { version: 3, source: 2 };

async function made(options: SnapshotOptions, env: Record<string, string>): Promise<string> {
  const given = { dataset: 'dataset://orders/v1', out: emptyFolder('sources'), ...options };
  return (await snapshot(given, { env })).location;
}

const told = ({ same, moment, tables }: Against): unknown => [same, moment, tables[0]!.columns, tables[0]!.only];
const asTheVersion = (moment: string): unknown => [true, moment, [], undefined];

withMariadb('a version of MariaDB', (server) => {
  let db: MariadbDatabase;
  beforeAll(async () => {
    db = await freshMariadb(server);
    await db.query(`CREATE TABLE orders (id int PRIMARY KEY, word varchar(40), price decimal(12,3), at timestamp NULL);
      INSERT INTO orders SELECT seq, concat('w', seq % 50), seq / 8, '2024-01-01' + INTERVAL seq MINUTE FROM seq_1_to_${count}`);
  });
  afterAll(() => db.drop());

  it('is compared with the server', async () => {
    const location = await made({ source: db.url, table: 'orders' }, {});
    expect(told(await verifyAgainst(location, db.url, {}, { env: {} }))).toEqual(asTheVersion('now'));
    await db.query(`UPDATE orders SET word = 'other' WHERE id IN (4, 5); DELETE FROM orders WHERE id = 9`);
    expect(told(await verifyAgainst(location, db.url, {}, { env: {} }))).toEqual([
      ...[false, 'now', ['id', 'word', 'price', 'at']],
      changed,
    ]);
  });
});

describe('a version of files that were adopted', () => {
  const write = (lake: string, to: string, options = 'FORMAT parquet'): Promise<unknown> =>
    queryDuckdb(
      `COPY (SELECT i::INT AS id, 'w' || i % 50 AS word, i % 3 AS few, ${to === 'first' ? 'i' : 'CASE WHEN i IN (4, 5) THEN -1 ELSE i END'} * 0.5::DECIMAL(9,2) AS price
        FROM range(${count}) t(i) ${to === 'first' ? '' : 'WHERE i <> 9'}) TO '${lake}' (${options})`,
    );
  it.each<[string, AdoptOptions, string?]>([
    ['as they are', {}],
    ['written anew', { compression: 'zstd' }],
    ['in parts', { split: { a: 0.5, b: 0.5 }, splitKey: 'id' }],
    ['in folders', { partitionBy: 'few' }, 'FORMAT parquet, PARTITION_BY (few), WRITE_PARTITION_COLUMNS, OVERWRITE'],
  ])('is compared with the files: %s', async (_, how, options) => {
    const folder = emptyFolder('lake');
    const lake = options === undefined ? join(folder, 'part.parquet') : folder;
    await write(lake, 'first', options);
    const { location } = await adopt(lake, { dataset: 'dataset://lake/v1', out: emptyFolder('adopted'), ...how });
    expect(told(await verifyAgainst(location, lake, {}, { env: {} }))).toEqual(asTheVersion('now'));
    await write(lake, 'then', options);
    const [same, , columns, only] = told(await verifyAgainst(location, lake, {}, { env: {} })) as unknown[];
    expect([same, columns, only]).toEqual([false, expect.arrayContaining(['id', 'price']), changed]);
  });

  it('is refused beside a database, and one of a database beside files', async () => {
    const lake = join(emptyFolder('lake'), 'part.parquet');
    await write(lake, 'first');
    const { location } = await adopt(lake, { dataset: 'dataset://lake/v1', out: emptyFolder('adopted') });
    await expect(verifyAgainst(location, 'postgres://db/x', {}, { env: {} })).rejects.toMatchObject({
      code: 'request.invalid',
      message: 'against: dataset://lake/v1 was read from files, and this is a database',
    });
    await expect(verifyAgainst(location, `${lake}.gone`, {}, { env: {} })).rejects.toMatchObject({
      code: 'request.invalid',
      message: expect.stringContaining('there is nothing at'),
    });
  });
});

describe('a version of Redshift', () => {
  let service: RedshiftStandIn;
  beforeAll(async () => {
    service = await startRedshift(inject('postgres18'));
    Object.assign(process.env, service.env, { AWS_REGION: 'eu-north-1' });
    await service.owner.query(
      `CREATE TABLE orders AS SELECT i AS id, 'w' || i % 50 AS word FROM generate_series(1, ${count}) i;
      GRANT SELECT ON orders TO public`,
    );
  });
  afterAll(() => service.stop());

  it('is compared with the cluster', async () => {
    const { cluster, database, region, authority } = service;
    const source = `redshift://${cluster}/${database}?region=${region}&sslrootcert=${authority}`;
    const location = await made({ source, table: 'orders' }, {});
    expect(told(await verifyAgainst(location, source, {}, { env: {} }))).toEqual(asTheVersion('now'));
    await service.owner.query(`UPDATE orders SET word = 'other' WHERE id IN (4, 5); DELETE FROM orders WHERE id = 9`);
    expect(told(await verifyAgainst(location, source, {}, { env: {} }))).toEqual([
      false,
      'now',
      ['id', 'word'],
      changed,
    ]);
  });
});

describe('a version of BigQuery', () => {
  let service: BigQueryStandIn;
  let env: Record<string, string>;
  const orders = { dataset: 'shop', table: 'orders' };
  beforeAll(async () => {
    service = await startBigQuery({ rowsPerStream: 1000 });
    // Google's client reads the variables of the process.
    Object.assign(process.env, service.env);
    env = { ...service.env, GCP_IAM: '1' };
    await service.createTable({
      ...orders,
      schema: [
        { name: 'id', type: 'INT64', mode: 'REQUIRED' },
        { name: 'word', type: 'STRING' },
      ],
      generate: `SELECT range, 'w' || range % 50 FROM range(${count})`,
    });
  });
  afterAll(() => service.stop());

  it('is proven again at its own moment, and is another one now', async () => {
    const source = service.url('shop');
    const location = await made({ source, table: 'orders' }, env);
    await service.change({ ...orders, set: `word = 'other'`, where: 'id IN (4, 5)' });
    await service.change({ ...orders, delete: 'id = 9' });
    expect(told(await verifyAgainst(location, source, {}, { env }))).toEqual(asTheVersion('asked'));
    const now = new Date(Date.now() + 1000).toISOString();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(told(await verifyAgainst(location, source, { asOf: now }, { env }))).toEqual([
      ...[false, 'asked', ['id', 'word']],
      changed,
    ]);
  });

  it('of a query that says no moment is compared with what is there now', async () => {
    const source = service.url('shop');
    const location = await made({ source, query: 'SELECT id, word FROM shop.orders WHERE id > 100' }, env);
    expect(told(await verifyAgainst(location, source, {}, { env }))).toEqual(asTheVersion('now'));
  });
});

describe('a version of Snowflake', () => {
  let service: SnowflakeStandIn;
  let env: Record<string, string>;
  const orders = { table: 'ORDERS' };
  beforeAll(async () => {
    service = await startSnowflake({ chunkRows: 900, partitionRows: 700 });
    env = { SNOWFLAKE_USER: service.user, SNOWFLAKE_PRIVATE_KEY_PATH: service.keyFile() };
    await service.createTable({
      ...orders,
      columns: [
        { name: 'ID', type: 'NUMBER(18,0)' },
        { name: 'WORD', type: 'VARCHAR' },
      ],
      generate: `SELECT range::DECIMAL(18,0), 'w' || range % 50 FROM range(${count})`,
    });
  });
  afterAll(() => service.stop());

  it('is proven again at its own moment', async () => {
    const source = `snowflake://${service.account}/DB/PUBLIC?host=${service.url}`;
    const location = await made({ source, table: 'ORDERS' }, env);
    await service.change({ ...orders, set: `"WORD" = 'other'`, where: '"ID" IN (4, 5)' });
    await service.change({ ...orders, delete: '"ID" = 9' });
    expect(told(await verifyAgainst(location, source, {}, { env }))).toEqual(asTheVersion('asked'));
    const query = await made({ source, query: 'SELECT * FROM orders' }, env);
    expect(told(await verifyAgainst(query, source, {}, { env }))).toEqual(asTheVersion('now'));
  });
});
