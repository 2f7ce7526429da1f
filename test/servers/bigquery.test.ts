import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BigQuery } from '@google-cloud/bigquery';
import type { v1 } from '@google-cloud/bigquery-storage';
import { decompress } from 'fzstd';
import { compressionRegistry, CompressionType, type RecordBatch } from 'apache-arrow';
import { startBigQuery, type BigQueryStandIn } from './bigquery/bigquery.js';
import { readSession } from './bigquery/read-session.js';
import { unpackLz4 } from './bigquery/unpack-lz4.js';

let standIn: BigQueryStandIn;
let rest: BigQuery;
let storage: v1.BigQueryReadClient;
let before: Record<string, string | undefined>;

const table = { dataset: 'shop', table: 'everything' };
const path = 'projects/data-project/datasets/shop/tables/everything';
const schema = [
  { name: 'id', type: 'INT64', mode: 'REQUIRED' },
  { name: 'f', type: 'FLOAT64' },
  { name: 'b', type: 'BOOL' },
  { name: 's', type: 'STRING' },
  { name: 'y', type: 'BYTES' },
  { name: 'n', type: 'NUMERIC' },
  { name: 'n2', type: 'NUMERIC', precision: 10, scale: 2 },
  { name: 'big', type: 'BIGNUMERIC' },
  { name: 'd', type: 'DATE' },
  { name: 'dt', type: 'DATETIME' },
  { name: 'ts', type: 'TIMESTAMP' },
  { name: 't', type: 'TIME' },
  { name: 'j', type: 'JSON' },
  { name: 'g', type: 'GEOGRAPHY' },
  { name: 'iv', type: 'INTERVAL' },
  { name: 'r', type: 'RANGE', rangeElementType: { type: 'DATE' } },
  { name: 'list', type: 'INT64', mode: 'REPEATED' },
  {
    name: 'rec',
    type: 'RECORD',
    fields: [
      { name: 'a', type: 'INT64' },
      { name: 'c', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'x', type: 'STRING' }] },
    ],
  },
];
const bigText = `-${'1234567890'.repeat(3)}12345678.${'1234567890'.repeat(3)}12345678`;
const full = {
  ...{
    id: '1',
    f: '-Infinity',
    b: 'true',
    s: 'ünïcode, longer than twelve bytes',
    y: 'AP8=',
    n: '-12345678901234567890123456789.123456789',
  },
  ...{
    n2: '12.30',
    big: bigText,
    d: '0001-01-01',
    dt: '9999-12-31T23:59:59.999999',
    ts: '0001-01-01 00:00:00.000001+00',
  },
  ...{
    t: '23:59:59.999999',
    j: '{"a": [1, null]}',
    g: 'POINT(1 2)',
    iv: '1-2 -3 4:5:6.789',
    r: '[2020-01-01, UNBOUNDED)',
  },
  ...{ list: ['1', '2'], rec: { a: '7', c: [{ x: 'p' }, { x: null }] } },
};

const arrowTypes = [
  ...['Int64', 'Float64', 'Bool', 'Utf8', 'Binary', 'Decimal[38e+9]', 'Decimal[10e+2]', 'Decimal[76e+38]'],
  ...['Date32<DAY>', 'Timestamp<MICROSECOND>', 'Timestamp<MICROSECOND, UTC>', 'Time64<MICROSECOND>', 'Utf8', 'Utf8'],
  ...['Interval<MONTH_DAY_NANO>', 'Struct<{start:Date32<DAY>, end:Date32<DAY>}>', 'List<Int64>'],
  'Struct<{a:Int64, c:List<Struct<{x:Utf8}>>}>',
];

const texts = [
  ...['1', '-Infinity', 'true', 'ünïcode, longer than twelve bytes', 'AP8=', full.n, '12.3', bigText, '0001-01-01'],
  ...['9999-12-31T23:59:59.999999', '-62135596799999999', '23:59:59.999999', '{"a": [1, null]}', 'POINT(1 2)'],
  ...['1-2 -3 4:5:6.789000', '[2020-01-01, UNBOUNDED)'],
];

