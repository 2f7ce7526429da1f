import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { snapshot, type SnapshotOptions, verify } from '../../../dist/index.js';
import { duckdb, queryDuckdb } from '../../readers/duckdb.js';
import { type SnowflakeStandIn, startSnowflake } from '../../servers/snowflake/snowflake.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { rounds } from '../../support/long-form.js';
import { everyType, orders } from './tables.js';

const rowCount = 30_000;
const roads = ['api', 'chunks'] as const;

let service: SnowflakeStandIn;
let source: string;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  service = await startSnowflake({ chunkRows: 2_700, partitionRows: 2_100 });
  source = `snowflake://${service.account}/DB/PUBLIC?host=${service.url}`;
  env = { SNOWFLAKE_USER: service.user, SNOWFLAKE_PRIVATE_KEY_PATH: service.keyFile() };
  await service.createTable(everyType);
  await service.createTable(orders(rowCount));
});
afterAll(() => service.stop());
beforeEach(() => service.faults());

let versions = 0;
const make = (options: Partial<SnapshotOptions>): ReturnType<typeof snapshot> =>
  snapshot({ source, dataset: `dataset://d/v${(versions += 1)}`, out: emptyFolder('out'), ...options }, { env });

type Made = { readonly location: string; readonly version: string };

function certificateOf({ location, version }: Made): Readonly<Record<string, string>> {
  const manifest = readFileSync(join(location, `_manifest.${version.split('/').at(-1)}.json`), 'utf8');
  return (JSON.parse(manifest) as { run: { certificate: Readonly<Record<string, string>> } }).run.certificate;
}

function momentOf(made: Made): string {
  const { level, moment } = certificateOf(made);
  expect(level).toBe('snapshot');
  return moment!;
}

const hashes = async (options: Partial<SnapshotOptions>): Promise<readonly string[]> =>
  (await make(options)).shards.map(({ sha256 }) => sha256);

describe('a table of Snowflake', () => {
  it.each(roads)('of every type is written value by value, by %s', async (via) => {
    const made = await make({ table: 'every_type', via });
    expect((await verify(made.location)).findings).toEqual([]);
    expect(await duckdb.read(join(made.location, made.shards[0]!.path))).toMatchSnapshot('every type');
  });

  it('is the same by both roads, and however it is written', async () => {
    const whole = await make({ table: 'orders' });
    expect(whole).toMatchObject({ rows: rowCount });
    const split = { split: { train: 0.8, test: 0.2 }, splitKey: 'CUSTOMER', partitionBy: 'AT:day' } as const;
    const others = [
      { via: 'chunks' },
      { lanes: 1 },
      split,
      { ...split, splitExact: true, format: 'csv', via: 'chunks' },
    ] as const;
    for (const options of others) {
      const other = await make({ table: 'orders', ...options });
      expect([other.digest, (await verify(other.location)).findings]).toEqual([whole.digest, []]);
    }
    const query = await make({ query: 'SELECT * FROM orders' });
    expect(query.digest).toBe(whole.digest);
    for (const via of roads) expect((await make({ table: 'orders', limit: 777, via })).rows).toBe(777);
    expect((await make({ query: 'SELECT * FROM orders ORDER BY ID', limit: 12_345 })).rows).toBe(12_345);
  });

  it('is the same bytes by both roads in an order', async () => {
    const query = 'SELECT * FROM orders ORDER BY id';
    expect(await hashes({ query, via: 'chunks' })).toEqual(await hashes({ query, via: 'api' }));
  });

  it('that is a view is read by a query, under its own name', async () => {
    await service.createTable({ table: 'A_VIEW', kind: 'VIEW', query: 'SELECT id FROM orders WHERE id < 5' });
    const made = await make({ table: 'a_view' });
    expect(made.rows).toBe(5);
    expect(readFileSync(join(made.location, `_manifest.v${versions}.json`), 'utf8')).toContain('DB.PUBLIC.A_VIEW');
    await expect(make({ table: 'a_view', asOf: new Date(Date.now() - 1000).toISOString() })).rejects.toThrow(
      /as-of: DB\.PUBLIC\.A_VIEW \(VIEW\) has no earlier moments/,
    );
  });

  it('is masked, and nothing is told of what is masked', async () => {
    const made = await make({ table: 'orders', mask: { CUSTOMER: 'redact' }, limit: 10 });
    expect(readFileSync(join(made.location, made.shards[0]!.path), 'latin1')).not.toContain('customer 1');
  });

  it('takes parameters, which are bound', async () => {
    const query = "SELECT id, customer FROM orders WHERE customer = :who AND ':x' <> 'y' -- :no\n";
    for (const via of roads) {
      const made = await make({ query, param: { who: 'customer 7' }, via });
      expect(made.rows).toBe(Math.ceil((rowCount - 7) / 977));
    }
    await expect(make({ query })).rejects.toThrow(/the query uses :who/);
  });
});

