import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemark } from '../support/cli.js';
import { filesIn, namedVersions, shardsBegun, visibleFiles } from './outputs.js';

/** About 100 kB a row and 500 rows a second: a row group is written every second, for a minute. */
const slowQuery = `SELECT i, repeat(md5(i::text), 3000) AS pad FROM generate_series(1, 30000) i
  WHERE pg_sleep(0.002) IS NOT NULL`;
const args = (out: string): string[] => ['--query', slowQuery, '--dataset', 'dataset://slow/v1', '--out', out];

describe('a run that is interrupted', () => {
  let database: FreshDatabase;
  let env: Record<string, string>;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    env = { TIDEMARK_SOURCE: database.url };
  });

  const sessions = (): Promise<object[]> =>
    database.query(`SELECT pid FROM pg_stat_activity
      WHERE application_name LIKE 'tidemark%' AND datname = current_database()`);

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s: exit %i, nothing stays, the server is left', async (signal, code) => {
    const out = emptyFolder('signal');
    const run = tidemark(['snapshot', ...args(out)], {
      env,
      onSpawn: (child) => void shardsBegun(out, 1000).then(() => child.kill(signal)),
    });
    const { code: exit, stderr } = await run;
    expect(exit, stderr).toBe(code);
    expect(stderr).toContain(`interrupted by ${signal}`);
    expect(filesIn(out)).toEqual([]);
    await expect.poll(sessions).toEqual([]);
  });

  it('kill -9: no version, no metadata; the next run says what it found and cleans it', async () => {
    const out = emptyFolder('kill');
    const run = await tidemark(['snapshot', ...args(out)], {
      env,
      onSpawn: (child) => void shardsBegun(out, 1000).then(() => child.kill('SIGKILL')),
    });
    expect(run.signal).toBe('SIGKILL');
    expect(visibleFiles(out)).toEqual([]);
    expect(namedVersions(out)).toEqual([]);
    expect(filesIn(out).length).toBeGreaterThan(0);
    const next = await tidemark(
      ['snapshot', '--query', 'SELECT 1 AS a', '--dataset', 'dataset://slow/v1', '--out', out],
      {
        env,
      },
    );
    expect(next.code, next.stderr).toBe(0);
    expect(next.stderr).toMatch(/unfinished|killed|removed/);
    expect(filesIn(out).filter((path) => path.startsWith('.tidemark'))).toEqual([]);
    expect(namedVersions(out)).toEqual(['dataset://slow/v1']);
    expect((await tidemark(['verify', out])).code).toBe(0);
    await expect.poll(sessions, { timeout: 20_000 }).toEqual([]);
  });

  it.each([
    ['that encodes by itself', []],
    ['with encoder threads', ['--lanes', '1']],
  ])('a lane %s whose connection is ended reads its range again: the same bytes', async (_, lanes) => {
    await database.query(`CREATE TABLE IF NOT EXISTS big AS
      SELECT i, repeat(md5(i::text), 30) AS pad FROM generate_series(1, 200000) i`);
    const make = (version: string, out: string): Parameters<typeof snapshotJson>[0] => [
      '--table',
      'big',
      '--dataset',
      `dataset://big/${version}`,
      '--name',
      'x-{version}-{index}',
      '--out',
      out,
    ];
    const whole = await snapshotJson(make('v1', emptyFolder('whole')), { env });
    const out = emptyFolder('ended');
    let ended = 0;
    const killer = setInterval(() => {
      void database
        .query<{ ended: boolean }>(
          `SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity
           WHERE datname = current_database() AND application_name LIKE 'tidemark%' AND query ILIKE 'copy%' AND state = 'active'
           LIMIT 1`,
        )
        .then((rows) => {
          ended += rows.length;
          if (ended > 0) clearInterval(killer);
        });
    }, 5);
    const again = await snapshotJson([...make('v1', out), ...lanes], { env });
    clearInterval(killer);
    expect(ended).toBeGreaterThan(0);
    expect(again.shards).toEqual(whole.shards);
    expect(again.id).toBe(whole.id);
  });

  it('the coordinator ended by the server: exit 3, says so, nothing stays', async () => {
    const out = emptyFolder('terminated');
    const run = await tidemark(['snapshot', ...args(out)], {
      env,
      onSpawn: () =>
        void shardsBegun(out, 1000).then(() =>
          database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name LIKE 'tidemark%' AND datname = current_database()`),
        ),
    });
    expect(run.code, run.stderr).toBe(3);
    expect(run.stderr).toMatch(/terminat|lost|ended/i);
    expect(filesIn(out)).toEqual([]);
  });
});