beforeAll(async () => {
  standIn = await startBigQuery({ rowsPerStream: 1 });
  before = Object.fromEntries(Object.keys(standIn.env).map((name) => [name, process.env[name]]));
  Object.assign(process.env, standIn.env);
  // Read when the libraries are loaded: the trusted roots.
  const { BigQuery: Client } = await import('@google-cloud/bigquery');
  const { v1: versions } = await import('@google-cloud/bigquery-storage');
  rest = new Client({ apiEndpoint: standIn.rest, projectId: 'billing-project', location: 'EU' });
  storage = new versions.BigQueryReadClient({ apiEndpoint: 'localhost', port: standIn.storagePort });
});

afterAll(async () => {
  await storage?.close();
  standIn?.stop();
  for (const [name, value] of Object.entries(before ?? {}))
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
});

beforeEach(async () => {
  await standIn.empty();
});

const read = (options: object = {}, more: object = {}): Promise<RecordBatch[]> =>
  readSession(storage, {
    parent: 'projects/billing-project',
    readSession: { table: path, dataFormat: 'ARROW', ...options },
    maxStreamCount: 1,
    ...more,
  });

const ids = (batches: readonly RecordBatch[]): bigint[] =>
  batches.flatMap((batch) => [...(batch.getChild('id') as unknown as Iterable<bigint>)]);

const twoColumns = [
  { name: 'id', type: 'INT64' },
  { name: 's', type: 'STRING' },
];

const generated = (count: number) =>
  standIn.createTable({ ...table, schema: twoColumns, generate: `select i, 'row ' || i from range(${count}) t(i)` });

