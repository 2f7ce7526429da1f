import { join } from 'node:path';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { snapshot, type SnapshotOptions, verify } from '../../../dist/index.js';
import { type BigQueryStandIn, startBigQuery } from '../../servers/bigquery/bigquery.js';
import { duckdb, queryDuckdb } from '../../readers/duckdb.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { rounds } from '../../support/long-form.js';
import { everyType, orders } from './tables.js';

const rowCount = 30_000;

let service: BigQueryStandIn;
let source: string;
const machine = (): Record<string, string> => ({ ...service.env, GCP_IAM: '1' });

beforeAll(async () => {
  service = await startBigQuery({ rowsPerStream: 6_000 });
  Object.assign(process.env, service.env);
  source = service.url('shop');
  await service.createTable(everyType);
  await service.createTable(orders(rowCount));
});
afterAll(() => service.stop());
beforeEach(async () => {
  await service.faults();
  await service.deny();
});

let versions = 0;
const make = (options: Partial<SnapshotOptions>): ReturnType<typeof snapshot> =>
  snapshot(
    { source, dataset: `dataset://d/v${(versions += 1)}`, out: emptyFolder('out'), ...options },
    { env: machine() },
  );

/** Of the certificate of a version. */
function momentOf({ location, version }: { readonly location: string; readonly version: string }): string {
  const manifest = readFileSync(join(location, `_manifest.${version.split('/').at(-1)}.json`), 'utf8');
  const { run } = JSON.parse(manifest) as { run: { certificate: { level: string; moment: string } } };
  expect(run.certificate.level).toBe('snapshot');
  return run.certificate.moment;
}

const queries = async (): Promise<string[]> =>
  (await service.seen()).jobs.filter(({ dryRun }) => !dryRun).map(({ sql }) => sql);

describe('a table of BigQuery', () => {
  it('of every type is written value by value', async () => {
    const made = await make({ table: 'every_type' });
    expect((await verify(made.location)).findings).toEqual([]);
    expect(await duckdb.read(join(made.location, made.shards[0]!.path))).toMatchSnapshot();
  });

  it('is the same however it is written', async () => {
    const whole = await make({ table: 'orders' });
    expect(whole).toMatchObject({ rows: rowCount });
    const split = { split: { train: 0.8, test: 0.2 }, splitKey: 'customer', partitionBy: 'at:day' } as const;
    for (const options of [{ lanes: 1 }, split, { ...split, splitExact: true, format: 'csv' }] as const) {
      const other = await make({ table: 'orders', ...options });
      expect([other.digest, (await verify(other.location)).findings]).toEqual([whole.digest, []]);
    }
    const query = await make({ query: 'SELECT * FROM shop.orders' });
    expect(query.digest).toBe(whole.digest);
    const limited = await make({ table: 'orders', limit: 777 });
    expect(limited.rows).toBe(777);
  });

  it('is read through a proxy', async () => {
    const all = Object.entries({ ...service.env, ...service.hostsEnv });
    const capitals = Object.fromEntries(all.filter(([name]) => name === name.toUpperCase()));
    const args = ['--source', 'bigquery://data-project/shop', '--table', 'orders', '--dataset', 'dataset://p/v1'];
    const env = { ...capitals, GCP_IAM: '1' };
    const made = await tidemark(['snapshot', ...args, '--out', emptyFolder('out'), '--json'], { env });
    expect([made.code, made.stdout], made.stderr).toEqual([0, expect.stringContaining(`"rows":${rowCount}`)]);
  });

  it('that is a view is read by a query, under its own name', async () => {
    const schema = [{ name: 'id', type: 'INTEGER' }];
    await service.createTable({ dataset: 'shop', table: 'a_view', schema, rows: [{ id: '7' }], type: 'VIEW' });
    const made = await make({ table: 'a_view' });
    expect(made.rows).toBe(1);
    const manifest = readFileSync(join(made.location, `_manifest.v${versions}.json`), 'utf8');
    expect(manifest).toContain('data-project.shop.a_view');
    const asOf = new Date(Date.now() - 1000).toISOString();
    await expect(make({ table: 'a_view', asOf })).rejects.toThrow(
      /as-of: a_view is no table, and has no earlier moments/,
    );
  });

  it('is masked, and nothing is told of what is masked', async () => {
    const made = await make({ table: 'orders', mask: { customer: 'redact' }, limit: 10 });
    expect(readFileSync(join(made.location, made.shards[0]!.path), 'latin1')).not.toContain('customer 1');
  });

  it('of decimals without bounds has those that are asked for', async () => {
    const fits = await make({ query: 'SELECT big FROM shop.every_type WHERE id = 0', cast: { big: 'decimal(10,2)' } });
    expect(await duckdb.read(join(fits.location, fits.shards[0]!.path))).toMatchObject([
      { type: 'DECIMAL(10,2)', values: ['12.50'] },
    ]);
    for (const via of ['arrow', 'rest']) {
      const wide = { query: 'SELECT big FROM shop.every_type ORDER BY id', cast: { big: 'decimal(10,2)' }, via };
      await expect(make(wide)).rejects.toMatchObject({
        code: 'data.misfit',
        message: expect.stringMatching(
          /^Column "big" \(BIGNUMERIC\): -57896.* does not fit decimal128\(10,2\), in row 1/,
        ) as string,
      });
      await expect(make({ ...wide, mask: { big: 'redact' } })).rejects.toThrow(/: a value \(hidden: .*\) does not fit/);
      const cast = { big: 'decimal(10,2)' };
      const nulled = await make({ query: 'SELECT big FROM shop.every_type ORDER BY id', cast, misfit: 'null', via });
      expect(await duckdb.read(join(nulled.location, nulled.shards[0]!.path))).toMatchObject([
        { values: [null, '12.50', null] },
      ]);
      expect(nulled.warnings).toEqual([expect.stringMatching(/2 .*big/)]);
    }
  });
});

