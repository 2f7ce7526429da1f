import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { snapshot, type SnapshotOptions, verify } from '../../../dist/index.js';
import type { Manifest } from '../../../src/manifest/shape.js';
import { queryDuckdb } from '../../readers/duckdb.js';
import { type RedshiftStandIn, startRedshift } from '../../servers/redshift/redshift.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { urlOf } from './open-request.js';
import { everyType, orders } from './tables.js';

const rowCount = 100_000;
const roads = ['stream', 'cursor'] as const;

let service: RedshiftStandIn;

beforeAll(async () => {
  service = await startRedshift(inject('postgres18'));
  Object.assign(process.env, service.env);
  await service.owner.query(everyType);
  await service.owner.query(orders(rowCount));
  await service.grant();
});
afterAll(() => service.stop());
beforeEach(() => service.faults());

let versions = 0;
const make = (options: Partial<SnapshotOptions>): ReturnType<typeof snapshot> =>
  snapshot(
    { source: urlOf(service), dataset: `dataset://d/v${(versions += 1)}`, out: emptyFolder('out'), ...options },
    { env: {} },
  );

describe('a table', () => {
  it.each(roads)('of every type is written value by value, by %s', async (via) => {
    const made = await make({ table: 'every_type', via });
    expect(made.rows).toBe(3);
    const rows = await queryDuckdb(`SELECT * FROM '${join(made.location, made.shards[0]!.path)}' ORDER BY id`);
    expect(rows).toMatchSnapshot('values');
  });

  it('is the same by both roads, and however it is written', async () => {
    const whole = await make({ table: 'orders' });
    expect([whole.rows, (await verify(whole.location)).findings]).toEqual([rowCount, []]);
    const others: Partial<SnapshotOptions>[] = [
      { via: 'cursor' },
      { format: 'csv' },
      { shardSize: '1MiB', lanes: 4 },
      { split: { train: 0.8, validation: 0.1, test: 0.1 }, splitKey: 'id' },
      { partitionBy: 'paid' },
    ];
    for (const options of others) {
      const other = await make({ table: 'orders', ...options });
      expect([other.digest, (await verify(other.location)).findings], JSON.stringify(options)).toEqual([
        whole.digest,
        [],
      ]);
    }
    expect((await make({ query: 'SELECT * FROM orders' })).digest).toBe(whole.digest);
    expect((await make({ table: 'orders', limit: 777 })).rows).toBe(777);
  });

  it('asks the same of the server by both roads, which the manifest tells', async () => {
    const loads = [];
    for (const via of roads) {
      const { location, version } = await make({ table: 'orders', via });
      const path = join(location, `_manifest.${version.split('/').at(-1)}.json`);
      loads.push((JSON.parse(readFileSync(path, 'utf8')) as Manifest).run.load);
    }
    expect(loads[0]!['bytes']).toBeGreaterThan(rowCount * 20);
    expect(loads[1]!['bytes']).toBe(loads[0]!['bytes']);
    // Tenths of seconds: it may be none.
    for (const load of loads) expect(load).toHaveProperty('statementSeconds');
  });

  it('is read value by value as the server has it', async () => {
    const made = await make({ query: 'SELECT * FROM orders ORDER BY id' });
    const files = made.shards.map(({ path }) => `'${join(made.location, path)}'`).join();
    const found = await queryDuckdb(
      `SELECT count(*)::VARCHAR, sum(id)::VARCHAR, sum(price)::VARCHAR, count(paid)::VARCHAR, max("at")::VARCHAR,
              md5(string_agg(customer, ',' ORDER BY id)) FROM read_parquet([${files}])`,
    );
    const [expected] = await service.owner.query<Record<string, string>>(
      `SELECT count(*)::text a, sum(id)::text b, sum(price)::text c, count(paid)::text d, max(at)::text e,
              md5(string_agg(customer, ',' ORDER BY id)) f FROM orders`,
    );
    expect(found.map(({ values }) => values[0])).toEqual(Object.values(expected!));
  });

  it.each(['', ' with time zone'])('has timestamps%s that are too late for 64 bits: they are misfits', async (zone) => {
    // DuckDB takes the very last one for infinity.
    const last = '294247-01-10 04:00:54.775806';
    const rows = (...times: readonly string[]): string =>
      times.map((time) => `SELECT timestamp${zone} '${time}${zone && '+00'}' AS at`).join(' UNION ALL ');
    const exact = await make({ query: rows(last) });
    const [at] = await queryDuckdb(
      `SELECT epoch_us("at")::VARCHAR FROM '${join(exact.location, exact.shards[0]!.path)}'`,
    );
    expect(at!.values).toEqual(['9223372036854775806']);
    for (const late of ['294247-01-10 04:00:54.775808', '294276-12-31 23:59:59']) {
      await expect(make({ query: rows(late) })).rejects.toMatchObject({ code: 'data.misfit' });
      const nulled = await make({ query: rows(last, late), misfit: 'null' });
      const [count] = await queryDuckdb(
        `SELECT count("at")::VARCHAR FROM '${join(nulled.location, nulled.shards[0]!.path)}'`,
      );
      expect([nulled.rows, count!.values]).toEqual([2, ['1']]);
    }
  });

  it('takes parameters, which are bound', async () => {
    const query = 'SELECT id FROM orders WHERE customer = :who AND id < :most::bigint';
    for (const via of roads) {
      const made = await make({ query, param: { who: 'customer 7', most: '5000' }, via });
      expect(made.rows).toBe(Math.ceil((5000 - 7) / 977));
    }
    await expect(make({ query })).rejects.toThrow(/the query uses :who/);
  });

  it('that is not there, or no SELECT, is refused', async () => {
    await expect(make({ table: 'nothing' })).rejects.toMatchObject({
      ...{ code: 'source.not-found', message: expect.stringMatching(/there is no "nothing"/) as string },
    });
    await expect(make({ table: 'public.nothing' })).rejects.toMatchObject({ code: 'source.not-found' });
    await expect(make({ query: 'DELETE FROM orders' })).rejects.toMatchObject({ code: 'request.invalid' });
  });

  it('is one moment with others, whatever is written meanwhile', async () => {
    await service.owner.query(
      'CREATE TABLE pair_a AS SELECT 100 AS amount; CREATE TABLE pair_b AS SELECT 100 AS amount',
    );
    await service.grant();
    let isOver = false;
    const writer = (async () => {
      for (let turn = 1; !isOver; turn += 1)
        await service.owner.query(
          `BEGIN; UPDATE pair_a SET amount = amount + 1; UPDATE pair_b SET amount = amount - 1; COMMIT`,
        );
    })();
    for (let round = 0; round < 5; round += 1) {
      const made = await make({ table: ['pair_a', 'pair_b'], via: roads[round % 2]! });
      const files = made.shards.map(({ path }) => `'${join(made.location, path)}'`).join();
      const [sum] = await queryDuckdb(`SELECT sum(amount)::VARCHAR FROM read_parquet([${files}])`);
      expect(sum!.values).toEqual(['200']);
    }
    isOver = true;
    await writer;
  }, 60_000);
});

