import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snapshot, type SnapshotOptions, verify } from '../../../dist/index.js';
import { type SnowflakeStandIn, startSnowflake } from '../../servers/snowflake/snowflake.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { manifestOf } from '../manifest-of.js';
import { chainOf, keyOf, urlOf } from './chain.js';

let service: SnowflakeStandIn;

beforeAll(async () => {
  service = await startSnowflake({ chunkRows: 500, partitionRows: 500, inlineRows: 100 });
});
afterAll(() => service.stop());

const columns = [
  { name: 'ID', type: 'NUMBER(38,0)' },
  { name: 'WORD', type: 'VARCHAR' },
  { name: 'AT', type: 'TIMESTAMP_NTZ(9)' },
];
const timeOf = (seconds: number): string =>
  new Date(Date.UTC(2024, 0, 1, 12) + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
const rowOf = (id: number, seconds = id, word = `word ${id % 7}`): Record<string, string> => ({
  ...{ ID: String(id), WORD: word },
  AT: timeOf(seconds),
});
const rowsOf = (from: number, to: number): Record<string, string>[] =>
  Array.from({ length: to - from }, (_, i) => rowOf(from + i));

/** The moment of a run is a millisecond that is over. */
const settle = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 10));

let tables = 0;
async function newTable(rows = rowsOf(0, 2000)): Promise<string> {
  const table = `EVENTS_${(tables += 1)}`;
  await service.createTable({ table, columns, rows });
  await settle();
  return table;
}

async function append(table: string, rows: readonly Record<string, string>[]): Promise<void> {
  await service.append({ table }, rows);
  await settle();
}

const chain = (what: Partial<SnapshotOptions>): ReturnType<typeof chainOf> => chainOf(service, what);

