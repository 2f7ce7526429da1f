import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type SnowflakeSdk from 'snowflake-sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { queryDuckdb } from '../readers/duckdb.js';
import { startStrictS3, type StrictS3 } from './s3/strict.js';
import { asking } from './snowflake/asking.js';
import { startSnowflake, type SnowflakeStandIn } from './snowflake/snowflake.js';
import { vendorClient } from './snowflake/vendor-client.js';

let standIn: SnowflakeStandIn;
let store: StrictS3;
let s3: S3Client;
let client: Awaited<ReturnType<typeof vendorClient>>;
let connection: SnowflakeSdk.Connection;
let ask: ReturnType<typeof asking>;
const folder = mkdtempSync(join(tmpdir(), 'tidemark-copy-test-'));

beforeAll(async () => {
  standIn = await startSnowflake();
  store = await startStrictS3({}, ['lake', 'other']);
  s3 = new S3Client({ endpoint: store.endpoint, forcePathStyle: true });
  client = await vendorClient(standIn);
  ask = asking(standIn);
});
beforeEach(async () => {
  await standIn.empty();
  await store.empty();
  await standIn.unloadsTo(store, { integration: 'LAKE', allowed: ['s3://lake/', 's3://missing/'] });
  connection = await client.connect({ password: standIn.password });
});
afterAll(() => {
  standIn.stop();
  store.stop();
  s3.destroy();
  client.restore();
  rmSync(folder, { recursive: true });
});

const options = `STORAGE_INTEGRATION = LAKE FILE_FORMAT = (TYPE = PARQUET COMPRESSION = SNAPPY) HEADER = TRUE MAX_FILE_SIZE = 268435456`;
const there = 's3://lake/run/0/';
const copyOf = (query: string, to = there, more = options) => `COPY INTO '${to}' FROM (${query}) ${more}`;
const run = (sql: string) => client.execute(connection, sql);
const unloads = (query: string, to?: string, more?: string) => run(copyOf(query, to, more));
const declared = () => run('ALTER SESSION SET ENABLE_UNLOAD_PHYSICAL_TYPE_OPTIMIZATION = FALSE');
const keys = async () => (await store.contents()).objects.map(({ key }) => key);

/** The store's files, here. */
async function files(): Promise<string[]> {
  const found: string[] = [];
  for (const key of await keys()) {
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: 'lake', Key: key }));
    const path = join(folder, `${found.length}.parquet`);
    writeFileSync(path, await body!.transformToByteArray());
    found.push(path);
  }
  return found;
}

/** By the name of each column, its values. */
async function read(): Promise<Record<string, unknown[]>> {
  const list = (await files()).map((one) => `'${one}'`).join(', ');
  const columns = await queryDuckdb(`SELECT * FROM read_parquet([${list}])`);
  return Object.fromEntries(columns.map(({ name, values }) => [name, [...values]]));
}

/** Of the first file, each column's types: physical, and what it stands for. */
async function types(): Promise<Record<string, string>> {
  const [file] = await files();
  const columns = await queryDuckdb(
    `SELECT name, type || coalesce(' ' || converted_type, '') || coalesce(' ' || precision || ',' || scale, '') FROM parquet_schema('${file}') OFFSET 1`,
  );
  return Object.fromEntries(columns[0]!.values.map((name, i) => [name, columns[1]!.values[i]])) as never;
}

const big = '9'.repeat(38);
const kinds = `ID NUMBER(38,0), PRICE NUMBER(12,2), RATE FLOAT, WORD VARCHAR, OK BOOLEAN, DAY DATE, RAW BINARY, NTZ TIMESTAMP_NTZ(9), LTZ TIMESTAMP_LTZ(9), TZ TIMESTAMP_TZ(9), CLOCK TIME(9), DOC VARIANT, OBJ OBJECT, LIST ARRAY`;
const columns = kinds.split(', ').map((one) => ({ name: one.split(' ')[0]!, type: one.split(' ')[1]! }));
const rows = [
  {
    ...{ ID: big, PRICE: '-1234567890.12', RATE: '0.1', WORD: `it's "ü"`, OK: true, DAY: '0001-01-01', RAW: '00ff' },
    ...{ NTZ: '0001-01-01 00:00:00.000000001', LTZ: '1969-12-31 23:59:59.000000001' },
    ...{ TZ: '2024-01-31 12:34:56.123456789 +05:30', CLOCK: '23:59:59.999999999' },
    ...{ DOC: '{"b": 1.0, "a" : "x  \\" y",\n "c": 1e400}', OBJ: '{ "k": [ ] }', LIST: '[1, "a b"]' },
  },
  { ID: '-1' },
  {
    ...{ ID: `-${big}`, DAY: '9999-12-31', NTZ: '9999-12-31 23:59:59.999999999', LTZ: '9999-12-31 23:59:59.999999999' },
    ...{ TZ: '1969-12-31 18:29:58.499999999 -05:30', CLOCK: '00:00:00', DOC: 'null' },
  },
];
const asText = (name: string, format: string) => `TO_VARCHAR("${name}", '${format}') AS "${name}"`;
const day = 'YYYY-MM-DD HH24:MI:SS.FF9';

