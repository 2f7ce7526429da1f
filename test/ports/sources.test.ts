import type { RecordBatch } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { LaneReader, OpenSource, RowSink, SourceModule, TablePlan } from '../../src/core/source.js';
import type { SourceRequest } from '../../src/core/source-request.js';
import { TidemarkError } from '../../src/core/errors.js';
import { arrowSchema } from '../../src/core/types.js';
import { findFiles } from '../../src/files/find.js';
import { placeAt } from '../../src/files/place.js';
import { filesSource } from '../../src/files/source.js';
import { loadSource, sources } from '../../src/source/registry.js';
import { queryDuckdb } from '../readers/duckdb.js';
import { freshMariadb } from '../servers/mariadb.js';
import { freshDatabase } from '../servers/postgres.js';
import { startBigQuery } from '../servers/bigquery/bigquery.js';
import { requestOf as bigqueryRequestOf } from '../source/bigquery/open-request.js';
import { requestOf as mysqlRequestOf } from '../source/mysql/open-request.js';
import { requestOf } from '../source/postgres/open-request.js';
import { startRedshift } from '../servers/redshift/redshift.js';
import { startStrictS3 } from '../servers/s3/strict.js';
import { emptyFolder } from '../support/cli.js';
import { startSnowflake } from '../servers/snowflake/snowflake.js';
import { requestOf as redshiftRequestOf } from '../source/redshift/open-request.js';
import { requestOf as snowflakeRequestOf } from '../source/snowflake/open-request.js';
import { arrowSource, type Row, rowOf } from './arrow-source.js';
import { unloadedModule } from './unloaded.js';

const rowCount = 30_000;

/** A source that has a table `numbers` of two columns, `n` and `word`, with the rows of `rowOf`. */
interface Subject {
  readonly module: SourceModule;
  readonly request: SourceRequest;
  /** All rows come in one session, by one statement. */
  readonly isOneSession?: true;
  /** What its moment is worth; absent: all rows are of one. */
  readonly level?: 'none';
}

const tables = [{ name: 'numbers', table: 'numbers' }];

async function postgres(via: string): Promise<Subject> {
  const database = await freshDatabase(inject('postgres18'));
  // Wide enough on disk, by an attribute that is gone, to be cut into several ranges.
  await database.query(`
    CREATE TABLE numbers (n bigint, word text, pad text);
    ALTER TABLE numbers ALTER pad SET STORAGE PLAIN;
    INSERT INTO numbers SELECT n, CASE WHEN n % 7 > 0 THEN 'word ' || n % 1000 END, repeat('x', 2000)
      FROM generate_series(0, ${rowCount - 1}) n;
    ALTER TABLE numbers DROP pad; ANALYZE numbers;`);
  const request = requestOf(database.url, { tables, via });
  return { module: await loadSource('postgres'), request };
}

// Ranges of so few rows that the table has several, read by several sessions.
vi.mock('../../src/source/mysql/plan/range-size.js', () => ({
  worthSessions: 1,
  rangeSizes: () => ({ step: 2048, smallest: 8192, largest: 8192, rowBytes: 100 }),
  rowsOfRange: () => 8192,
}));

// As many streams as there are.
vi.mock('../../src/source/bigquery/plan/streams.js', () => ({ streamsFor: () => 8 }));

async function mysql(): Promise<Subject> {
  const found = inject('mariadb');
  if ('missing' in found) throw new Error(found.missing);
  const database = await freshMariadb(found.server);
  await database.query(`CREATE TABLE numbers (n bigint PRIMARY KEY, word text);
    INSERT INTO numbers SELECT seq, IF(seq % 7 > 0, CONCAT('word ', seq % 1000), NULL) FROM seq_0_to_${rowCount - 1};
    ANALYZE TABLE numbers`);
  return { module: await loadSource('mysql'), request: mysqlRequestOf(database.url, { tables }) };
}

const bigqueryService = await startBigQuery({ rowsPerStream: 9000 });
afterAll(() => bigqueryService.stop());

