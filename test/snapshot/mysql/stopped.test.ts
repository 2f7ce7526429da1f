import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { withMariadb } from '../../servers/with-mariadb.js';
import { emptyFolder, tidemark } from '../../support/cli.js';

withMariadb('a run that is stopped', (server) => {
  let db: MariadbDatabase;
  beforeAll(async () => {
    db = await freshMariadb(server);
  });
  afterAll(() => db.drop());

  /** What sessions of this database run, but the one that asks. */
  const running = async (): Promise<number> => {
    const [row] = await db.query(
      `SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID() AND INFO IS NOT NULL`,
    );
    return Number(row!.n);
  };

  it('stops what it has the server do', async () => {
    // It has nothing to send for minutes, so that the server would not notice that nobody listens any more.
    const query = `SELECT BENCHMARK(2000000000, MD5('x')) AS b`;
    const args = ['snapshot', '--dataset', 'dataset://s/v', '--out', emptyFolder('stopped'), '--query', query];
    let stop = (): unknown => undefined;
    const run = tidemark(args, {
      env: { TIDEMARK_SOURCE: db.url },
      onSpawn: (child) => (stop = () => child.kill('SIGINT')),
    });
    await expect.poll(running, { timeout: 20_000 }).toBe(1);
    stop();
    expect(await run).toMatchObject({ code: 130 });
    await expect.poll(running, { timeout: 5000 }).toBe(0);
  });
});
