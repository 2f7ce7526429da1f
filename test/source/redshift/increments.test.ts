import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { snapshot, type SnapshotOptions, verify } from '../../../dist/index.js';
import { type RedshiftStandIn, startRedshift } from '../../servers/redshift/redshift.js';
import { emptyFolder } from '../../support/cli.js';
import { manifestOf } from '../manifest-of.js';
import { urlOf } from './open-request.js';

let service: RedshiftStandIn;

beforeAll(async () => {
  service = await startRedshift(inject('postgres18'));
  Object.assign(process.env, service.env);
});
afterAll(() => service.stop());

const insert = (table: string, from: number, to: number): Promise<unknown> =>
  service.owner.query(
    `INSERT INTO ${table} SELECT i, 'wo\\rd ' || i % 7, timestamp '2024-01-01 12:00' + i * interval '1 second',
       timestamptz '2024-01-01 12:00+00' + i * interval '1 second', date '2024-01-01' + i / 100, i / 8.0
       FROM generate_series(${from}, ${to - 1}) i`,
  );

let tables = 0;
async function newTable(): Promise<string> {
  const table = `events_${(tables += 1)}`;
  await service.owner.query(
    `CREATE TABLE ${table} (id bigint, word varchar(40), at timestamp, seen timestamptz, day date, price numeric(12,3))`,
  );
  await insert(table, 0, 2000);
  await service.grant();
  return table;
}

/** Makes versions of one dataset, each going on from the one before. */
function chain(what: Partial<SnapshotOptions>): (more?: Partial<SnapshotOptions>) => ReturnType<typeof snapshot> {
  const out = emptyFolder('out');
  let versions = 0;
  return async (more = {}) => {
    const parent = versions === 0 ? {} : { parent: join(out, 'd', `v${versions}`) };
    const dataset = `dataset://d/v${versions + 1}`;
    const made = await snapshot({ source: urlOf(service), dataset, out, ...what, ...parent, ...more }, { env: {} });
    versions += 1;
    return made;
  };
}

describe('increments by a cursor', () => {
  it.each(['stream', 'cursor'])('have the rows that are new, those that came late among them, by %s', async (via) => {
    const table = await newTable();
    const make = chain({ table, cursor: 'at', lag: '10s', via });
    expect((await make()).rows).toBe(2000);
    await insert(table, 2000, 2003);
    // One came late, within the lag; one lies beyond it.
    await service.owner.query(
      `INSERT INTO ${table} VALUES (9001, 'late', '2024-01-01 12:33:15'), (9002, 'too late', '2024-01-01 12:16:40')`,
    );
    const newer = await make();
    expect(newer.rows).toBe(4);
    expect(manifestOf(newer).run.increment).toMatchObject({ road: 'window', rows: 4, candidates: 15, dropped: 11 });
    expect((await verify(newer.location)).findings).toEqual([]);
    await insert(table, 2003, 2010);
    expect((await make()).rows).toBe(7);
  });

  it.each([
    { cursor: 'id', lag: '0' },
    { cursor: 'word', lag: '0' },
    { cursor: 'seen', lag: '5s' },
    { cursor: 'day', lag: '1d' },
    { cursor: 'price', lag: '0.5' },
    { cursor: ['day', 'id'], lag: '0' },
  ])('go by every type that says in which order rows come: $cursor', async (what) => {
    const table = await newTable();
    const make = chain({ table, ...what });
    expect((await make()).rows).toBe(2000);
    await insert(table, 2000, 2100);
    await service.owner.query(`UPDATE ${table} SET word = 'zzz\\' || id WHERE id >= 2000`);
    expect((await make()).rows).toBe(100);
    expect((await make()).rows).toBe(0);
  });

  it('go by a query that says where its window lies', async () => {
    const table = await newTable();
    const query = `SELECT id, at FROM ${table} WHERE at > :low AND at <= :high`;
    const make = chain({ query, cursor: 'at', lag: '0' });
    expect((await make()).rows).toBe(2000);
    await insert(table, 2000, 2005);
    expect((await make()).rows).toBe(5);
  });

  it('tell which rows are gone', async () => {
    const table = await newTable();
    const make = chain({ table, cursor: 'at', lag: '0', mode: 'upsert', key: 'id', deletes: 'scan' });
    expect((await make()).rows).toBe(2000);
    await insert(table, 2000, 2010);
    await service.owner.query(`DELETE FROM ${table} WHERE id < 3`);
    const newer = await make();
    expect([newer.rows, newer.live]).toEqual([10, expect.objectContaining({ rows: 2007, inserted: 10, gone: 3 })]);
    expect((await verify(newer.location)).findings).toEqual([]);
  });

  it('name a key that comes twice, before anything is published', async () => {
    const table = await newTable();
    await insert(table, 7, 8);
    const make = chain({ table, cursor: 'at', lag: '0', mode: 'upsert', key: 'id', deletes: 'scan' });
    await expect(make()).rejects.toThrow(/id unique: 1 of 2,001 rows with a key that came before, such as id 7/);
  });

  it('are refused without one', async () => {
    const table = await newTable();
    const make = chain({ table });
    await make();
    await expect(make()).rejects.toMatchObject({ code: 'data.parent' });
  });
});
