import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snapshot, type SnapshotOptions, verify } from '../../../dist/index.js';
import { type BigQueryStandIn, startBigQuery } from '../../servers/bigquery/bigquery.js';
import { tidemark } from '../../support/cli.js';
import { manifestOf } from '../manifest-of.js';
import { chainOf } from './chain.js';
import { emptyFolder } from '../../support/cli.js';

let service: BigQueryStandIn;

beforeAll(async () => {
  service = await startBigQuery({ rowsPerStream: 500 });
  Object.assign(process.env, service.env);
});
afterAll(() => service.stop());

const schema = [
  { name: 'id', type: 'INTEGER' },
  { name: 'word', type: 'STRING' },
  { name: 'at', type: 'TIMESTAMP' },
];
const second = 1_000_000;
const noon = Date.UTC(2024, 0, 1, 12) * 1000;
const rowsOf = (from: number, to: number): { id: string; word: string; at: string }[] =>
  Array.from({ length: to - from }, (_, i) => ({
    id: String(from + i),
    word: `word ${(from + i) % 7}`,
    at: String(noon + (from + i) * second),
  }));

let tables = 0;
async function newTable(rows = rowsOf(0, 2000), more: object = {}): Promise<{ dataset: string; table: string }> {
  const table = { dataset: 'shop', table: `events_${(tables += 1)}` };
  await service.createTable({ ...table, schema, rows, ...more });
  return table;
}

const chain = (what: Partial<SnapshotOptions>): ReturnType<typeof chainOf> => chainOf(service, what);

