import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Manifest } from '../../../src/manifest/shape.js';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { withMariadb } from '../../servers/with-mariadb.js';
import { emptyFolder, snapshotJson, tidemarkHere } from '../../support/cli.js';

const rows = 100_000;

withMariadb('what a run asks of a MariaDB', (server) => {
  let database: MariadbDatabase;
  let env: Record<string, string>;
  beforeAll(async () => {
    database = await freshMariadb(server);
    env = { TIDEMARK_SOURCE: database.url };
    await database.query(`CREATE TABLE events (id int PRIMARY KEY, made datetime NOT NULL, pad varchar(100) NOT NULL);
      INSERT INTO events SELECT seq, '2024-01-01' + INTERVAL seq MINUTE, REPEAT('x', 100) FROM seq_1_to_${rows};
      CREATE TABLE few SELECT * FROM events LIMIT 100; ANALYZE TABLE events, few`);
  });
  afterAll(() => database.drop());

  it('is in the manifest, and shown', async () => {
    const query = 'SELECT id, pad, SLEEP(IF(id = 1, 1.5, 0)) AS s FROM events';
    const words = ['--query', query, '--dataset', 'dataset://events/v1', '--out', emptyFolder('out')];
    const { location } = await snapshotJson(words, { env });
    const { run } = JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as Manifest;
    expect(run.load['statementSeconds']).toBeGreaterThanOrEqual(1.5);
    expect(run.load['transactionSeconds']).toBeGreaterThanOrEqual(Math.floor(run.load['statementSeconds']!));
    // Of each row: the packet's header of 4 bytes, two more that begin it, an int, 0 as an int, a length and a hundred letters.
    expect(run.load['bytes']).toBe(rows * (4 + 2 + 4 + 4 + 1 + 100));
    const { stdout } = await tidemarkHere(['show', location]);
    expect(stdout).toMatch(/longest statement\s+[\d.]+ s/);
    expect(stdout).toMatch(/sent by the server\s+11\.5 MB/);
  });

  const planned = async (words: readonly string[]): Promise<string> => {
    const besides = ['--parent', emptyFolder('none'), '--first-run', '--dataset', 'dataset://events/v1'];
    const { stdout, stderr, code } = await tidemarkHere(['plan', ...words, ...besides, '--out', emptyFolder('plan')], {
      env,
    });
    expect(code, stderr).toBe(0);
    return stdout + stderr;
  };

  it('plan warns of a cursor without an index', async () => {
    const words = ['--table', 'events', '--cursor', 'made', '--lag', '1h'];
    expect(await planned(words)).toMatch(
      /`events`: no index begins with "made", the --cursor: the server looks at all [\d.]+ MB for it in each run/,
    );
    await database.query('CREATE INDEX by_made ON events (made, id)');
    expect(await planned(words)).not.toContain('no index');
    await database.query('DROP INDEX by_made ON events; CREATE INDEX by_pad ON events (pad, made)');
    expect(await planned(words)).toContain('no index');
    // A small table is looked through in no time.
    expect(await planned(['--table', 'few', '--cursor', 'made', '--lag', '1h'])).not.toContain('no index');
  });
});