async function bigquery(via: string): Promise<Subject> {
  Object.assign(process.env, bigqueryService.env);
  await bigqueryService.createTable({
    dataset: via,
    table: 'numbers',
    schema: [
      { name: 'n', type: 'INTEGER' },
      { name: 'word', type: 'STRING' },
    ],
    generate: `SELECT n, CASE WHEN n % 7 > 0 THEN 'word ' || n % 1000 END AS word FROM range(${rowCount}) t(n)`,
  });
  return {
    module: await loadSource('bigquery'),
    request: bigqueryRequestOf(bigqueryService.url(via), { tables, via }),
  };
}

/** Files that BigQuery has written. */
async function bigqueryUnloaded(): Promise<Subject> {
  const { module } = await bigquery('unload');
  await bigqueryService.createBucket('lake');
  const url = `${bigqueryService.url('unload')}&gcs-endpoint=${bigqueryService.rest}`;
  const request = bigqueryRequestOf(url, { tables, via: 'unload' });
  const { store: own, ticket, close } = await module.openStaging!(request.connection, new AbortController().signal);
  afterAll(close);
  const to = 'gs://lake/contract';
  const place = { owner: { source: 'bigquery', ticket }, store: own, to, location: to };
  return { module: unloadedModule(module, place), request };
}

const store = await startStrictS3({}, ['lake']);
afterAll(() => store.stop());
// Whoever runs has the machine's identity alone.
for (const name of Object.keys(store.env)) Reflect.deleteProperty(process.env, name);
process.env['AWS_REGION'] = 'eu-north-1';

// Ranges of a few parts.
vi.mock('../../src/source/snowflake/plan/range-size.js', () => ({ bytesOfRange: 100_000 }));

const snowflakeService = await startSnowflake({ chunkRows: 1000, partitionRows: 1000, fileRows: 9000 });
afterAll(() => snowflakeService.stop());

async function snowflake(via: string): Promise<Subject> {
  await snowflakeService.createTable({
    table: 'NUMBERS',
    columns: [
      { name: 'n', type: 'NUMBER(18,0)' },
      { name: 'word', type: 'VARCHAR' },
    ],
    generate: `SELECT n::DECIMAL(18,0), CASE WHEN n % 7 > 0 THEN 'word ' || n % 1000 END FROM range(${rowCount}) t(n)`,
    at: new Date(Date.now() - 60_000).toISOString(),
  });
  return { module: await loadSource('snowflake'), request: snowflakeRequestOf(snowflakeService, { tables, via }) };
}

/** Files that Snowflake has written. */
async function snowflakeUnloaded(): Promise<Subject> {
  await snowflakeService.unloadsTo(store, { integration: 'LAKE', allowed: ['s3://lake/'] });
  const { module, request } = await snowflake('unload');
  // The machine's identity is one that the store knows.
  redshiftService.unloadsTo(store);
  Object.assign(process.env, redshiftService.env);
  const connection = { ...request.connection, storageIntegration: 'LAKE' };
  const location = store.at('lake/snowflake');
  const place = { ...(await placeAt(location)), to: 's3://lake/snowflake', location };
  return { module: unloadedModule(module, place), request: { ...request, connection } };
}

const redshiftService = await startRedshift(inject('postgres18'));
afterAll(() => redshiftService.stop());

async function redshift(via: string): Promise<Subject> {
  Object.assign(process.env, redshiftService.env);
  await redshiftService.owner.query(`
    CREATE TABLE IF NOT EXISTS numbers (n bigint, word text);
    TRUNCATE numbers;
    INSERT INTO numbers SELECT n, CASE WHEN n % 7 > 0 THEN 'word ' || n % 1000 END FROM generate_series(0, ${rowCount - 1}) n`);
  await redshiftService.grant();
  const request = redshiftRequestOf(redshiftService, { tables, via });
  return { module: await loadSource('redshift'), request, isOneSession: true };
}

