import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { snapshot } from '../../../dist/index.js';
import { type SnapshotOptions, verify } from '../../../dist/index.js';
import { daysBetween } from '../../../src/source/bigquery/increment/settled.js';
import { duckdb } from '../../readers/duckdb.js';
import { type BigQueryStandIn, startBigQuery } from '../../servers/bigquery/bigquery.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { manifestOf } from '../manifest-of.js';
import { chainOf } from './chain.js';
import { everyType } from './tables.js';

let service: BigQueryStandIn;

beforeAll(async () => {
  service = await startBigQuery({ rowsPerStream: 500 });
  Object.assign(process.env, service.env);
});
afterAll(() => service.stop());

const minute = 60_000;
const began = Date.now();
/** So many minutes ago; changes are told when they are ten minutes old. */
const ago = (minutes: number): string => new Date(began - minutes * minute).toISOString();

const schema = [
  { name: 'id', type: 'INTEGER' },
  { name: 'word', type: 'STRING' },
];
const rowsOf = (from: number, to: number): { id: string; word: string }[] =>
  Array.from({ length: to - from }, (_, i) => ({ id: String(from + i), word: `word ${from + i}` }));

let tables = 0;
async function newTable(
  rows = rowsOf(0, 100),
  more: object = { changeHistory: true },
): Promise<{ dataset: string; table: string }> {
  const table = { dataset: 'shop', table: `kept_${(tables += 1)}` };
  await service.createTable({ ...table, schema, rows, at: ago(300), ...more });
  return table;
}

const env = (): Record<string, string> => ({ ...service.env, GCP_IAM: '1' });

const chain = (what: Partial<SnapshotOptions>): ReturnType<typeof chainOf> => chainOf(service, what);

async function idsOf({ location, shards }: Awaited<ReturnType<typeof snapshot>>): Promise<unknown[]> {
  const read = await Promise.all(shards.map(({ path }) => duckdb.read(join(location, path))));
  return read.flatMap((columns) => columns.find(({ name }) => name === 'id')!.values).sort();
}

