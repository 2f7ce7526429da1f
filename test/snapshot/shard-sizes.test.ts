import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, type Snapshot, snapshotJson, tidemark } from '../support/cli.js';

const mebibyte = 2 ** 20;

describe('files are as large as asked, and the same whoever wrote them', { timeout: 120_000 }, () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    // Four ranges of 16 MiB, and more in the table than on its pages.
    await database.query(`
      CREATE TABLE wide AS SELECT i::bigint AS id, md5(i::text) || md5((i * 7)::text) AS hash, (i * 1.37)::numeric(15,2) AS price,
        repeat('filler ', 60) AS filler FROM generate_series(1, 110000) i;
      ALTER TABLE wide ADD COLUMN note text; ALTER TABLE wide ALTER note SET STORAGE EXTERNAL;
      INSERT INTO wide SELECT i, md5(i::text), i, '', repeat(md5(i::text), 100) FROM generate_series(110001, 111000) i`);
  });

  async function make(args: readonly string[]): Promise<Snapshot> {
    const out = emptyFolder('sizes');
    const made = await snapshotJson(
      ['--table', 'wide', '--dataset', 'dataset://w/v1', '--date', '2024-01-15', '--out', out, ...args],
      {
        env: { TIDEMARK_SOURCE: database.url },
      },
    );
    expect(readdirSync(out).sort()).toEqual(['valohai.metadata.jsonl', 'w']);
    return made;
  }

  /** Which group a file belongs to: `w-v1-00002p00001.parquet` to 2; where there is one group alone they all do. */
  const groupOf = (path: string, groups: boolean): string => (groups ? /-(\d{5})(?:p\d{5})?\./.exec(path)![1]! : '');

  /** Ends lanes' connections while a run goes on, at most `times`; not the coordinator's, which holds the moment. */
  async function disturb(times: number, until: { done: boolean }): Promise<number> {
    let ended = 0;
    while (!until.done && ended < times) {
      await sleep(20 + Math.random() * 40);
      const found = await database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'tidemark lane' AND datname = current_database() AND state = 'active' LIMIT 1`);
      ended += found.length;
    }
    return ended;
  }

  it.each([
    ['1MiB', mebibyte],
    ['128MiB', 128 * mebibyte],
    ['1GiB', 1024 * mebibyte],
  ])('with %s', async (given, size) => {
    const asked = ['--shard-size', given];
    const one = await make([...asked, '--lanes', '1']);
    for (const lanes of ['2', '5']) expect((await make([...asked, '--lanes', lanes])).shards).toEqual(one.shards);

    const until = { done: false };
    const disturbing = disturb(2, until);
    const disturbed = await make([...asked, '--lanes', '2']);
    until.done = true;
    expect(disturbed.shards).toEqual(one.shards);
    await disturbing;

    const several = one.shards.some(({ path }) => path.includes('p00001'));
    for (const [index, { path, bytes }] of one.shards.entries()) {
      expect(bytes, path).toBeLessThanOrEqual(size);
      const next = one.shards[index + 1];
      const last = next === undefined || groupOf(next.path, several) !== groupOf(path, several);
      if (!last) expect(bytes, path).toBeGreaterThanOrEqual(size / 4);
    }
    if (size > mebibyte) expect(one.shards).toHaveLength(1);
    else expect(one.shards.length).toBeGreaterThan(6);
    expect((await tidemark(['verify', one.location])).code).toBe(0);
  });

  it('a lane that loses its connection reads again, says so, and the rest waits nowhere', async () => {
    const until = { done: false };
    const out = emptyFolder('lost');
    const scratch = emptyFolder('scratch');
    const disturbing = disturb(3, until);
    const { code, stderr } = await tidemark(
      [
        'snapshot',
        '--table',
        'wide',
        '--dataset',
        'dataset://w/v1',
        '--out',
        out,
        '--scratch',
        scratch,
        '--lanes',
        '2',
      ],
      { env: { TIDEMARK_SOURCE: database.url } },
    );
    until.done = true;
    expect(code, stderr).toBe(0);
    const ended = await disturbing;
    expect(ended).toBeGreaterThan(0);
    const manifest = JSON.parse(readFileSync(join(out, 'w', 'v1', '_manifest.v1.json'), 'utf8')) as {
      run: { retries: number };
    };
    expect(manifest.run.retries).toBeGreaterThan(0);
    expect(readdirSync(scratch)).toEqual([]);
  });
});