/** Files that Redshift has written. */
async function redshiftUnloaded(): Promise<Subject> {
  redshiftService.unloadsTo(store);
  const { module, request } = await redshift('unload');
  const location = store.at('lake/contract');
  const place = { ...(await placeAt(location)), to: 's3://lake/contract', location };
  return { module: unloadedModule(module, place), request, isOneSession: true };
}

/** Files of DuckDB. */
async function files(): Promise<Subject> {
  const folder = emptyFolder('numbers');
  for (let part = 0; part < 3; part += 1) {
    const [from, to] = [part * 10_000, (part + 1) * 10_000];
    const rows = `SELECT n, CASE WHEN n % 7 > 0 THEN 'word ' || n % 1000 END AS word FROM range(${from}, ${to}) t(n)`;
    await queryDuckdb(`COPY (${rows}) TO '${folder}/numbers-${part}.parquet' (FORMAT parquet)`);
  }
  const connection = await findFiles(folder, await placeAt(folder));
  const table = connection.tables[0]!.name;
  const request = { ...requestOf('postgres://u@h/d', { tables: [{ name: 'numbers', table }] }), connection };
  return { module: filesSource, request, level: 'none' };
}

const subjects: readonly [string, string, () => Promise<Subject>][] = [
  ['postgres', 'copy', () => postgres('copy')],
  ['postgres', 'cursor', () => postgres('cursor')],
  ['mysql', 'rows', mysql],
  ['bigquery', 'arrow', () => bigquery('arrow')],
  ['bigquery', 'rest', () => bigquery('rest')],
  ['bigquery', 'unload', bigqueryUnloaded],
  ['snowflake', 'auto', () => snowflake('auto')],
  ['snowflake', 'api', () => snowflake('api')],
  ['snowflake', 'chunks', () => snowflake('chunks')],
  ['snowflake', 'unload', snowflakeUnloaded],
  ['redshift', 'stream', () => redshift('stream')],
  ['redshift', 'cursor', () => redshift('cursor')],
  ['redshift', 'unload', redshiftUnloaded],
  ['files', 'files', files],
  [
    'arrow',
    'only',
    async () => ({ module: arrowSource(rowCount, 7001, 1234), request: requestOf('postgres://u@h/d', { tables }) }),
  ],
];

it('every source of the registry is held to the contract, on each of its roads', () => {
  const held = subjects.map(([kind, road]) => `${kind} ${road}`);
  for (const { kind, roads } of sources)
    expect(held).toEqual(expect.arrayContaining(Object.keys(roads).map((road) => `${kind} ${road}`)));
});

