import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { queryDuckdb } from '../readers/index.js';
import type { BigQueryField } from './bigquery/bigquery.js';
import { startExports, type ExportClient } from './bigquery/export-client.js';

let exports: ExportClient;

const robot = 'robot@data-project.iam.gserviceaccount.com';
const table = { dataset: 'shop', table: 'everything' };
const from = 'FROM `data-project.shop.everything`';
const uri = 'gs://kept/some/0/*.parquet';
const head = `EXPORT DATA OPTIONS (uri='${uri}', format='PARQUET', compression='SNAPPY') AS`;

const columnsOf = async (sql: string): Promise<Record<string, readonly unknown[]>> =>
  Object.fromEntries((await queryDuckdb(sql)).map(({ name, values }) => [name, values]));

/** Each leaf and group of a file's schema, in order. */
async function schemaOf(files: string): Promise<string[]> {
  const leaf = `concat_ws(' ', name, type, converted_type, nullif(regexp_extract(logical_type, 'isAdjustedToUTC=.'), ''), precision || ',' || scale)`;
  const { line } = await columnsOf(
    `SELECT ${leaf} AS line FROM parquet_schema(${files}) WHERE file_name LIKE '%000000000000.parquet'`,
  );
  return (line as string[]).slice(1);
}

beforeAll(async () => {
  exports = await startExports();
});

afterAll(() => exports?.stop());

beforeEach(async () => {
  await exports.standIn.empty();
  await exports.standIn.createBucket('kept');
});

const plain: readonly BigQueryField[] = [
  { name: 'id', type: 'INT64', mode: 'REQUIRED' },
  { name: 'f', type: 'FLOAT64' },
  { name: 'b', type: 'BOOL' },
  { name: 's', type: 'STRING' },
  { name: 'y', type: 'BYTES' },
  { name: 'n', type: 'NUMERIC' },
  { name: 'n2', type: 'NUMERIC', precision: 10, scale: 2 },
  { name: 'big', type: 'BIGNUMERIC', precision: 30, scale: 20 },
  { name: 'd', type: 'DATE' },
  { name: 'dt', type: 'DATETIME' },
  { name: 'ts', type: 'TIMESTAMP' },
  { name: 't', type: 'TIME' },
];
const plainRows = [
  {
    ...{ id: '9223372036854775807', f: '-0.5', b: 'true', s: 'ünï', y: 'AP8=', n: '-12345678901234567890123456789.5' },
    ...{ n2: '12.25', big: '1.00000000000000000001', d: '0001-01-01', dt: '9999-12-31T23:59:59.999999' },
    ...{ ts: '0001-01-01 00:00:00.000001+00', t: '23:59:59.999999' },
  },
  { id: '-1', s: '' },
  {
    id: '2',
    f: '1e300',
    b: 'false',
    y: '',
    n: '0',
    dt: '1969-12-31T23:59:59',
    ts: '2024-02-29 12:00:00+00',
    t: '00:00:00',
  },
];
/** Each column in the text form of BigQuery's REST answers. */
const restForms = `
  id::VARCHAR, replace(upper(f::VARCHAR), 'E+', 'E'), b::VARCHAR, s, base64(y), rtrim(rtrim(n::VARCHAR, '0'), '.'), n2::VARCHAR,
  big::VARCHAR, d::VARCHAR, strftime(dt, '%Y-%m-%dT%H:%M:%S.%f').replace('.000000', ''), epoch_us(ts)::VARCHAR, t::VARCHAR`;

const nested: readonly BigQueryField[] = [
  { name: 'id', type: 'INT64' },
  { name: 'list', type: 'TIMESTAMP', mode: 'REPEATED' },
  {
    name: 'rec',
    type: 'RECORD',
    fields: [
      { name: 'at', type: 'TIMESTAMP' },
      { name: 'parts', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'n', type: 'NUMERIC', precision: 5 }] },
      { name: 'j', type: 'JSON' },
    ],
  },
];
const nestedRows = [
  {
    ...{ id: '1', list: ['2024-01-01 00:00:00+00', '2024-01-02 00:00:00+00'] },
    rec: { at: '2024-01-01 00:00:00.5+00', parts: [{ n: '7' }, { n: null }], j: '{"a": 1}' },
  },
  { id: '2', rec: { at: null, parts: [], j: null } },
  { id: '3' },
];