describe('a session', () => {
  it('that breaks ends the run, and nothing is published', async () => {
    for (const cutAfter of [0, 10, 200_000, 3_000_000]) {
      service.faults({ sql: 'FROM "public"."orders"', skip: 1, cutAfter });
      const out = emptyFolder('out');
      await expect(make({ table: 'orders', out }), String(cutAfter)).rejects.toMatchObject({
        code: expect.stringMatching(/^source\./) as string,
      });
      expect(readdirSync(out)).toEqual([]);
    }
    expect(service.seen.open).toBe(0);
  });

  it('that is slow gives the same', async () => {
    const whole = await make({ query: 'SELECT * FROM orders WHERE id < 20000 ORDER BY id' });
    service.faults({ sql: 'WHERE id < 20000', slow: 3, times: 3 });
    const slow = await make({ query: 'SELECT * FROM orders WHERE id < 20000 ORDER BY id' });
    expect(slow.shards.map(({ sha256 }) => sha256)).toEqual(whole.shards.map(({ sha256 }) => sha256));
  });

  it('is read-only, encrypted, and says what it sees', async () => {
    const made = await make({ table: 'orders', limit: 1 });
    const manifest = readFileSync(join(made.location, `_manifest.v${versions}.json`), 'utf8');
    const { run, source } = JSON.parse(manifest) as {
      readonly run: { readonly certificate: object };
      readonly source: { readonly server?: object };
    };
    expect(run.certificate).toMatchObject({ level: 'snapshot', isolation: 'snapshot isolation' });
    expect(JSON.stringify(source) + JSON.stringify(run)).toContain('1.0.77467');
    expect(service.seen.logins.at(-1)).toMatchObject({ secure: true });
    expect(service.seen.statements).toContain('BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY');
  });
});

describe('a plan', () => {
  it('says what the server would do, and reads nothing', async () => {
    const before = service.seen.statements.length;
    const { code, stdout, stderr } = await tidemark(
      ['plan', '--source', urlOf(service), '--table', 'orders', '--dataset', 'dataset://d/v1'],
      { env: service.env },
    );
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect(stdout).toMatch(/Seq Scan on orders {2}\(cost=/);
    expect(service.seen.statements.slice(before).filter((sql) => /^SELECT \* FROM "public"/.test(sql))).toHaveLength(1);
  });
});