describe('increments by a cursor', () => {
  it.each(['api', 'chunks'])('have the rows that are new, those that came late among them, by %s', async (via) => {
    const table = await newTable();
    const make = chain({ table, cursor: 'AT', lag: '10s', via });
    expect((await make()).rows).toBe(2000);
    // Five are new, one of them came late, within the lag; one lies beyond it.
    await append(table, [...rowsOf(2000, 2003), rowOf(9001, 1995, 'late'), rowOf(9002, 1000, 'too late')]);
    const newer = await make();
    expect(newer.rows).toBe(4);
    const { run, version } = manifestOf(newer);
    expect(run.increment).toMatchObject({ road: 'window', rows: 4, candidates: 15, dropped: 11 });
    expect((await verify(newer.location)).findings).toEqual([]);
    await append(table, rowsOf(2003, 2010));
    expect((await make()).rows).toBe(7);
    expect(version.chain?.digest).not.toBe(version.digest);
  });

  it('add up to the table', async () => {
    const table = await newTable(rowsOf(0, 100));
    const make = chain({ table, cursor: 'AT,ID', lag: '0' });
    await make();
    await append(table, rowsOf(100, 200));
    const last = await make();
    const whole = await chain({ table })();
    expect(manifestOf(last).version.chain?.digest).toBe(whole.digest);
    expect((await make()).rows).toBe(0);
  });

  it.each([
    ['ID', 'NUMBER(38,0)', '5'],
    ['PRICE', 'NUMBER(12,2)', '0.5'],
    ['CIVIL', 'TIMESTAMP_NTZ(9)', '5s'],
    ['MOMENT', 'TIMESTAMP_LTZ(6)', '5s'],
    ['ZONED', 'TIMESTAMP_TZ(3)', '5s'],
    ['DAY', 'DATE', '1d'],
    ['WORD', 'VARCHAR', '0'],
  ])('go by %s, %s', async (name, type, lag) => {
    const table = `BY_${name}`;
    const valueOf = (i: number): string =>
      ({
        ID: String(i),
        PRICE: `${i}.25`,
        CIVIL: `2024-01-01 00:00:${10 + i}.123456789`,
        MOMENT: `2024-01-01 00:00:${10 + i}.5`,
        ZONED: `2024-01-01 00:00:${10 + i}.5 +05:30`,
        DAY: `2024-01-${10 + i}`,
        WORD: `it's \\ "${10 + i}"`,
      })[name]!;
    const rows = (from: number, to: number): Record<string, string>[] =>
      Array.from({ length: to - from }, (_, i) => ({ [name]: valueOf(from + i), N: String(from + i) }));
    const both = [
      { name, type },
      { name: 'N', type: 'NUMBER(9,0)' },
    ];
    await service.createTable({ table, columns: both, rows: rows(0, 10) });
    await settle();
    const cast = name === 'CIVIL' ? { cast: { CIVIL: 'timestamp[ns]' } } : {};
    const make = chain({ table, cursor: name, lag, ...cast });
    expect((await make()).rows).toBe(10);
    await append(table, rows(10, 15));
    expect((await make()).rows).toBe(5);
    expect((await chain({ table, ...cast })()).rows).toBe(15);
  });

  it('of a query have its window in it', async () => {
    const table = await newTable();
    const query = `SELECT id, at FROM ${table} AT(TIMESTAMP => {as_of}) WHERE at >= :low AND at <= :high AND word <> :no`;
    const make = chain({ query, cursor: 'AT', lag: '1s', param: { no: 'nothing' } });
    expect((await make()).rows).toBe(2000);
    await append(table, rowsOf(2000, 2005));
    expect((await make()).rows).toBe(5);
  });

  it.each([
    ['NOPE', '0', /there is no column "NOPE"/],
    ['WORD,NOPE', '0', /there is no column "NOPE"/],
    ['ID', '5s', /"5s" is a duration, and the cursor is a number/],
    ['WORD', '5s', /means nothing between values/],
  ])('by %s and a lag of %s are refused by the plan, too', async (cursor, lag, message) => {
    const table = await newTable([]);
    const given = ['--source', urlOf(service), '--table', table, '--dataset', 'dataset://d/v1'];
    const plan = await tidemark(['plan', ...given, '--cursor', cursor, '--lag', lag], { env: keyOf(service) });
    expect([plan.code, plan.stderr]).toEqual([2, expect.stringMatching(message) as string]);
  });

  it('refuse what cannot be gone on from', async () => {
    const table = await newTable(rowsOf(0, 10));
    const unmoved = chain({ table });
    await unmoved();
    await expect(unmoved()).rejects.toMatchObject({ code: 'data.parent' });
    await append(table, [{ ID: '11', WORD: 'ahead', AT: '2999-01-01 00:00:00' }]);
    await expect(chain({ table, cursor: 'AT', lag: '1s' })()).rejects.toMatchObject({ code: 'data.cursor' });
  });

  it.each(['api', 'chunks'])('tell which rows are gone, by %s', async (via) => {
    const table = await newTable(rowsOf(0, 1200));
    const scanning = { mode: 'upsert', key: 'ID', deletes: 'scan', via } as const;
    const make = chain({ table, cursor: 'AT', lag: '5s', ...scanning });
    await make();
    await service.change({ table, replace: [...rowsOf(3, 1200), ...rowsOf(1200, 1210)] });
    await settle();
    const keysRead = async (): Promise<number> =>
      (await service.seen()).statements.filter(({ sql }) => sql.startsWith(`SELECT "ID" FROM "DB"."PUBLIC"."${table}"`))
        .length;
    const next = await make();
    // Once for all lanes.
    expect(await keysRead()).toBe(1);
    expect([next.rows, next.live]).toEqual([10, expect.objectContaining({ rows: 1207, inserted: 10, gone: 3 })]);
    expect((await verify(next.location)).findings).toEqual([]);
    await append(table, rowsOf(1210, 1211));
    await service.faults({ path: via === 'api' ? 'partition=' : '/chunk', cutAfter: 100 });
    expect((await make()).live).toMatchObject({ rows: 1208, gone: 0 });
    expect([await keysRead(), (await service.seen()).left]).toEqual([2, 0]);
    const ofQuery = chain({ query: `SELECT id, at FROM ${table}`, cursor: 'AT', lag: '5s', ...scanning });
    await expect(ofQuery()).rejects.toThrow(/^deletes: which rows are gone is told of tables with earlier moments/);
  });

  it('publish nothing where nothing was changed', async () => {
    const table = await newTable(rowsOf(0, 10));
    const what = { source: urlOf(service), table, out: emptyFolder('out') };
    const env = keyOf(service);
    const first = await snapshot({ ...what, dataset: 'dataset://d/v1' }, { env });
    const again = await snapshot({ ...what, dataset: 'dataset://d/v2', ifChanged: first.location }, { env });
    expect(again.status).toBe('unchanged');
    await append(table, rowsOf(10, 11));
    const changed = await snapshot({ ...what, dataset: 'dataset://d/v3', ifChanged: first.location }, { env });
    expect([changed.status, changed.rows]).toEqual(['created', 11]);
  });
});