describe('BigQuery stand-in: REST', () => {
  it('gives every type as the service writes it', async () => {
    await standIn.createTable({ ...table, schema, rows: [full, { id: '2' }] });
    const [job] = await rest.createQueryJob({ query: 'SELECT * FROM `data-project.shop.everything` ORDER BY id' });
    const [rows, , answer] = await job.getQueryResults({
      autoPaginate: false,
      maxResults: 10,
      skipParsing: true,
    } as object);
    const cells = (rows as unknown as { f: { v: unknown }[] }[]).map((row) => row.f.map((cell) => cell.v));
    expect(cells[0]!.slice(0, texts.length)).toEqual(texts);
    expect(cells[0]!.slice(texts.length)).toEqual([
      [{ v: '1' }, { v: '2' }],
      { f: [{ v: '7' }, { v: [{ v: { f: [{ v: 'p' }] } }, { v: { f: [{ v: null }] } }] }] },
    ]);
    expect(cells[1]).toEqual(['2', ...Array<null>(15).fill(null), [], null]);
    const types = answer!.schema!.fields!.map((field) => field.type);
    expect(types.slice(0, 3)).toEqual(['INTEGER', 'FLOAT', 'BOOLEAN']);
    expect(types.slice(7, 16)).toEqual([
      'BIGNUMERIC',
      'DATE',
      'DATETIME',
      'TIMESTAMP',
      'TIME',
      'JSON',
      'GEOGRAPHY',
      'INTERVAL',
      'RANGE',
    ]);
  });

  it('tells the bytes of a dry run, and refuses what would cost more than allowed', async () => {
    await generated(1000);
    const [dry] = await rest.createQueryJob({ query: 'SELECT id FROM `data-project.shop.everything`', dryRun: true });
    expect(dry.metadata.statistics.totalBytesProcessed).toBe('8000');
    const query = 'SELECT * FROM `data-project.shop.everything`';
    const refused = await rest.createQueryJob({ query, maximumBytesBilled: '1000' }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 400, errors: [{ reason: 'bytesBilledLimitExceeded' }] });
    const [job] = await rest.createQueryJob({ query, maximumBytesBilled: '10485760', labels: { tool: 'tidemark' } });
    expect(job.metadata.statistics.query.totalBytesBilled).toBe('10485760');
    expect((await standIn.seen()).jobs.at(-1)).toMatchObject({ labels: { tool: 'tidemark' }, billed: 10_485_760 });
  });

  it('pages, takes parameters, and reads the past', async () => {
    const first = await generated(25);
    await standIn.change({ ...table, delete: 'id >= 5' });
    const query =
      'SELECT id FROM `data-project.shop.everything` FOR SYSTEM_TIME AS OF @then WHERE id >= ? OR id IN UNNEST(@some)'.replace(
        '?',
        '@least',
      );
    const then = `${first.time.slice(0, -1)}${first.micros.slice(-3)}Z`;
    const [job] = await rest.createQueryJob({ query, params: { then: rest.timestamp(then), least: 12, some: [1, 2] } });
    const [rows, next] = await job.getQueryResults({ autoPaginate: false, maxResults: 10 });
    expect(rows).toHaveLength(10);
    const [others, end] = await job.getQueryResults({
      autoPaginate: false,
      maxResults: 10,
      pageToken: next!.pageToken!,
    });
    expect(others).toHaveLength(5);
    expect(end?.pageToken).toBeUndefined();
    const [now] = await rest.query('SELECT COUNT(*) AS n FROM `data-project.shop.everything`');
    expect(now).toEqual([{ n: 5 }]);
  });

  it('refuses what it does not know, and what is not allowed', async () => {
    await standIn.createTable({
      ...table,
      schema,
      requirePartitionFilter: true,
      timePartitioning: { type: 'DAY', field: 'd' },
    });
    const failure = (query: string) =>
      rest.createQueryJob({ query }).then(
        () => 'done',
        (error: Error) => error.message,
      );
    expect(await failure('SELECT FARM_FINGERPRINT(s) FROM `data-project.shop.everything`')).toContain(
      'Function not found',
    );
    expect(await failure('DROP TABLE `data-project.shop.everything`')).toContain('Statements other than SELECT');
    expect(await failure('SELECT id FROM `data-project.shop.everything`')).toContain(
      `without a filter over column(s) 'd'`,
    );
    expect(await failure(`SELECT id FROM \`data-project.shop.everything\` WHERE d > DATE '2020-01-01'`)).toBe('done');
    expect(await failure('SELECT id FROM `data-project.shop.nothing`')).toContain(
      'Not found: Table data-project:shop.nothing',
    );
    await standIn.deny({ permission: 'bigquery.jobs.create', resource: 'projects/billing-project' });
    expect(await failure('SELECT 1')).toContain(
      'Access Denied: Project billing-project: User does not have bigquery.jobs.create permission in project billing-project.',
    );
  });

  it('describes tables', async () => {
    await standIn.createTable({
      ...table,
      schema: twoColumns,
      rows: [{ id: '1', s: 'abc' }],
      clustering: { fields: ['id'] },
    });
    const [metadata] = await rest.dataset('shop', { projectId: 'data-project' }).table('everything').getMetadata();
    expect(metadata).toMatchObject({ numRows: '1', numBytes: '13', clustering: { fields: ['id'] }, type: 'TABLE' });
    const [tables] = await rest.dataset('shop', { projectId: 'data-project' }).getTables();
    expect(tables.map((one) => one.id)).toEqual(['everything']);
  });
});