describe('a moment', () => {
  it('is one for all tables, and can be read again', async () => {
    const table = { dataset: 'shop', table: 'moving' };
    await service.createTable({ ...table, schema: [{ name: 'id', type: 'INTEGER' }], rows: [{ id: '1' }] });
    const early = await make({ table: 'moving' });
    const moment = momentOf(early);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await service.append(table, [{ id: '2' }]);
    expect((await make({ table: 'moving' })).rows).toBe(2);
    const asOf = moment.replace('+00', 'Z');
    const again = await make({ table: 'moving', asOf });
    expect([again.rows, again.digest, momentOf(again)]).toEqual([1, early.digest, moment]);
    const query = await make({ query: 'SELECT id FROM shop.moving FOR SYSTEM_TIME AS OF {as_of}', asOf });
    expect(query.digest).toBe(early.digest);
    await expect(make({ query: 'SELECT id FROM shop.moving', asOf })).rejects.toThrow(
      /does not say where the moment belongs/,
    );
    await expect(make({ table: 'moving', asOf: '2999-01-01T00:00:00Z' })).rejects.toThrow(/as-of: 2999-.* is not yet/);
  });
});

describe('rows that change while they are read', () => {
  it('are of one moment, of all tables', async () => {
    const schema = [
      { name: 'id', type: 'INTEGER' },
      { name: 'amount', type: 'INTEGER' },
    ];
    const names = ['left_side', 'right_side'];
    const rows = (amount: number): { id: string; amount: string }[] =>
      Array.from({ length: 50 }, (_, id) => ({ id: String(id), amount: String(amount) }));
    for (const table of names) await service.createTable({ dataset: 'shop', table, schema, rows: rows(100) });
    let isOver = false;
    const writer = (async () => {
      // The same sum of both at every moment between two turns.
      for (let turn = 1; !isOver; turn += 1) {
        const at = new Date().toISOString();
        for (const [index, table] of names.entries())
          await service.change({ dataset: 'shop', table, replace: rows(100 + (index === 0 ? turn : -turn)), at });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    for (let round = 0; round < rounds({ short: 5, long: 50 }); round += 1) {
      const made = await make({ table: names });
      const files = made.shards.map(({ path }) => `'${join(made.location, path)}'`).join();
      const [sum] = await queryDuckdb(
        `SELECT sum(amount)::VARCHAR AS total, count(*)::VARCHAR FROM read_parquet([${files}])`,
      );
      expect(sum!.values).toEqual([String(2 * 50 * 100)]);
    }
    isOver = true;
    await writer;
  }, 600_000);
});

describe('streams', () => {
  it('that are cut at random give the bytes of those that are not', async () => {
    const query = 'SELECT id, customer, price FROM shop.orders ORDER BY id';
    const hashes = async (): Promise<string[]> => (await make({ query })).shards.map(({ sha256 }) => sha256);
    const whole = await hashes();
    for (let round = 0; round < rounds({ short: 3, long: 100 }); round += 1) {
      const cuts = Array.from({ length: 1 + Math.floor(Math.random() * 4) }, () => {
        const after = 1 + Math.floor(Math.random() * 4);
        return { rpc: 'ReadRows', ...(Math.random() < 0.5 ? { cutAfter: after } : { resetAfter: after }) } as const;
      });
      await service.faults(...cuts);
      expect(await hashes(), JSON.stringify(cuts)).toEqual(whole);
    }
  }, 600_000);

  it('that break go on where they broke; tokens that expire are renewed', async () => {
    const whole = await make({ query: 'SELECT id, customer FROM shop.orders ORDER BY id' });
    await service.faults(
      { rpc: 'ReadRows', cutAfter: 1 },
      { rpc: 'ReadRows', cutAfter: 2 },
      { rpc: 'ReadRows', code: 'UNAUTHENTICATED' },
      { rpc: 'ReadRows', resetAfter: 1 },
    );
    const cut = await make({ query: 'SELECT id, customer FROM shop.orders ORDER BY id' });
    expect(cut.shards.map(({ sha256 }) => sha256)).toEqual(whole.shards.map(({ sha256 }) => sha256));
    expect((await service.seen()).left).toBe(0);
  });

  it('that end too early without a word publish nothing', async () => {
    await service.faults({ rpc: 'ReadRows', endAfter: 1 });
    const out = emptyFolder('out');
    await expect(make({ table: 'orders', out })).rejects.toMatchObject({
      code: 'source.lost',
      message: expect.stringContaining(`rows came, and there are ${rowCount}`) as string,
    });
    expect(readdirSync(out)).toEqual([]);
  });

  it('of another schema than was planned publish nothing', async () => {
    await service.faults({ rpc: 'CreateReadSession', schema: 'other' });
    await expect(make({ table: 'orders' })).rejects.toMatchObject({ code: 'source.changed' });
  });

  it.each([429, 503])('begin in spite of %i', async (status) => {
    await service.faults({ method: 'GET', path: 'tables', status }, { rpc: 'CreateReadSession', code: 'UNAVAILABLE' });
    expect((await make({ table: 'every_type' })).rows).toBe(3);
    expect((await service.seen()).left).toBe(0);
  });
});

describe('the bill', () => {
  it('of a plan is nothing, and of a run is limited before anything is billed', async () => {
    const before = (await queries()).length;
    const sessions = (await service.seen()).sessions.length;
    const common = ['--source', source, '--query', 'SELECT * FROM shop.orders', '--dataset', 'dataset://b/v1'];
    const plan = await tidemark(['plan', ...common], { env: machine() });
    expect([plan.code, plan.stdout], plan.stderr).toEqual([
      0,
      expect.stringMatching(/billed +about [\d.]+ MB, less than \$0\.01 at \$6\.25 a TiB/) as string,
    ]);
    const texts = ['--source', source, '--table', 'every_type', '--dataset', 'dataset://b/v1'];
    const noSample = await tidemark(['plan', ...texts], { env: machine() });
    expect(noSample.stdout).toMatch(/every_type\.big +looking at its rows is billed/);
    expect((await service.seen()).sessions.length).toBe(sessions);
    const refused = await tidemark(['snapshot', ...common, '--max-bytes-billed', '1KiB', '--out', emptyFolder('out')], {
      env: machine(),
    });
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/max-bytes-billed/) as string]);
    const table = ['--source', source, '--table', 'orders', '--dataset', 'dataset://b/v1', '--out', emptyFolder('out')];
    const tooLarge = await tidemark(['snapshot', ...table, '--max-bytes-billed', '1KiB'], { env: machine() });
    expect([tooLarge.code, tooLarge.stderr]).toEqual([2, expect.stringMatching(/max-bytes-billed/) as string]);
    expect((await queries()).length).toBe(before);
  });
});