describe('a moment', () => {
  it('is one for all tables, and can be read again', async () => {
    const table = 'MOVING';
    await service.createTable({ table, columns: [{ name: 'ID', type: 'NUMBER(9,0)' }], rows: [{ ID: '1' }] });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const early = await make({ table: 'moving' });
    const moment = momentOf(early);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await service.append({ table }, [{ ID: '2' }]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await make({ table: 'moving' })).rows).toBe(2);
    const asOf = moment.replace('+00', 'Z');
    for (const via of roads) {
      const again = await make({ table: 'moving', asOf, via });
      expect([again.rows, again.digest, momentOf(again)]).toEqual([1, early.digest, moment]);
    }
    const query = await make({ query: 'SELECT id FROM moving AT(TIMESTAMP => {as_of})', asOf });
    expect(query.digest).toBe(early.digest);
    await expect(make({ query: 'SELECT id FROM moving', asOf })).rejects.toThrow(/does not say where the moment/);
    await expect(make({ table: 'moving', asOf: '2999-01-01T00:00:00Z' })).rejects.toThrow(/as-of: 2999-.* is not yet/);
  });

  it('is that after a statement', async () => {
    const table = 'LOADED';
    const given = { columns: [{ name: 'ID', type: 'NUMBER(9,0)' }], rows: [{ ID: '1' }] };
    await service.createTable({ table, ...given });
    await service.createTable({ table: 'TRACKED', ...given, changeTracking: true });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const early = await make({ query: 'SELECT id FROM loaded' });
    const asOf = certificateOf(early)['statements']![0]!;
    expect(certificateOf(early)).toEqual({
      ...{ level: 'snapshot', isolation: 'snapshot', statements: [asOf] },
      momentNotBefore: expect.stringMatching(/^20.*\+00$/) as string,
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await service.append({ table }, [{ ID: '2' }]);
    for (const via of roads) {
      const again = await make({ table: 'loaded', asOf, via });
      expect([again.rows, again.digest]).toEqual([1, early.digest]);
      expect(certificateOf(again)).toMatchObject({ level: 'snapshot', momentAfterStatement: asOf });
      expect(certificateOf(again)).not.toHaveProperty('moment');
    }
    const query = (word: string): Promise<unknown> =>
      make({ query: `SELECT id FROM loaded AT(${word} => {as_of})`, asOf });
    expect(await query('STATEMENT')).toMatchObject({ digest: early.digest });
    await expect(query('timestamp')).rejects.toThrow(/says timestamp => \{as_of\}, and the moment is that after a st/);
    await expect(make({ query: 'SELECT id FROM loaded', asOf })).rejects.toMatchObject({
      hint: expect.stringContaining('AT(STATEMENT => {as_of})') as string,
    });
    const unknown = { table: 'loaded', asOf: '01b00000-0000-0000-0000-000000000000' };
    await expect(make(unknown)).rejects.toMatchObject({
      ...{ code: 'request.invalid', hint: expect.stringMatching(/^Statements of the last 14 days/) as string },
    });
    const { location } = await make({ table: 'tracked' });
    await expect(make({ table: 'tracked', asOf, parent: location })).rejects.toThrow(/--as-of names a statement/);
  });

  it('that is no longer kept is refused before anything is read', async () => {
    const before = (await service.seen()).warehouses.length;
    const at = new Date(Date.now() - 5 * 86_400_000).toISOString();
    const columns = [{ name: 'ID', type: 'NUMBER(9,0)' }];
    await service.createTable({ table: 'KEPT', columns, rows: [{ ID: '1' }], at, retentionDays: 1 });
    const asOf = new Date(Date.now() - 2 * 86_400_000).toISOString();
    await expect(make({ table: 'kept', asOf })).rejects.toMatchObject({
      code: 'request.invalid',
      message: expect.stringMatching(/^as-of: DB\.PUBLIC\.KEPT is kept for 1 day, since .* is earlier$/) as string,
    });
    await service.createTable({ table: 'UNKEPT', columns, rows: [{ ID: '1' }], retentionDays: 0 });
    await expect(make({ table: 'unkept', asOf })).rejects.toThrow(/DATA_RETENTION_TIME_IN_DAYS = 0\) has no earlier/);
    expect((await service.seen()).warehouses.length).toBe(before);
    expect((await make({ table: 'unkept' })).rows).toBe(1);
  });
});

