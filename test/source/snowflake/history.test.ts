import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type snapshot, type SnapshotOptions, verify } from '../../../dist/index.js';
import { duckdb, queryDuckdb } from '../../readers/duckdb.js';
import { type SnowflakeStandIn, startSnowflake } from '../../servers/snowflake/snowflake.js';
import { manifestOf } from '../manifest-of.js';
import { chainOf } from './chain.js';
import { everyType } from './tables.js';

let service: SnowflakeStandIn;

beforeAll(async () => {
  service = await startSnowflake({ chunkRows: 50, partitionRows: 50, inlineRows: 10 });
});
afterAll(() => service.stop());

const long = process.env['TIDEMARK_TEST_LONG'] !== undefined;
const began = Date.now();
/** So many minutes ago. */
const ago = (minutes: number): string => new Date(began - minutes * 60_000).toISOString();

const columns = [
  { name: 'ID', type: 'NUMBER(9,0)' },
  { name: 'WORD', type: 'VARCHAR' },
];
const rowsOf = (from: number, to: number): { ID: string; WORD: string }[] =>
  Array.from({ length: to - from }, (_, i) => ({ ID: String(from + i), WORD: `word ${from + i}` }));

let tables = 0;
async function newTable(rows = rowsOf(0, 100), more: object = { changeTracking: true }): Promise<string> {
  const table = `KEPT_${(tables += 1)}`;
  await service.createTable({ table, columns, rows, at: ago(300), ...more });
  return table;
}

const chain = (what: Partial<SnapshotOptions>): ReturnType<typeof chainOf> => chainOf(service, what);

async function idsOf({ location, shards }: Awaited<ReturnType<typeof snapshot>>): Promise<unknown[]> {
  const read = await Promise.all(shards.map(({ path }) => duckdb.read(join(location, path))));
  return read.flatMap((all) => all.find(({ name }) => name === 'ID')!.values).sort();
}