describe('a table that is to be filtered by its partitions', () => {
  it('is read by a query that does', async () => {
    const table = { dataset: 'shop', table: 'by_day' };
    await service.createTable({
      ...table,
      schema: [
        { name: 'id', type: 'INTEGER' },
        { name: 'day', type: 'DATE' },
      ],
      rows: [
        { id: '1', day: '2024-01-01' },
        { id: '2', day: '2024-06-01' },
      ],
      timePartitioning: { type: 'DAY', field: 'day' },
      requirePartitionFilter: true,
    });
    await service.createTable({
      ...{ dataset: 'shop', table: 'cut', rows: [{ id: '1' }], timePartitioning: { type: 'DAY', field: 'day' } },
      schema: [
        { name: 'id', type: 'INTEGER' },
        { name: 'day', type: 'DATE' },
      ],
    });
    const query = 'SELECT id FROM shop.cut';
    for (const what of [{ table: 'cut' }, { query }]) {
      const { warnings } = await make(what);
      expect(warnings).toEqual([
        expect.stringMatching(/: all partitions of data-project\.shop\.cut are read; .* by day/),
      ]);
      await expect(make({ ...what, requirePartitionFilter: true })).rejects.toThrow(
        /^require-partition-filter: .* reads all/,
      );
    }
    const filtered = `${query} WHERE day IS NULL`;
    expect((await make({ query: filtered, requirePartitionFilter: true })).rows).toBe(1);
    const common = ['--source', source, '--query', filtered, '--dataset', 'dataset://b/v1'];
    const plan = await tidemark(['plan', ...common], { env: machine() });
    expect(plan.stdout).toMatch(
      /billed +about .* \(some partitions of [\d.]+ B of data-project\.shop\.cut, partitioned by day\), less/,
    );
    await expect(make({ table: 'by_day' })).rejects.toThrow(/can only be read with a filter by day/);
    const made = await make({ query: `SELECT id FROM shop.by_day WHERE day >= '2024-02-01'` });
    expect(made.rows).toBe(1);
  });
});
