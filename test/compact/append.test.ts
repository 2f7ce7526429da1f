import { rmSync, writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Chain } from '../incremental/chain.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder } from '../support/cli.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
});
afterAll(() => database.drop());

const rows = (
  from: number,
  to: number,
): string => `SELECT i AS id, (i * 1.25)::numeric(12,2) AS price, md5(i::text) AS name,
  CASE WHEN i % 3 = 0 THEN NULL ELSE (ARRAY['de', 'fi', 'se'])[1 + i % 3] END AS country, i % 2 = 0 AS flag,
  timestamptz '2024-01-01' + i * interval '1 hour' AS at FROM generate_series(${from}, ${to}) i`;

async function night(chain: Chain, table: string, from: number, to: number): Promise<void> {
  await database.query(`INSERT INTO ${table} ${rows(from, to)}`);
  await chain.next();
}

describe('a chain of increments, merged', () => {
  it.each<[string, object]>([
    ['Parquet without digest', { digest: 'off' }],
    ['CSV, masked', { format: 'csv', compression: 'gzip', mask: { name: 'hash', at: 'year' }, redactStats: ['price'] }],
    [
      'parts in partitions whose columns stand in paths alone',
      {
        split: { train: 0.7, test: 0.3 },
        splitKey: 'name',
        splitLabel: 'flag',
        partitionBy: 'country,at:month',
        partitionColumns: 'path',
      },
    ],
  ])('as %s, has the rows and the digest of a full snapshot', async (what, options) => {
    const table = `t_${what.toLowerCase().replaceAll(/\W/g, '_')}`.slice(0, 60);
    const env = { TIDEMARK_MASK_KEY: 'a key of masks that is long enough' };
    await database.query(`CREATE TABLE ${table} AS ${rows(1, 3000)}`);
    const chain = new Chain(database.url, { table, ...options }, 'events', 'mask' in options ? env : {});
    await chain.next();
    for (const n of [3, 4]) await night(chain, table, n * 1000 + 1, n * 1000 + 20);
    const full = await chain.whole();
    const merged = await chain.compact();
    expect(merged).toMatchObject({ status: 'created', version: 'dataset://events/n0003-compact', rows: full.rows });
    expect(merged.digest).toBe(full.digest);
    expect(merged.splits).toEqual(full.splits);
    const { version, run } = chain.manifest(merged);
    const { version: newest, run: before } = chain.manifest();
    expect(version).toMatchObject({ compacts: { uri: newest.uri, id: chain.made.at(-1)!.id, versions: 3 } });
    expect(version.tables.map(({ schema, request }) => ({ schema, request }))).toEqual(
      newest.tables.map(({ schema, request }) => ({ schema, request })),
    );
    expect([version.from, version.parent, version.inherits]).toEqual([undefined, undefined, undefined]);
    expect(run.horizon).toEqual(before.horizon);
    expect(run).toMatchObject({ queriedAt: before.startedAt, increment: { road: 'compacted', rows: full.rows } });
    expect(run.increment?.assumed).toEqual(before.increment?.assumed);
    const checked = await chain.verify(merged.location);
    expect(checked.findings).toEqual([]);
    expect(checked.rows).toBe(full.rows);
    // What is not in paths is read by another reader, value by value.
    if (!('format' in options)) {
      for (const column of ['id', 'price', 'name'])
        expect(await chain.values(column, [merged])).toEqual(await chain.values(column, [full]));
    }
  });

  it('is gone on from, and the version that it was made of is the newest of another chain', async () => {
    await database.query(`CREATE TABLE nights AS ${rows(1, 100)}`);
    const chain = new Chain(database.url, { table: 'nights' });
    await chain.next();
    await night(chain, 'nights', 101, 110);
    const merged = await chain.compact();
    await night(chain, 'nights', 111, 115);
    expect(chain.made.at(-1)).toMatchObject({ rows: 5, parent: merged.version });
    expect(chain.made.at(-1)!.chain).toMatchObject({ rows: 115, digest: (await chain.whole()).digest });
    expect((await chain.verify(chain.made.at(-1)!.location)).findings).toEqual([]);
    // The alias of the newest manifest moves on with it.
    const lines = readFileSync(join(chain.out, 'valohai.metadata.jsonl'), 'utf8').split('\n');
    const ofMerged = lines.filter((line) => line.startsWith('{"file":"events/n0002-compact/'));
    expect(ofMerged.filter((line) => line.includes('"valohai.alias":"events-head"'))).toHaveLength(1);
    const again = await chain.compact();
    expect(again).toMatchObject({ rows: 115, version: 'dataset://events/n0003-compact' });
    expect(await chain.compact({}, again.location)).toMatchObject({ status: 'unchanged', version: again.version });
  });

  it('of an earlier version is read, and not gone on from: the newest chain is another one', async () => {
    await database.query(`CREATE TABLE early AS ${rows(1, 100)}`);
    const chain = new Chain(database.url, { table: 'early' });
    await chain.next();
    await night(chain, 'early', 101, 110);
    await night(chain, 'early', 111, 115);
    const early = await chain.compact({ dataset: 'dataset://events/q1' }, chain.made[1]!.location);
    expect(early).toMatchObject({ rows: 110 });
    expect(chain.manifest(early).run.horizon).toBeUndefined();
    const lines = readFileSync(join(chain.out, 'valohai.metadata.jsonl'), 'utf8').split('\n');
    expect(lines.find((line) => line.startsWith('{"file":"events/q1/_manifest'))).not.toContain('valohai.alias');
    expect((await chain.verify(early.location)).findings).toEqual([]);
    await night(chain, 'early', 116, 117);
    expect(chain.made.at(-1)).toMatchObject({ rows: 2, parent: 'dataset://events/n0003' });
  });

  it('has columns that were added later: NULL in older rows', async () => {
    await database.query(`CREATE TABLE grows AS ${rows(1, 50)}`);
    const chain = new Chain(database.url, { table: 'grows', schema: 'evolve' });
    await chain.next();
    await database.query(
      `ALTER TABLE grows ADD COLUMN tags text[], ADD COLUMN score numeric(9,3), ADD COLUMN span interval`,
    );
    await database.query(`INSERT INTO grows SELECT *, ARRAY['x', NULL], id / 7.0, '1 day' FROM (${rows(51, 55)}) t`);
    await chain.next();
    const merged = await chain.compact();
    const full = await chain.whole();
    expect(merged).toMatchObject({ rows: 55, digest: full.digest });
    for (const column of ['tags', 'score', 'span'])
      expect(await chain.values(column, [merged])).toEqual(await chain.values(column, [full]));
    expect((await chain.verify(merged.location)).findings).toEqual([]);
  });

  it('before a run, where the chain has as many versions as --compact-after says', async () => {
    await database.query(`CREATE TABLE long AS ${rows(1, 10)}`);
    const chain = new Chain(database.url, { table: 'long', compactAfter: 3 });
    const parents: (string | undefined)[] = [];
    for (let n = 1; n <= 6; n += 1) {
      await night(chain, 'long', 10 * n + 1, 10 * n + 2);
      parents.push(chain.made.at(-1)!.parent?.split('/').at(-1));
    }
    // Versions n3 and n5 end chains of three: the merged one, and two that go on from it.
    expect(parents).toEqual([undefined, 'n0001', 'n0002', 'n0003-compact', 'n0004', 'n0005-compact']);
    expect(chain.made.at(-1)!.warnings).toContainEqual(
      'the 3 versions of the chain were merged into dataset://events/n0005-compact, which this one goes on from',
    );
    expect(chain.manifest().run.command).toContain(
      `--parent ${chain.folder}/n0005-compact/_manifest.n0005-compact.json`,
    );
    expect(chain.made.at(-1)!.chain?.digest).toBe((await chain.whole()).digest);
    await night(chain, 'long', 101, 102);
    expect(await chain.plan()).toMatchObject({ mergesInto: 'dataset://events/n0008-compact' });
    rmSync(join(chain.made.at(-1)!.location, '..', 'n0005-compact'), { recursive: true });
    expect(await chain.refused({ parent: chain.made.at(-1)!.location })).toMatchObject({
      code: 'request.invalid',
      message: expect.stringContaining(
        '1 of the 2 versions that dataset://events/n0008 inherits are not there',
      ) as string,
    });
    expect(await chain.refused({ splitDatasets: true, split: 'a,b', splitBy: 'flag' })).toMatchObject({
      message: expect.stringContaining('compact-after: does not go with versions of parts') as string,
    });
  });

  it('where a part, or a table, never had a row', async () => {
    await database.query(`CREATE TABLE sooner AS ${rows(1, 10)}; CREATE TABLE none AS ${rows(1, 0)}`);
    const parted = { split: 'old,mid,new', splitTime: 'at=2024-06-01,2025-01-01', compactAfter: 2 };
    const chain = new Chain(database.url, { table: 'sooner', ...parted } as object);
    await chain.next();
    await night(chain, 'sooner', 11, 12);
    await night(chain, 'sooner', 13, 14);
    expect(chain.made.at(-1)!.parent).toContain('-compact');
    expect(await chain.compact()).toMatchObject({ rows: 14, digest: (await chain.whole()).digest });
    const empty = new Chain(database.url, { table: 'none', whenUnchanged: 'republish' });
    await empty.next();
    await empty.next();
    expect(await empty.compact()).toMatchObject({ rows: 0, digest: (await empty.whole()).digest });
  });

  it('of several tables, with files of its own size and codec', async () => {
    await database.query(`CREATE TABLE one AS ${rows(1, 20000)}; CREATE TABLE two AS ${rows(1, 10)}`);
    const chain = new Chain(database.url, { table: ['one', 'two'], format: 'csv' });
    await chain.next();
    await night(chain, 'one', 20001, 20010);
    const merged = await chain.compact({
      shardSize: '256KiB',
      compression: 'zstd',
      dataset: 'dataset://events/q1',
      lanes: 2,
    });
    expect(merged).toMatchObject({ version: 'dataset://events/q1', rows: 20020, digest: (await chain.whole()).digest });
    expect(merged.shards.filter(({ path }) => path.startsWith('one/')).length).toBeGreaterThan(2);
    const again = await chain.compact(
      { shardSize: '256KiB', compression: 'zstd', dataset: 'dataset://events/q2', lanes: 1 },
      chain.made.at(-1)!.location,
    );
    const hashes = (made: typeof merged) => made.shards.map(({ sha256 }) => sha256);
    expect(hashes(again)).toEqual(hashes(merged));
    expect((await chain.verify(merged.location)).findings).toEqual([]);
  });
});