describe('increments by the history of changes', () => {
  it('have exactly the rows that are new, and need no cursor', async () => {
    const table = await newTable();
    const make = chain({ table: table.table });
    await make({ asOf: ago(250) });
    await service.append(table, rowsOf(100, 110), ago(200));
    await service.change({ ...table, set: `word = 'changed'`, where: 'id = 5', at: ago(190) });
    await service.change({ ...table, set: `word = 'changed again'`, where: 'id in (5, 105)', at: ago(180) });
    await service.change({ ...table, delete: 'id in (7, 107)', at: ago(170) });
    // One goes and comes again as it was, one comes too late.
    await service.change({ ...table, delete: 'id = 9', at: ago(160) });
    await service.append(table, rowsOf(9, 10), ago(150));
    await service.append(table, rowsOf(200, 201), ago(2));
    const next = await make();
    expect(await idsOf(next)).toEqual(['100', '101', '102', '103', '104', '105', '106', '108', '109', '5']);
    const { run } = manifestOf(next);
    expect(run.increment).toMatchObject({ road: 'history', assumed: [], rows: 10 });
    expect((await verify(next.location)).findings).toEqual([]);
  });

  it('go up to ten minutes ago', async () => {
    const table = await newTable();
    const make = chain({ table: table.table });
    await make({ asOf: ago(12) });
    await service.append(table, rowsOf(300, 303), ago(11));
    await service.append(table, rowsOf(400, 404), ago(9));
    expect(await idsOf(await make())).toEqual(['300', '301', '302']);
  });

  it('read changes alone of a table that is cut into partitions', async () => {
    const table = await newTable(rowsOf(0, 10), {
      changeHistory: true,
      timePartitioning: { type: 'DAY', field: 'id' },
    });
    const make = chain({ table: table.table });
    expect((await make({ asOf: ago(250) })).warnings).toContainEqual(expect.stringMatching(/all partitions/));
    await service.append(table, rowsOf(10, 12), ago(200));
    const next = await make({ requirePartitionFilter: true });
    expect([next.rows, next.warnings]).toEqual([2, []]);
  });

  it('publish nothing where the changes that are told do not make the table', async () => {
    const table = await newTable();
    const make = chain({ table: table.table });
    await make({ asOf: ago(250) });
    // It was written after a later one: no history has it in its place.
    await service.append(table, rowsOf(400, 404), ago(2));
    await service.append(table, rowsOf(300, 303), ago(20));
    await expect(make()).rejects.toMatchObject({
      code: 'source.changed',
      message: expect.stringMatching(/100 rows, 3 that came and 0 that went do not make the 107/) as string,
    });
  });

  it('add up to the table at the moment, on its edge too', async () => {
    const table = await newTable();
    const make = chain({ table: table.table });
    for (const at of [250, 200, 150]) await service.append(table, rowsOf(1000 - at, 1010 - at), ago(at));
    await make({ asOf: ago(250) });
    expect((await make({ asOf: ago(200) })).rows).toBe(10);
    const last = await make({ asOf: ago(150) });
    const whole = await chain({ table: table.table })({ asOf: ago(150) });
    expect([last.rows, whole.rows, manifestOf(last).version.chain?.digest]).toEqual([10, 130, whole.digest]);
  });

  it('have rows of every type', async () => {
    const table = { dataset: 'shop', table: 'kept_types' };
    const [first, ...others] = everyType.rows!;
    await service.createTable({ ...everyType, ...table, rows: others, at: ago(300), changeHistory: true });
    const make = chain({ table: table.table });
    await make({ asOf: ago(250) });
    await service.append(table, [first!], ago(200));
    const next = await make();
    const whole = await chain({ table: table.table })();
    expect([next.rows, manifestOf(next).version.chain?.digest]).toEqual([1, whole.digest]);
  });

  it('replace rows by their key, and tell which are gone, by either road', async () => {
    const table = await newTable();
    const make = chain({ table: table.table, mode: 'upsert', key: 'id', deletes: 'scan' });
    await make({ asOf: ago(250) });
    await service.change({ ...table, set: `word = 'changed'`, where: 'id < 3', at: ago(200) });
    await service.change({ ...table, delete: 'id = 50', at: ago(190) });
    expect((await make()).live).toMatchObject({ rows: 99, replaced: 3, gone: 1 });
    const other = chain({ table: table.table, via: 'rest' });
    await other({ asOf: ago(250) });
    expect((await other()).rows).toBe(3);
  });

  it('are planned without being billed', async () => {
    const table = await newTable();
    const make = chain({ table: table.table });
    const { location } = await make({ asOf: ago(250) });
    const ran = async (): Promise<number> => (await service.seen()).jobs.filter(({ dryRun }) => !dryRun).length;
    const before = await ran();
    const args = ['--source', service.url('shop'), '--table', table.table, '--dataset', 'dataset://d/v9'];
    const plan = await tidemark(['plan', ...args, '--parent', location], { env: env() });
    expect([plan.code, plan.stdout], plan.stderr).toEqual([0, expect.stringContaining('CHANGES(TABLE') as string]);
    expect(await ran()).toBe(before);
  });

  it('are refused where they cannot be exact', async () => {
    const off = await newTable(rowsOf(0, 10), {});
    const make = chain({ table: off.table });
    await make({ asOf: ago(250) });
    await expect(make()).rejects.toMatchObject({
      code: 'data.parent',
      message: expect.stringMatching(
        /changes of data-project\.shop\.kept_\d+ are not told \(ALTER TABLE .*enable_change_history/,
      ) as string,
    });
    const first = chain({ table: off.table, parent: emptyFolder('none'), firstRun: true });
    await expect(first()).rejects.toThrow(/cannot be told: changes of .* are not told/);

    const fresh = await newTable();
    const soon = chain({ table: fresh.table });
    await soon();
    await expect(soon()).rejects.toThrow(/^parent: its moment is .*, and changes are told up to/);
    await service.createTable({ dataset: 'shop', table: 'kept_view', schema, rows: rowsOf(0, 1), type: 'VIEW' });
    const view = chain({ table: 'kept_view' });
    await view();
    await expect(view()).rejects.toMatchObject({ code: 'data.parent' });
  });

  it('fall back to the cursor where changes are not kept', async () => {
    const table = await newTable(rowsOf(0, 10), {});
    const make = chain({ table: table.table, cursor: 'id', lag: '0' });
    await make({ asOf: ago(250) });
    await service.append(table, rowsOf(10, 12));
    const next = await make();
    expect([next.rows, manifestOf(next).run.increment['road']]).toEqual([2, 'window']);
  });
});

it('changes are asked for by the day', () => {
  const day = 86_400_000_000n;
  expect(daysBetween(0n, 2n * day)).toEqual([
    { from: 0n, moment: day },
    { from: day, moment: 2n * day },
  ]);
  expect(daysBetween(5n, day + 6n)).toEqual([
    { from: 5n, moment: day + 5n },
    { from: day + 5n, moment: day + 6n },
  ]);
});