describe('COPY INTO a location', () => {
  it('writes exact values by the declared types', async () => {
    const { time } = await standIn.createTable({ schema: 'SHOP', table: 'ORDERS', columns, rows });
    await standIn.append({ schema: 'SHOP', table: 'ORDERS' }, [{ ID: '5' }]);
    await declared();
    const list = [
      '"ID", "PRICE", "RATE", "WORD", "OK", "DAY", "RAW"',
      ...[asText('NTZ', day), asText('LTZ', `${day} TZHTZM`), asText('TZ', `${day} TZHTZM`)],
      ...[asText('CLOCK', 'HH24:MI:SS.FF9'), 'HEX_ENCODE("RAW") AS "HEX"', 'TO_JSON("DOC") AS "TEXT"'],
      '"DOC", "OBJ", TO_JSON("LIST") AS "LIST"',
    ];
    const from = `SELECT * FROM "DB"."SHOP"."ORDERS" AT(TIMESTAMP => '${time}'::TIMESTAMP_LTZ)`;
    const [answer] = await unloads(`SELECT ${list.join(', ')} FROM (${from}) LIMIT 10`);
    expect(await keys()).toEqual(['run/0/data_0_0_0.snappy.parquet', 'run/0/data_0_1_0.snappy.parquet']);
    const sizes = (await store.contents()).objects.reduce((sum, { size }) => sum + size, 0);
    expect(answer).toEqual(['3', String(sizes), String(sizes)]);
    const json = '{"b":1.0,"a":"x  \\" y","c":1e400}';
    expect(await read()).toEqual({
      ...{ ID: [big, '-1', `-${big}`], PRICE: ['-1234567890.12', null, null], RATE: ['0.1', null, null] },
      ...{ WORD: [`it's "ü"`, null, null], OK: ['true', null, null], DAY: ['0001-01-01', null, '9999-12-31'] },
      ...{ RAW: ['00ff', null, null], HEX: ['00FF', null, null] },
      NTZ: ['0001-01-01 00:00:00.000000001', null, '9999-12-31 23:59:59.999999999'],
      LTZ: ['1969-12-31 23:59:59.000000001 +0000', null, '9999-12-31 23:59:59.999999999 +0000'],
      TZ: ['2024-01-31 12:34:56.123456789 +0530', null, '1969-12-31 18:29:58.499999999 -0530'],
      CLOCK: ['23:59:59.999999999', null, '00:00:00.000000000'],
      ...{ TEXT: [json, null, 'null'], DOC: [json, null, 'null'], OBJ: ['{"k":[]}', null, null] },
      LIST: ['[1,"a b"]', null, null],
    });
    const text = 'BYTE_ARRAY UTF8';
    expect(await types()).toEqual({
      ...{ ID: 'FIXED_LEN_BYTE_ARRAY DECIMAL 38,0', PRICE: 'INT64 DECIMAL 12,2', RATE: 'DOUBLE', WORD: text },
      ...{ OK: 'BOOLEAN', DAY: 'INT32 DATE', RAW: 'BYTE_ARRAY', HEX: text, NTZ: text, LTZ: text, TZ: text },
      ...{ CLOCK: text, TEXT: text, DOC: text, OBJ: text, LIST: text },
    });
  });

  it('takes the smallest types that hold the values, unless the session says otherwise', async () => {
    const query = `SELECT 127 AS "A", 128 AS "B", -32768 AS "C", 2147483648 AS "D", 10000000000000000000::NUMBER(38,0) AS "E", 1.25::NUMBER(20,4) AS "F"`;
    expect((await unloads(query))[0]![0]).toBe('1');
    expect(await keys()).toEqual(['run/0/data_0_0_0.snappy.parquet']);
    expect(await types()).toEqual({
      ...{ A: 'INT32 INT_8', B: 'INT32 INT_16', C: 'INT32 INT_16', D: 'INT64 INT_64' },
      ...{ E: 'FIXED_LEN_BYTE_ARRAY DECIMAL 20,0', F: 'INT32 DECIMAL 5,4' },
    });
    await store.empty();
    await declared();
    await unloads(`${query}, NULL::NUMBER(9,0) AS "G"`);
    const whole = 'FIXED_LEN_BYTE_ARRAY DECIMAL 38,0';
    expect(await types()).toMatchObject({ E: whole, F: 'FIXED_LEN_BYTE_ARRAY DECIMAL 20,4', G: 'INT32 DECIMAL 9,0' });
    await store.empty();
    const other = await client.connect({ password: standIn.password });
    await client.execute(other, copyOf('SELECT 5::NUMBER(38,0) AS "A"', 's3://lake/another/'));
    expect(await types()).toEqual({ A: 'INT32 INT_8' });
  });

  it('loses what times have below milliseconds', async () => {
    await standIn.createTable({ schema: 'SHOP', table: 'ORDERS', columns, rows });
    await unloads('SELECT "NTZ", "CLOCK" FROM "DB"."SHOP"."ORDERS"');
    expect(await read()).toEqual({
      NTZ: ['0001-01-01T00:00:00', null, '9999-12-31T23:59:59.999'],
      CLOCK: ['23:59:59.999', null, '00:00:00'],
    });
    expect((await types()).NTZ).toBe('INT64 TIMESTAMP_MILLIS');
  });

  it('reads its options in any order, and constants with their escapes', async () => {
    const more = `max_file_size=1000 Encryption=(type='AWS_SSE_KMS' kms_key_id='a-key') file_format=(compression=snappy, type='parquet') storage_integration=lake;`;
    await unloads(`SELECT 'it''s \\'\\\\ )' AS "A", 1 AS "B" UNION ALL SELECT NULL, 2`, `s3://lake/it\\'s`, more);
    expect(await read()).toEqual({ _COL_0: [`it's '\\ )`, null], _COL_1: ['1', '2'] });
    const { objects } = await store.contents();
    expect(objects.map(({ key }) => key)).toEqual(["it's_0_0_0.snappy.parquet", "it's_0_1_0.snappy.parquet"]);
    expect(objects[0]!.headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'a-key',
    });
  });

  it('writes no file for no rows, and tells names of its answer', async () => {
    const sql = copyOf('SELECT 1 AS "A" WHERE 1 = 0');
    const { data } = await ask.query(sql, { token: (await ask.session()).token });
    expect(data.rowset).toEqual([['0', '0', '0']]);
    expect(data.rowtype.map(({ name }: { name: string }) => name)).toEqual([
      ...['rows_unloaded', 'input_bytes', 'output_bytes'],
    ]);
    expect(await keys()).toEqual([]);
    expect((await standIn.seen()).warehouses.length).toBe(1);
    expect((await ask.api(sql)).data).toEqual([['0', '0', '0']]);
    await ask.api(copyOf('SELECT 5::NUMBER(38,0) AS "A"'), {
      parameters: { enable_unload_physical_type_optimization: false },
    });
    expect(await types()).toEqual({ A: 'FIXED_LEN_BYTE_ARRAY DECIMAL 38,0' });
  });

  it('writes large results', async () => {
    const names = ['A', 'B', 'C', 'D'];
    await standIn.createTable({
      table: 'BIG',
      columns: [
        ...names.map((name) => ({ name, type: 'NUMBER(38,0)' })),
        ...['E', 'F'].map((name) => ({ name, type: 'VARCHAR' })),
        ...[
          { name: 'G', type: 'TIMESTAMP_LTZ(6)' },
          { name: 'H', type: 'FLOAT' },
        ],
      ],
      generate: `select i, i, i, i, 'w' || i, null, sf_ltz6(i * 1000003), i / 7 from range(100000) t(i)`,
    });
    const format = `TO_VARCHAR("G", '${day} TZHTZM') AS "G"`;
    const [answer] = await unloads(`SELECT "A", "B", "C", "D", "E", "F", ${format}, "H" FROM "BIG"`);
    expect(answer![0]).toBe('100000');
    const list = (await files()).map((one) => `'${one}'`).join(', ');
    const found = await queryDuckdb(`SELECT count(*), count(DISTINCT "A"), max("G") FROM read_parquet([${list}])`);
    expect(found.map(({ values }) => values[0])).toEqual(['100000', '100000', '1970-01-02 03:46:39.299997000 +0000']);
  });
});