describe('refused is', () => {
  let chain: Chain;
  beforeAll(async () => {
    await database.query(`CREATE TABLE refused AS ${rows(1, 100)}`);
    chain = new Chain(database.url, { table: 'refused' });
    await chain.next();
    await night(chain, 'refused', 101, 105);
    await night(chain, 'refused', 106, 110);
  });

  it('a name of the chain, and a version that is there', async () => {
    await expect(chain.compact({ dataset: 'dataset://events/n0002' })).rejects.toThrow(
      /n0002 is a version of the chain/,
    );
    await chain.compact({ dataset: 'dataset://other/v1' });
    await expect(chain.compact({ dataset: 'dataset://other/v1' })).rejects.toMatchObject({
      code: 'request.version-exists',
    });
  });

  it('a size of shards that is none', async () => {
    await expect(chain.compact({ shardSize: '0' })).rejects.toThrow(/at least 1KiB/);
  });

  it('a file that is not as it is listed', async () => {
    const { location, shards } = chain.made[1]!;
    const file = join(location, shards[0]!.path);
    const bytes = readFileSync(file);
    const changed = Buffer.from(bytes);
    changed[100]! ^= 1;
    writeFileSync(file, changed);
    await expect(chain.compact({ dataset: 'dataset://events/m' })).rejects.toMatchObject({
      code: 'verification.failed',
      message: expect.stringContaining('has another sha-256') as string,
    });
    writeFileSync(file, bytes);
  });

  it('a chain of which a version is missing, and one that forks', async () => {
    await chain
      .next({ parent: chain.made[0]!.location, dataset: 'dataset://events/fork', out: emptyFolder('fork') })
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'request.invalid' }));
    rmSync(chain.made[1]!.location, { recursive: true });
    await expect(chain.compact({ dataset: 'dataset://events/m' }, chain.made[2]!.location)).rejects.toThrow(
      /1 of the 2 versions that dataset:\/\/events\/n0003 inherits are not there/,
    );
  });
});