describe('increments by a cursor', () => {
  it.each(['arrow', 'rest'])('have the rows that are new, those that came late among them, by %s', async (via) => {
    const table = await newTable();
    const make = chain({ table: table.table, cursor: 'at', lag: '10s', via });
    expect((await make()).rows).toBe(2000);
    // Five are new, one of them came late, within the lag; one lies beyond it.
    await service.append(table, rowsOf(2000, 2003));
    await service.append(table, [
      { id: '9001', word: 'late', at: String(noon + 1995 * second) },
      { id: '9002', word: 'too late', at: String(noon + 1000 * second) },
    ]);
    const newer = await make();
    expect(newer.rows).toBe(4);
    const { run, version } = manifestOf(newer);
    expect(run.increment).toMatchObject({ road: 'window', rows: 4, candidates: 15, dropped: 11 });
    expect((await verify(newer.location)).findings).toEqual([]);
    await service.append(table, rowsOf(2003, 2010));
    expect((await make()).rows).toBe(7);
    expect(version.chain?.digest).not.toBe(version.digest);
  });

  it('add up to the table', async () => {
    const table = await newTable(rowsOf(0, 100));
    const make = chain({ table: table.table, cursor: 'at,id', lag: '0' });
    await make();
    await service.append(table, rowsOf(100, 200));
    const last = await make();
    const whole = await chain({ table: table.table })();
    expect(manifestOf(last).version.chain?.digest).toBe(whole.digest);
    expect((await make()).rows).toBe(0);
  });

  it.each([
    ['at', 0],
    ['id', 1],
  ])('by %s read all partitions of a table that is cut by time: %i warnings', async (cursor, warned) => {
    const table = await newTable(rowsOf(0, 100), { timePartitioning: { type: 'DAY', field: 'at' } });
    const make = chain({ table: table.table, cursor, lag: '0' });
    const partitions = expect.stringMatching(/all partitions/) as string;
    expect((await make()).warnings).toContainEqual(partitions);
    await service.append(table, rowsOf(100, 110));
    const next = await make();
    expect([next.rows, next.warnings]).toEqual([10, Array.from({ length: warned }, () => partitions)]);
  });

  it.each([
    ['id', 'INTEGER', '5'],
    ['price', 'NUMERIC', '0.5'],
    ['civil', 'DATETIME', '5s'],
    ['day', 'DATE', '1d'],
    ['word', 'STRING', '0'],
  ])('go by %s, %s', async (name, type, lag) => {
    const table = { dataset: 'shop', table: `by_${name}` };
    const valueOf = (i: number): string =>
      ({
        id: String(i),
        price: `${i}.25`,
        civil: `2024-01-01T00:00:${10 + i}.5`,
        day: `2024-01-${10 + i}`,
        word: `it's \\ "${10 + i}"`,
      })[name]!;
    const rows = (from: number, to: number): Record<string, string>[] =>
      Array.from({ length: to - from }, (_, i) => ({ [name]: valueOf(from + i), n: String(from + i) }));
    await service.createTable({
      ...table,
      schema: [
        { name, type },
        { name: 'n', type: 'INTEGER' },
      ],
      rows: rows(0, 10),
    });
    const make = chain({ table: table.table, cursor: name, lag });
    expect((await make()).rows).toBe(10);
    await service.append(table, rows(10, 15));
    expect((await make()).rows).toBe(5);
    const whole = await chain({ table: table.table })();
    expect(whole.rows).toBe(15);
  });

  it('of a query have its window in it', async () => {
    const table = await newTable();
    const query = `SELECT id, \`at\` FROM shop.${table.table} FOR SYSTEM_TIME AS OF {as_of} WHERE \`at\` >= @low AND \`at\` <= @high`;
    const make = chain({ query, cursor: 'at', lag: '1s' });
    expect((await make()).rows).toBe(2000);
    await service.append(table, rowsOf(2000, 2005));
    expect((await make()).rows).toBe(5);
    const { jobs } = await service.seen();
    const types = jobs.at(-1)!.parameters?.map((one) => JSON.stringify(one));
    expect(types?.join()).toContain('"TIMESTAMP"');
  });

  it.each([
    ['nope', '0', /there is no column "nope"/],
    ['word,nope', '0', /there is no column "nope"/],
    ['id', '5s', /"5s" is a duration, and the cursor is a number/],
    ['word', '5s', /means nothing between values/],
  ])('by %s and a lag of %s are refused by the plan, too', async (cursor, lag, message) => {
    const table = await newTable([]);
    const given = ['--source', service.url('shop'), '--table', table.table, '--dataset', 'dataset://d/v1'];
    const plan = await tidemark(['plan', ...given, '--cursor', cursor, '--lag', lag], {
      env: { ...service.env, GCP_IAM: '1' },
    });
    expect([plan.code, plan.stderr]).toEqual([2, expect.stringMatching(message) as string]);
  });

  it('refuse what cannot be gone on from', async () => {
    const table = await newTable(rowsOf(0, 10));
    await expect(chain({ table: table.table, cursor: 'nope', lag: '1s' })()).rejects.toThrow(
      /cursor: there is no column "nope"/,
    );
    const unmoved = chain({ table: table.table });
    await unmoved();
    await expect(unmoved()).rejects.toMatchObject({ code: 'data.parent' });
    await service.append(table, [{ id: '11', word: 'ahead', at: String((Date.now() + 86_400_000) * 1000) }]);
    await expect(chain({ table: table.table, cursor: 'at', lag: '1s' })()).rejects.toMatchObject({
      code: 'data.cursor',
    });
  });

  it('tell which rows are gone', async () => {
    const table = await newTable(rowsOf(0, 100));
    const make = chain({ table: table.table, cursor: 'at', lag: '5s', mode: 'upsert', key: 'id', deletes: 'scan' });
    await make();
    await service.change({ ...table, replace: [...rowsOf(3, 100), ...rowsOf(100, 110)] });
    const next = await make();
    expect([next.rows, next.live]).toEqual([10, expect.objectContaining({ rows: 107, inserted: 10, gone: 3 })]);
    expect((await verify(next.location)).findings).toEqual([]);
    const { sessions } = await service.seen();
    expect(sessions.at(-1)).toMatchObject({ selectedFields: ['id'] });
    await service.faults({ rpc: 'ReadRows', skip: 1, endAfter: 0 });
    await expect(make()).rejects.toThrow(/rows came, and there are 107/);
    await service.faults();
    const query = `SELECT id, \`at\` FROM shop.${table.table}`;
    const ofQuery = chain({ query, cursor: 'at', lag: '5s', mode: 'upsert', key: 'id', deletes: 'scan' });
    await expect(ofQuery()).rejects.toThrow(/^deletes: which rows are gone is told of tables/);
  });

  it('publish nothing where nothing was changed', async () => {
    const table = await newTable(rowsOf(0, 10));
    const out = emptyFolder('out');
    const what = { source: service.url('shop'), table: table.table, out };
    const env = { ...service.env, GCP_IAM: '1' };
    const first = await snapshot({ ...what, dataset: 'dataset://d/v1' }, { env });
    const again = await snapshot({ ...what, dataset: 'dataset://d/v2', ifChanged: first.location }, { env });
    expect(again.status).toBe('unchanged');
    await service.append(table, rowsOf(10, 11));
    const changed = await snapshot({ ...what, dataset: 'dataset://d/v3', ifChanged: first.location }, { env });
    expect([changed.status, changed.rows]).toEqual(['created', 11]);
  });
});