describe('rows that change while they are read', () => {
  it('are of one moment, of all tables', async () => {
    const columns = ['ID', 'AMOUNT'].map((name) => ({ name, type: 'NUMBER(9,0)' }));
    const names = ['LEFT_SIDE', 'RIGHT_SIDE'];
    const rows = (amount: number): { ID: string; AMOUNT: string }[] =>
      Array.from({ length: 50 }, (_, id) => ({ ID: String(id), AMOUNT: String(amount) }));
    for (const table of names) await service.createTable({ table, columns, rows: rows(100) });
    let isOver = false;
    const writer = (async () => {
      // The same sum of both at every moment between two turns.
      for (let turn = 1; !isOver; turn += 1) {
        const at = new Date().toISOString();
        for (const [index, table] of names.entries())
          await service.change({ table, replace: rows(100 + (index === 0 ? turn : -turn)), at });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let round = 0; round < rounds({ short: 6, long: 50 }); round += 1) {
      const made = await make({ table: names, via: roads[round % 2]! });
      const files = made.shards.map(({ path }) => `'${join(made.location, path)}'`).join();
      const [sum] = await queryDuckdb(
        `SELECT sum("AMOUNT")::VARCHAR AS total, count(*)::VARCHAR FROM read_parquet([${files}])`,
      );
      expect(sum!.values).toEqual([String(2 * 50 * 100)]);
    }
    isOver = true;
    await writer;
  }, 600_000);
});

describe.each(roads)('parts of a result, by %s', (via) => {
  const query = 'SELECT * FROM orders ORDER BY id';
  const path = via === 'api' ? 'partition=' : '/chunk';

  it('that are cut at random give the bytes of those that are not', async () => {
    const whole = await hashes({ query, via });
    const statements = async (): Promise<number> =>
      (await service.seen()).statements.filter(({ sql, describeOnly }) => sql === query && !describeOnly).length;
    for (let round = 0; round < rounds({ short: 3, long: 50 }); round += 1) {
      const faults = Array.from({ length: 1 + Math.floor(Math.random() * 4) }, () => {
        const ways = [
          { cut: 'before' as const },
          { cutAfter: 1 + Math.floor(Math.random() * 20_000) },
          { status: 503 },
          { status: 429, retryAfter: 1 },
          { cut: 'after' as const },
        ];
        return { path, skip: Math.floor(Math.random() * 3), ...ways[Math.floor(Math.random() * ways.length)]! };
      });
      await service.faults(...faults);
      const before = await statements();
      expect(await hashes({ query, via }), JSON.stringify(faults)).toEqual(whole);
      expect((await statements()) - before).toBe(1);
    }
  }, 600_000);

  it('of another schema than was planned publish nothing', async () => {
    // After the one that looks at the session.
    await service.faults({ skip: 1, schema: 'other' });
    const out = emptyFolder('out');
    await expect(make({ query, via, out })).rejects.toMatchObject({ code: 'source.changed' });
    expect(readdirSync(out)).toEqual([]);
  });

  it('are read when the session, or what gives access, expires', async () => {
    const whole = await hashes({ query, via });
    await service.faults({ path, skip: 2, wait: 300 }, { path, skip: 4, status: 403, times: 2 });
    const reading = hashes({ query, via });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await service.expireSessions();
    await service.expireChunks();
    expect(await reading).toEqual(whole);
  });
});

describe('a plan', () => {
  it('starts no warehouse, and says what is read', async () => {
    const before = (await service.seen()).warehouses.length;
    const common = ['--source', source, '--dataset', 'dataset://b/v1'];
    const plan = await tidemark(['plan', ...common, '--table', 'orders'], { env });
    expect([plan.code, plan.stdout], plan.stderr).toEqual([0, expect.stringContaining('NUMBER(38,0)')]);
    const query = await tidemark(['plan', ...common, '--query', 'SELECT id FROM orders'], { env });
    expect(query.code, query.stderr).toBe(0);
    expect((await service.seen()).warehouses.length).toBe(before);
  });
});

describe('nothing that is secret', () => {
  it('is told, and nothing is told to the vendor beside what is asked', async () => {
    const out = emptyFolder('out');
    const made = await tidemark(
      ['snapshot', '--source', source, '--table', 'orders', '--dataset', 'dataset://b/v1', '--out', out, '--json'],
      { env: { SNOWSQL_USER: service.user, SNOWSQL_PWD: service.password } },
    );
    expect(made.code, made.stderr).toBe(0);
    const written = readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    for (const text of [made.stdout, made.stderr, ...written]) expect(text).not.toContain(service.password);
    expect((await service.seen()).telemetry).toBe(0);
  });
});