describe('a refusal of COPY INTO', () => {
  const compiled = 'SQL compilation error:\n';
  const stage = 'Failure using stage area. Cause:';
  const missing = `${stage} [The specified bucket does not exist (Status Code: 404; Error Code: NoSuchBucket)]`;
  const outside = `SQL compilation error: Location 's3://other/run/' is not allowed by integration 'LAKE'. Please use DESC INTEGRATION to check out allowed and blocked locations.`;
  const zoned = `Error encountered when unloading to PARQUET: TIMESTAMP_TZ and LTZ types are not supported for unloading to Parquet. value get: TIMESTAMP_`;
  it.each<[string, [string, string?, string?], string, string]>([
    [
      'an integration that is not there',
      ['SELECT 1', there, options.replace('LAKE', 'OTHER')],
      '002003',
      `${compiled}Integration 'OTHER' does not exist or not authorized.`,
    ],
    ['a location that is not allowed', ['SELECT 1', 's3://other/run/'], '003127', outside],
    ['a bucket that is not there', ['SELECT 1 WHERE 1 = 0', 's3://missing/run/'], '091003', missing],
    ['local times', ['SELECT CURRENT_TIMESTAMP() AS "A"'], '100171', `${zoned}LTZ`],
    ['times with a zone', [`SELECT '2024-01-01 00:00 +01:00'::TIMESTAMP_TZ`], '100171', `${zoned}TZ`],
    [
      'types that are not known',
      [`SELECT TO_GEOGRAPHY('{}')`],
      '001003',
      `${compiled}the stand-in does not unload GEOGRAPHY`,
    ],
    [
      'options that are not known',
      ['SELECT 1', there, `${options} OVERWRITE = TRUE`],
      '001003',
      `${compiled}invalid parameter 'OVERWRITE'`,
    ],
    [
      'other formats',
      ['SELECT 1', there, options.replace('PARQUET', 'CSV')],
      '001003',
      `${compiled}TYPE = CSV is not known here`,
    ],
    [
      'a missing table',
      ['SELECT * FROM "NONE"'],
      '002003',
      `${compiled}Object 'NONE' does not exist or not authorized.`,
    ],
  ])('comes for %s', async (_, [query, to, more], code, message) => {
    const error = (await unloads(query, to, more).catch((thrown: unknown) => thrown)) as Error & { code: unknown };
    expect([String(error.code).padStart(6, '0'), error.message]).toEqual([code, message]);
    expect(await keys()).toEqual([]);
  });

  it('comes for files that are there, and only for those in the folder', async () => {
    await s3.send(new PutObjectCommand({ Bucket: 'lake', Key: 'run/00/x', Body: 'x' }));
    await unloads('SELECT 1');
    await expect(unloads('SELECT 1')).rejects.toThrow(
      'Files already existing at the unload destination: s3://lake/run/0/. Use overwrite option to force unloading.',
    );
  });

  it('comes from the store, after two tries', async () => {
    await store.play({ method: 'PUT', status: 403, code: 'AccessDenied', times: 9 });
    await expect(unloads('SELECT 1')).rejects.toThrow(
      'Failure using stage area. Cause: [Access Denied (Status Code: 403; Error Code: AccessDenied)]',
    );
    await store.play({ method: 'PUT', status: 503, code: 'SlowDown' });
    await unloads('SELECT 1');
    await store.play({ method: 'PUT', status: 503, code: 'SlowDown', times: 2 });
    await expect(unloads('SELECT 1', 's3://lake/again/')).rejects.toThrow('Error Code: SlowDown');
    expect((await store.contents()).left).toBe(0);
  });

  it('comes for other statements that begin like it', async () => {
    await expect(run(`COPY INTO "T" FROM 's3://lake/run/'`)).rejects.toThrow('Insufficient privileges');
    await expect(run(`COPY INTO 's3://lake/run/' FROM "T"`)).rejects.toThrow(`unexpected '"T"'`);
    await expect(run(`COPY INTO 's3://lake/run/' FROM (SELECT 1`)).rejects.toThrow('unexpected');
  });
});

