import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { snapshot, type SnapshotOptions } from '../../../dist/index.js';
import { columnOf, type RestValue } from '../../../src/source/bigquery/read/rest/column-of.js';
import { columnsOf } from '../../../src/source/bigquery/plan/columns.js';
import { assertPaged } from '../../../src/source/bigquery/plan/subject.js';
import { type BigQueryStandIn, startBigQuery } from '../../servers/bigquery/bigquery.js';
import { emptyFolder } from '../../support/cli.js';
import { everyType, orders } from './tables.js';

let service: BigQueryStandIn;

beforeAll(async () => {
  service = await startBigQuery({ rowsPerStream: 20_000 });
  Object.assign(process.env, service.env);
  await service.createTable(everyType);
  await service.createTable(orders(50_000));
});
afterAll(() => service.stop());
beforeEach(() => service.faults());

let versions = 0;
const make = (options: Partial<SnapshotOptions>): ReturnType<typeof snapshot> =>
  snapshot(
    { source: service.url('shop'), dataset: `dataset://d/v${(versions += 1)}`, out: emptyFolder('out'), ...options },
    { env: { ...service.env, GCP_IAM: '1' } },
  );

describe('pages of the REST API', () => {
  it.each([
    ['every type', { table: 'every_type' }],
    ['many rows', { table: 'orders' }],
    ['no rows', { query: 'SELECT * FROM shop.every_type WHERE id = 77' }],
    ['digits', { query: 'SELECT id, big FROM shop.every_type WHERE id < 0', cast: { big: 'text' } }],
    ['casts', { query: 'SELECT big FROM shop.every_type WHERE id = 0', cast: { big: 'decimal(38,2)' } }],
  ] satisfies [string, Partial<SnapshotOptions>][])('give the digest of the Storage Read API: %s', async (_, what) => {
    const [arrow, rest] = [await make(what), await make({ ...what, via: 'rest' })];
    expect([rest.digest, rest.rows]).toEqual([arrow.digest, arrow.rows]);
  });

  it('give the bytes of the Storage Read API where rows have an order', async () => {
    const query = 'SELECT * FROM shop.orders ORDER BY id';
    const [arrow, rest] = [await make({ query }), await make({ query, via: 'rest' })];
    expect(rest.shards.map(({ sha256 }) => sha256)).toEqual(arrow.shards.map(({ sha256 }) => sha256));
  });

  it.each([
    ['as a column', { name: 'gap', type: 'INTERVAL' }, (gap: string) => gap],
    ['in a list', { name: 'gaps', type: 'INTERVAL', mode: 'REPEATED' }, (gap: string) => ['0-0 1 0:0:0', gap]],
  ] as const)('give intervals for which Arrow has no room, %s', async (_, field, valueOf) => {
    const table = `long_${field.name}`;
    const gaps = ['0-0 0 -2562047:47:16.854775', '0-0 0 2562048:0:0', '0-0 0 -87840000:0:0'];
    const rows = gaps.map((gap) => ({ [field.name]: valueOf(gap) }));
    await service.createTable({ dataset: 'shop', table, schema: [field], rows });
    await expect(make({ table })).rejects.toMatchObject({
      code: 'data.misfit',
      message: expect.stringMatching(
        /^Column "gaps?" .*: a value has more hours than Arrow can count, in row 2 of /,
      ) as string,
    });
    expect((await make({ table, via: 'rest' })).rows).toBe(3);
    const { warnings } = await make({ table, misfit: 'null' });
    expect(warnings).toContainEqual(expect.stringMatching(/2 values/));
  });

  it('give splits, and some of the rows', async () => {
    const split = { split: { train: 0.8, test: 0.2 }, splitKey: 'customer', splitExact: true } as const;
    const whole = await make({ table: 'orders', via: 'rest', ...split });
    expect(whole.digest).toBe((await make({ table: 'orders' })).digest);
    expect((await make({ table: 'orders', via: 'rest', limit: 12_345 })).rows).toBe(12_345);
  });

  it('are asked for again where the service is busy, or a connection is cut', async () => {
    const page = { method: 'GET', path: '/data\\?' };
    await service.faults(
      { ...page, status: 503 },
      { ...page, status: 401, reason: 'authError' },
      { ...page, skip: 1, cut: 'after' },
    );
    expect((await make({ table: 'orders', via: 'rest' })).rows).toBe(50_000);
    expect((await service.seen()).left).toBe(0);
  });

  it('that are refused say why', async () => {
    await service.faults({ method: 'GET', path: '/data\\?', status: 403, reason: 'accessDenied', message: 'No.' });
    await expect(make({ table: 'orders', via: 'rest' })).rejects.toMatchObject({ code: 'source.permission' });
  });
});

describe('a value of a page', () => {
  const valueOf = (type: string, text: RestValue, more: object = {}): unknown => {
    const field = { name: 'x', type, ...more };
    const [column] = columnsOf([field], {
      request: { name: 't', casts: {}, redacted: [] } as never,
      ...{ secrets: [], overlapName: undefined },
    });
    const data = columnOf([text], column!, { column: 0, of: column!, firstRow: 0, nulled: undefined });
    return [...new Set([data.values?.[0] ?? data.children.map(({ values }) => values[0])])][0];
  };

  it.each<[string, string, unknown]>([
    ['FLOAT64', 'Infinity', Infinity],
    ['FLOAT64', '-inf', -Infinity],
    ['TIMESTAMP', '-1', -1n],
    ['TIMESTAMP', '1970-01-01 00:00:01.5 UTC', 1_500_000n],
    ['DATETIME', '0001-01-01T00:00:00', -62_135_596_800_000_000n],
    ['INTERVAL', '9999-11 0 87840000:0:0', [119_999, 0, 316_224_000_000_000_000n]],
    ['INTERVAL', '-1-2 3 -4:5:6.000001', [-14, 3, -14_706_000_001n]],
  ])('%s %s', (type, text, value) => {
    expect(valueOf(type, text)).toEqual(value);
  });

  it('that is a range of timestamps has its bounds', () => {
    expect(valueOf('RANGE', '[5, UNBOUNDED)', { rangeElementType: { type: 'TIMESTAMP' } })).toEqual([5n, 0n]);
  });

  it('that is none is refused', () => {
    expect(() => valueOf('DATE', 'soon')).toThrow(/sent a date that is none/);
  });

  it('of twelve digits of a second has no page', () => {
    const field = { name: 'x', type: 'TIMESTAMP', timestampPrecision: '12' };
    expect(() => assertPaged({ request: { name: 't' }, fields: [field] } as never, 'rest')).toThrow(
      /via: rest does not give all digits of "x" of t/,
    );
  });
});