describe('BigQuery stand-in: Storage Read API', () => {
  it('gives every type as Arrow', async () => {
    await standIn.createTable({ ...table, schema, rows: [full, { id: '2' }] });
    const [batch] = await read();
    const types = batch!.schema.fields.map((field) => String(field.type));
    expect(types).toEqual(arrowTypes);
    expect(batch!.schema.fields.filter((field) => !field.nullable).map((field) => field.name)).toEqual(['id', 'list']);
    expect(batch!.schema.fields[12]!.metadata.get('ARROW:extension:name')).toBe('google:sqlType:json');
    const buffers = (name: string): unknown => batch!.getChild(name)!.data[0]!.values;
    expect(batch!.getChild('s')!.get(0)).toBe(full.s);
    expect(batch!.getChild('f')!.get(0)).toBe(-Infinity);
    expect((buffers('ts') as BigInt64Array)[0]).toBe(-62_135_596_799_999_999n);
    expect((buffers('dt') as BigInt64Array)[0]).toBe(253_402_300_799_999_999n);
    const words = [...(buffers('big') as Uint32Array).subarray(0, 8)];
    const big = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
    expect(BigInt.asIntN(256, big)).toBe(BigInt(bigText.replace('.', '')));
    expect([...(batch!.getChild('list')!.get(0) as Iterable<bigint>)]).toEqual([1n, 2n]);
    expect([...(batch!.getChild('list')!.get(1) as Iterable<bigint>)]).toEqual([]);
    expect(batch!.getChild('rec')!.get(1)).toBeNull();
    expect(batch!.getChild('r')!.get(0)!.toJSON()).toMatchObject({ end: null });
  });

  it('serves the rows of the snapshot time, the fields selected, and the rows not restricted', async () => {
    const first = await generated(10);
    await standIn.append(table, [{ id: '10', s: 'new' }]);
    const micros = BigInt(first.micros);
    const snapshotTime = { seconds: Number(micros / 1_000_000n), nanos: Number(micros % 1_000_000n) * 1000 };
    expect(ids(await read())).toHaveLength(11);
    expect(ids(await read({ tableModifiers: { snapshotTime } }))).toHaveLength(10);
    const some = await read({ readOptions: { selectedFields: ['id'], rowRestriction: `s = "new" OR id < 2` } });
    expect(ids(some)).toEqual([0n, 1n, 10n]);
    expect(some[0]!.schema.names).toEqual(['id']);
  });

  it.each([
    ['LZ4_FRAME', unpackLz4],
    ['ZSTD', (bytes: Uint8Array) => decompress(bytes).slice()],
  ] as const)('compresses by %s, and tells before each buffer how long it comes out', async (codec, unpack) => {
    let unpacked = 0;
    const decode = (bytes: Uint8Array): Uint8Array => {
      const content = unpack(bytes);
      const told = new DataView(bytes.buffer, bytes.byteOffset - 8).getBigInt64(0, true);
      if (told !== BigInt(content.length)) throw new Error(`${content.length} bytes where ${told} were told`);
      unpacked += 1;
      return content;
    };
    compressionRegistry.set(CompressionType[codec], { decode });
    const readOptions = { arrowSerializationOptions: { bufferCompression: codec } };
    await generated(10_000);
    const batches = await read({ readOptions });
    expect(ids(batches)).toEqual(Array.from({ length: 10_000 }, (_, i) => BigInt(i)));
    expect(batches[0]!.getChild('s')!.get(8191)).toBe('row 8191');
    expect(unpacked).toBeGreaterThan(3);
    await standIn.createTable({ ...table, schema, rows: [full, { id: '2' }] });
    const [batch] = await read({ readOptions });
    expect(batch!.toArray().map(String)).toEqual((await read())[0]!.toArray().map(String));
  });

  it('goes on by offset after a cut, and ends early or repeats when told', async () => {
    await generated(50_000);
    const all = Array.from({ length: 50_000 }, (_, i) => BigInt(i));
    await standIn.faults({ rpc: 'ReadRows', cutAfter: 2 });
    expect(ids(await read())).toEqual(all);
    expect((await standIn.seen()).reads.map((one) => one.offset)).toEqual([0, 16_384]);
    await standIn.faults(
      { rpc: 'ReadRows', endAfter: 1 },
      { rpc: 'ReadRows', repeat: 0 },
      { rpc: 'ReadRows', resetAfter: 3 },
    );
    expect(ids(await read())).toHaveLength(8192);
    expect(ids(await read())).toHaveLength(58_192);
    expect(ids(await read())).toEqual(all);
    expect(ids(await read({}, { maxStreamCount: 4 }))).toEqual(all);
  });

  it('names the permission that is missing', async () => {
    await generated(1);
    await standIn.deny({ permission: 'bigquery.readsessions.create' });
    await expect(read()).rejects.toMatchObject({
      code: 7,
      message: expect.stringContaining('bigquery.readsessions.create'),
    });
  });
});