describe('a COPY INTO that takes long', () => {
  it.each([
    ['by its own work', () => standIn.settings({ jobMillis: 20_000, pollMillis: 50 })],
    ['by the store', () => store.play({ method: 'PUT', wait: 20_000 })],
  ])('is aborted while it is delayed %s', async (_, delay) => {
    await delay();
    await standIn.settings({ pollMillis: 50 });
    const { token } = await ask.session();
    const started = await ask.query(copyOf('SELECT 1'), { token, requestId: 'slow' });
    expect(started.code).toBe('333333');
    await new Promise((resolve) => setTimeout(resolve, 700));
    await ask.post('/queries/v1/abort-request', { requestId: 'slow' }, ask.authorized(token));
    await standIn.settings({ pollMillis: 5000 });
    expect((await ask.query(copyOf('SELECT 1'), { token, requestId: 'slow' })).code).toBe('000604');
    expect(await keys()).toEqual([]);
  });

  it('meets faults as other statements do', async () => {
    const { token } = await ask.session();
    await standIn.faults({ path: 'query-request', code: '000630' }, { schema: 'other' });
    expect((await ask.query(copyOf('SELECT 1 AS "A"'), { token })).code).toBe('000630');
    expect((await ask.query(copyOf('SELECT 1 AS "A"'), { token })).success).toBe(true);
    expect(await types()).toEqual({ A: 'BOOLEAN' });
  });
});