/** What every source must do. */
describe.each(subjects)('the source %s, road %s', (kind, _, make) => {
  if (kind === 'mysql' && 'missing' in inject('mariadb')) return it.skip('needs MariaDB', () => undefined);
  const never = new AbortController().signal;
  let subject: Subject;
  let source: OpenSource;
  let table: TablePlan;
  beforeAll(async () => {
    subject = await make();
    source = await subject.module.open(subject.request, never);
    table = source.tables[0]!;
  });
  afterAll(() => source.close());

  const openLane = (): Promise<LaneReader> => subject.module.openLane(structuredClone(source.ticket), never);

  /** Reads a range; the sink takes its time where `slow` says so, and no two calls overlap. */
  async function read(
    lane: LaneReader,
    index: number,
    slow = false,
    plan = table,
  ): Promise<{ rows: Row[]; evidence: unknown }> {
    const { createDecoder } = subject.module;
    const decoder = createDecoder?.(plan.columns, { misfit: 'fail', infinity: 'misfit' });
    const rows: Row[] = [];
    let counted = 0;
    let busy = false;
    const take = (batch: RecordBatch): void => {
      for (const row of batch) rows.push({ n: row['n'] as bigint, word: row['word'] as string | null });
    };
    const whenTaken = (): void | Promise<void> => {
      expect(busy).toBe(false);
      if (!slow) return;
      busy = true;
      return new Promise((resolve) => setImmediate(() => ((busy = false), resolve())));
    };
    const sink: RowSink = {
      rows: (bytes, start, end, count) => {
        decoder!.add(bytes, start, end);
        counted += count;
        return whenTaken();
      },
      cut: () => (take(decoder!.finish()), whenTaken()),
      batch: (batch) => {
        expect(decoder).toBeUndefined();
        expect(batch.schema.fields.map(String)).toEqual(arrowSchema(plan.columns).fields.map(String));
        take(batch);
        counted += batch.numRows;
        return whenTaken();
      },
    };
    const evidence = await lane.read(plan, plan.ranges[index]!, { rows: 1000, bytes: 2 ** 20 }, sink);
    if (decoder && counted > rows.length) take(decoder.finish());
    expect(rows).toHaveLength(counted);
    return { rows, evidence };
  }

  it('says what it is and what there is to read', () => {
    expect(source.server.kind).toBe(kind);
    expect(source.tables.map(({ name }) => name)).toEqual(['numbers']);
    expect(table.columns.map(({ name, type }) => [name, type.kind])).toEqual([
      ['n', 'int'],
      ['word', 'text'],
    ]);
    expect(table.ranges.length).toBeGreaterThan(subject.isOneSession ? 0 : 2);
    expect(new Set(table.ranges.map(({ label }) => label)).size).toBe(table.ranges.length);
    expect(structuredClone(source.tables)).toEqual(source.tables);
    expect(source.maxLanes).toBeGreaterThanOrEqual(subject.isOneSession ? 1 : 2);
  });

  it('gives every row once, by whichever lane and in whatever order ranges are read, and confirms its moment', async () => {
    const lanes = [await openLane(), await openLane()];
    const byRange: Row[][] = [];
    const evidence: unknown[] = [];
    for (const index of [...table.ranges.keys()].reverse()) {
      const got = await read(lanes[index % 2]!, index);
      byRange[index] = got.rows;
      evidence.push(structuredClone(got.evidence));
    }
    for (const lane of lanes) await lane.close();
    const rows = byRange.flat().sort((a, b) => Number(a.n - b.n));
    expect(rows).toEqual(Array.from({ length: rowCount }, (_, n) => rowOf(n)));
    expect(await source.confirm(evidence)).toMatchObject({ level: subject.level ?? 'snapshot' });
  });

  it('gives the same rows with some of the columns alone', async () => {
    const words = source.narrowed(table, [1]);
    expect(words.columns).toEqual([table.columns[1]]);
    expect(structuredClone(words)).toEqual(words);
    const lane = await openLane();
    const full: (string | null)[] = [];
    const alone: (string | null)[] = [];
    for (const index of table.ranges.keys()) {
      full.push(...(await read(lane, index)).rows.map(({ word }) => word));
      alone.push(...(await read(lane, index, false, words)).rows.map(({ word }) => word));
    }
    await lane.close();
    expect(full).toHaveLength(rowCount);
    expect(alone.toSorted()).toEqual(full.toSorted());
  });

  it('gives the same rows in the same order again, also to a sink that takes its time', async () => {
    const lane = await openLane();
    const index = Math.min(1, table.ranges.length - 1);
    const first = await read(lane, index);
    expect((await read(lane, index, true)).rows).toEqual(first.rows);
    await lane.close();
    const other = await openLane();
    expect((await read(other, index)).rows).toEqual(first.rows);
    await other.close();
  });

  it('names a row for people, by its place in the range', async () => {
    const lane = await openLane();
    expect(await lane.describeRow(table, table.ranges[0]!, 41)).toMatch(/^row 42\b/);
    await lane.close();
  });

  it('fails the read when the sink fails', async () => {
    const lane = await openLane();
    const failure = new TidemarkError('destination.full', 'no space left');
    const fail = (): never => {
      throw failure;
    };
    const reading = lane.read(
      table,
      table.ranges[0]!,
      { rows: 1000, bytes: 2 ** 20 },
      { rows: fail, cut: fail, batch: fail },
    );
    await expect(reading).rejects.toMatchObject({ code: 'destination.full' });
    await lane.close();
  });
});