describe('increments by CHANGES', () => {
  it.each(['api', 'chunks'])('have exactly the rows that are new, and need no cursor, by %s', async (via) => {
    const table = await newTable();
    const make = chain({ table, via });
    await make({ asOf: ago(250) });
    await service.append({ table }, rowsOf(100, 110), ago(200));
    await service.change({ table, set: `"WORD" = 'changed'`, where: '"ID" = 5', at: ago(190) });
    await service.change({ table, set: `"WORD" = 'changed again'`, where: '"ID" in (5, 105)', at: ago(180) });
    await service.change({ table, delete: '"ID" in (7, 107)', at: ago(170) });
    // One goes and comes again as it was; one comes just now.
    await service.change({ table, delete: '"ID" = 9', at: ago(160) });
    await service.append({ table }, rowsOf(9, 10), ago(150));
    await service.append({ table }, rowsOf(200, 201), ago(0.01));
    const next = await make();
    expect(await idsOf(next)).toEqual(['100', '101', '102', '103', '104', '105', '106', '108', '109', '200', '5']);
    const { run } = manifestOf(next);
    expect(run.increment).toMatchObject({ road: 'history', assumed: [], rows: 11 });
    expect((await verify(next.location)).findings).toEqual([]);
  });

  it('add up to the table at the moment, on its edge too', async () => {
    const table = await newTable();
    const make = chain({ table });
    for (const at of [250, 200, 150]) await service.append({ table }, rowsOf(1000 - at, 1010 - at), ago(at));
    await make({ asOf: ago(250) });
    expect((await make({ asOf: ago(200) })).rows).toBe(10);
    const last = await make({ asOf: ago(150) });
    const whole = await chain({ table })({ asOf: ago(150) });
    expect([last.rows, whole.rows, manifestOf(last).version.chain?.digest]).toEqual([10, 130, whole.digest]);
    await expect(make({ asOf: ago(150) })).rejects.toThrow(/its moment is .*, and it is to be gone on from at/);
  });

  it('have rows of every type whose values can be compared', async () => {
    const [first, ...others] = everyType.rows!;
    const known = everyType.columns!.filter(({ name }) => !/PLACE|FEATURES|COUNTS|PAIRS|FREE/.test(name));
    const table = 'KEPT_TYPES';
    const common = { table, columns: known, at: ago(300), changeTracking: true };
    const only = (row: Readonly<Record<string, unknown>>): Record<string, unknown> =>
      Object.fromEntries(known.flatMap(({ name }) => (row[name] === undefined ? [] : [[name, row[name]]])));
    await service.createTable({ ...common, rows: others.map(only) });
    const make = chain({ table });
    await make({ asOf: ago(250) });
    await service.append({ table }, [only(first!)], ago(200));
    // The same instant with another offset is another value.
    await service.change({ table, set: `"ZONED" = sf_tz9(0, 60)`, where: '"ID" = 0', at: ago(190) });
    const next = await make();
    expect(next.rows).toBe(2);
    const chained = manifestOf(next).version.chain?.digest;
    expect(chained).toBeDefined();
  });

  it('take the second road where changes are not told, or give the reason and what to do', async () => {
    const untold = await newTable(rowsOf(0, 10), {});
    const make = chain({ table: untold });
    await make({ asOf: ago(250) });
    await expect(make()).rejects.toMatchObject({
      code: 'data.parent',
      message: expect.stringMatching(
        /changes of DB\.PUBLIC\.KEPT_\d+ are not told \(ALTER TABLE .* SET CHANGE_TRACKING = TRUE/,
      ) as string,
    });
    const second = chain({ table: untold, cursor: 'ID', lag: '0' });
    await second({ asOf: ago(250) });
    await service.append({ table: untold }, rowsOf(10, 13), ago(200));
    const next = await second();
    expect([next.rows, manifestOf(next).run.increment['road']]).toEqual([3, 'window']);
    const old = await newTable(rowsOf(0, 10), { changeTracking: true, at: ago(5 * 24 * 60), retentionDays: 3 });
    const late = chain({ table: old });
    await late({ asOf: ago(2 * 24 * 60) });
    await service.createTable({ table: old, columns, rows: [], changeTracking: true, at: ago(1), retentionDays: 1 });
    await expect(late()).rejects.toThrow(/DATA_RETENTION_TIME_IN_DAYS = … keeps more|is another table/);
  });

  it('tell which rows are gone', async () => {
    const table = await newTable(rowsOf(0, 100));
    const make = chain({ table, mode: 'upsert', key: 'ID', deletes: 'scan' });
    await make({ asOf: ago(250) });
    await service.change({ table, delete: '"ID" < 3', at: ago(200) });
    await service.change({ table, set: `"WORD" = 'changed'`, where: '"ID" = 5', at: ago(190) });
    await service.append({ table }, rowsOf(100, 102), ago(180));
    const next = await make({ asOf: ago(170) });
    expect([next.rows, next.live]).toEqual([
      3,
      expect.objectContaining({ rows: 99, inserted: 2, replaced: 1, gone: 3 }),
    ]);
  });

  it('are right while rows change', async () => {
    const table = await newTable(rowsOf(0, 50));
    const make = chain({ table });
    await make();
    let isOver = false;
    let next = 1000;
    const writer = (async () => {
      while (!isOver) {
        await service.append({ table }, rowsOf(next, next + 3));
        next += 3;
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
    })();
    const locations: string[] = [];
    for (let round = 0; round < (long ? 50 : 5); round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const made = await make();
      locations.push(...made.shards.map(({ path }) => `'${join(made.location, path)}'`));
    }
    isOver = true;
    await writer;
    const [ids] = await queryDuckdb(
      `SELECT (count(*) = count(DISTINCT "ID") AND max("ID") - min("ID") + 1 = count(*))::VARCHAR FROM read_parquet([${locations.join()}])`,
    );
    expect(ids!.values).toEqual(['true']);
  }, 600_000);
});