describe('BigQuery stand-in: EXPORT DATA', () => {
  it('writes the values that pages have, of plain types', async () => {
    await exports.standIn.createTable({ ...table, schema: plain, rows: plainRows });
    const done = await exports.run(`${head} SELECT * ${from} ORDER BY id DESC`);
    expect(done.query).toMatchObject({
      statementType: 'EXPORT_DATA',
      exportDataStatistics: { fileCount: '2', rowCount: '3' },
    });
    expect(done.query.schema).toBeUndefined();
    const names = (await exports.standIn.objects()).map((one) => one.name);
    expect(names).toEqual(['some/0/000000000000.parquet', 'some/0/000000000001.parquet']);
    const files = await exports.download();
    expect(await schemaOf(files)).toEqual([
      ...['id INT64 INT_64', 'f DOUBLE', 'b BOOLEAN', 's BYTE_ARRAY UTF8', 'y BYTE_ARRAY'],
      ...['n FIXED_LEN_BYTE_ARRAY DECIMAL 38,9', 'n2 INT64 DECIMAL 10,2', 'big FIXED_LEN_BYTE_ARRAY DECIMAL 30,20'],
      ...['d INT32 DATE', 'dt INT64 TIMESTAMP_MICROS isAdjustedToUTC=0', 'ts INT64 TIMESTAMP_MICROS isAdjustedToUTC=0'],
      't INT64 TIME_MICROS isAdjustedToUTC=0',
    ]);
    const { compression } = await columnsOf(`SELECT DISTINCT compression FROM parquet_metadata(${files})`);
    expect(compression).toEqual(['SNAPPY']);
    const query = `SELECT * ${from} ORDER BY id DESC`;
    const [job] = await exports.client.createQueryJob({ query });
    const raw = { autoPaginate: false, skipParsing: true, 'formatOptions.useInt64Timestamp': true } as object;
    const [rows] = await job.getQueryResults(raw);
    const pages = (rows as unknown as { f: { v: unknown }[] }[]).map((row) => row.f.map((cell) => cell.v));
    const columns = await queryDuckdb(`SELECT ${restForms} FROM read_parquet(${files})`);
    expect(pages).toHaveLength(3);
    expect(pages.map((_, row) => columns.map(({ values }) => values[row]))).toEqual(pages);
  });

  it('writes lists and structs, lists that are not there as empty ones', async () => {
    await exports.standIn.createTable({ ...table, schema: nested, rows: nestedRows });
    const rec = 'IF(rec IS NULL, NULL, STRUCT(rec.at, rec.parts AS `parts`, TO_JSON_STRING(rec.`j`) AS j)) AS rec';
    await exports.run(`${head} SELECT id, list, ${rec} ${from} AS x ORDER BY id`);
    const files = await exports.download();
    expect(await schemaOf(files)).toEqual([
      ...['id INT64 INT_64', 'list LIST', 'list', 'element INT64 TIMESTAMP_MICROS isAdjustedToUTC=0'],
      ...['rec', 'at INT64 TIMESTAMP_MICROS isAdjustedToUTC=0', 'parts LIST', 'list', 'element'],
      ...['n FIXED_LEN_BYTE_ARRAY DECIMAL 38,9', 'j BYTE_ARRAY UTF8'],
    ]);
    expect(await columnsOf(`SELECT list::VARCHAR AS list, rec::VARCHAR AS rec FROM read_parquet(${files})`)).toEqual({
      list: [`['2024-01-01 00:00:00', '2024-01-02 00:00:00']`, '[]', '[]'],
      rec: [
        `{'at': '2024-01-01 00:00:00.5', 'parts': [{'n': 7.000000000}, {'n': NULL}], 'j': '{"a": 1}'}`,
        `{'at': NULL, 'parts': [], 'j': NULL}`,
        null,
      ],
    });
  });

  it('writes types that Parquet does not have as the query gives them, at a time in the past', async () => {
    const schema = [
      ...[
        { name: 'a', type: 'INT64' },
        { name: 'j', type: 'JSON' },
        { name: 'g', type: 'GEOGRAPHY' },
      ],
      ...[
        { name: 'n', type: 'BIGNUMERIC' },
        { name: 'iv', type: 'INTERVAL' },
      ],
      { name: 'r', type: 'RANGE', rangeElementType: { type: 'TIMESTAMP' } },
    ];
    const full = { j: '{"a": [1, "x"]}', g: 'POINT(1 2)', n: '1.5', iv: '1-2 -3 4:5:6.789' };
    const rows = [{ a: '1', ...full, r: '[2020-01-01 00:00:00+00, UNBOUNDED)' }, { a: '2' }];
    const { micros } = await exports.standIn.createTable({ ...table, schema, rows });
    await exports.standIn.change({ ...table, delete: 'true' });
    const then = new Date(Number(BigInt(micros) / 1000n)).toISOString().slice(0, 19).replace('T', ' ');
    const time = `TIMESTAMP '${then}.${micros.slice(-6)}+00'`;
    const select = `SELECT \`a\`, IF(\`j\` IS NULL, NULL, TO_JSON_STRING(\`j\`)) AS \`j\`, ST_ASTEXT(\`g\`) AS \`g\`, CAST(\`n\` AS STRING) AS \`n\`,
      IF(\`r\` IS NULL, NULL, STRUCT(RANGE_START(\`r\`) AS \`start\`, RANGE_END(\`r\`) AS \`end\`)) AS \`r\`, SUM(a) OVER () AS total
      FROM (
        SELECT * ${from} FOR SYSTEM_TIME AS OF ${time} WHERE a < @least
      ) ORDER BY a LIMIT 10`;
    const options = `format = "parquet" , URI = "${uri}",\n overwrite=true`;
    const query = `export data options(${options}) as ${select}`;
    const done = await exports.run({
      query,
      params: { least: 5 },
      labels: { tool: 'tidemark' },
      maximumBytesBilled: '10485760',
    });
    expect(done.query).toMatchObject({ totalBytesBilled: '10485760', exportDataStatistics: { rowCount: '2' } });
    expect((await exports.standIn.seen()).jobs.at(-1)).toMatchObject({ labels: { tool: 'tidemark' }, sql: query });
    const files = await exports.download();
    const ends = ['start', 'end'].map((name) => `${name} INT64 TIMESTAMP_MICROS isAdjustedToUTC=0`);
    expect(await schemaOf(files)).toEqual([
      ...['a INT64 INT_64', 'j BYTE_ARRAY UTF8', 'g BYTE_ARRAY UTF8', 'n BYTE_ARRAY UTF8', 'r', ...ends],
      'total INT64 INT_64',
    ]);
    expect(await columnsOf(`SELECT a, j, g, n, r::VARCHAR AS r, total FROM read_parquet(${files})`)).toEqual({
      ...{ a: ['1', '2'], j: [full.j, null], g: [full.g, null], n: ['1.5', null] },
      ...{ r: [`{'start': '2020-01-01 00:00:00', 'end': NULL}`, null], total: ['3', '3'] },
    });
  });

  it('writes one file of no rows', async () => {
    await exports.standIn.createTable({ ...table, schema: [...plain, ...nested.slice(1)], rows: [] });
    const done = await exports.run(`${head} SELECT * EXCEPT (rec) ${from}`);
    expect(done.query.exportDataStatistics).toEqual({ fileCount: '1', rowCount: '0' });
    const files = await exports.download();
    expect(await schemaOf(files)).toHaveLength(15);
    expect(await columnsOf(`SELECT id FROM read_parquet(${files})`)).toEqual({ id: [] });
  });

  it('tells what an export would cost, and writes nothing then', async () => {
    await exports.standIn.createTable({ ...table, schema: plain, rows: plainRows });
    const [dry] = await exports.client.createQueryJob({ query: `${head} SELECT id ${from}`, dryRun: true });
    expect(dry.metadata.statistics).toMatchObject({
      totalBytesProcessed: '24',
      query: { statementType: 'EXPORT_DATA' },
    });
    expect(await exports.standIn.objects()).toEqual([]);
  });

  it('runs for as long as it is told to, and leaves its files when it is cancelled', async () => {
    await exports.standIn.settings({ jobMillis: 60_000 });
    const [job] = await exports.client.createQueryJob({ query: `${head} SELECT 1 AS a` });
    expect((await job.getMetadata())[0]).toMatchObject({ status: { state: 'RUNNING' } });
    await job.cancel();
    await exports.standIn.settings({ jobMillis: 0 });
    expect((await job.getMetadata())[0]).toMatchObject({
      status: { state: 'DONE', errorResult: { reason: 'stopped' } },
    });
    expect(await exports.standIn.objects()).toHaveLength(1);
  });

  it.each([
    [`uri='gs://kept/a.parquet', format='PARQUET'`, `one wildcard '*'`],
    [`uri='gs://kept/*/*.parquet', format='PARQUET'`, `one wildcard '*'`],
    [`uri='gs://kept/*', format='CSV'`, 'PARQUET'],
    [`uri='gs://kept/*', format='PARQUET', colour='red'`, 'Unknown option'],
    [`uri='gs://kept/*', format='PARQUET', format='PARQUET'`, 'Duplicate option'],
  ])('refuses the options %s', async (options, message) => {
    expect(await exports.failure(`EXPORT DATA OPTIONS (${options}) AS SELECT 1 AS a`)).toEqual({
      reason: 'invalidQuery',
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['JSON', {}],
    ['INTERVAL', {}],
    ['RANGE', { rangeElementType: { type: 'DATE' } }],
    ['BIGNUMERIC', {}],
    ['BIGNUMERIC', { precision: 39, scale: 2 }],
  ])('refuses columns of %s %j, within others too', async (type, more) => {
    const field = { name: 'x', type, ...more };
    const refused = `EXPORT DATA does not support columns of type ${type} in Parquet`;
    await exports.standIn.createTable({
      ...table,
      schema: [field, { name: 'rec', type: 'RECORD', mode: 'REPEATED', fields: [field] }],
    });
    for (const name of ['x', 'rec'])
      expect(await exports.failure(`${head} SELECT ${name} ${from}`)).toEqual({
        reason: 'invalidQuery',
        message: expect.stringContaining(refused),
      });
  });

  it('needs a bucket at its place, and the right to write there', async () => {
    const query = `${head} SELECT 1 AS a`;
    for (const verb of ['create', 'delete']) {
      const permission = `storage.objects.${verb}`;
      await exports.standIn.deny({ permission, resource: 'projects/_/buckets/kept' });
      expect(await exports.failure(query)).toEqual({
        reason: 'accessDenied',
        message: `Access Denied: BigQuery BigQuery: Permission denied while writing data. ${robot} does not have ${permission} access to the Google Cloud Storage object. Permission '${permission}' denied on resource (or it may not exist).`,
      });
    }
    await exports.standIn.deny();
    expect(await exports.failure(query.replace('kept', 'none'))).toEqual({
      reason: 'notFound',
      message: 'Not found: URI gs://none/some/0/*.parquet',
    });
    await exports.standIn.createBucket('far', 'US');
    expect(await exports.failure(query.replace('kept', 'far'))).toEqual({
      reason: 'invalid',
      message: 'Cannot read and write in different locations: source: EU, destination: US',
    });
    expect(await exports.standIn.objects()).toEqual([]);
    expect(await exports.failure(query)).toMatchObject({ reason: 'done' });
    expect(await exports.failure(query)).toMatchObject({
      reason: 'invalid',
      message: expect.stringContaining('overwrite'),
    });
  });

  it('writes millions of rows', async () => {
    const many = 2_000_000;
    const schema = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 's'].map((name) => ({
      name,
      type: name === 's' ? 'STRING' : 'INT64',
    }));
    await exports.standIn.createTable({
      ...table,
      schema,
      generate: `SELECT i, i, i, i, i, i, i, 'row ' || i FROM range(${many}) t(i)`,
    });
    const done = await exports.run(`${head} SELECT * ${from}`);
    expect(done.query.exportDataStatistics).toEqual({ fileCount: '2', rowCount: String(many) });
    const counted = await columnsOf(
      `SELECT count(*) AS n, count(DISTINCT a) AS a, max(s) AS s FROM read_parquet(${await exports.download()})`,
    );
    expect(counted).toEqual({ n: [String(many)], a: [String(many)], s: ['row 999999'] });
  }, 60_000);
});
