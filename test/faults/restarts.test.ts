import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SnapshotOptions } from '../../src/index.js';
// Lanes are threads of the build, so what starts them is of the build too.
import { snapshot, verify } from '../../dist/index.js';
import { freshDatabase, type PostgresServer, startPostgres } from '../servers/postgres.js';
import { emptyFolder } from '../support/cli.js';
import { filesIn } from './outputs.js';

const settings = { fsync: 'on' };

/** A server of its own: it is stopped in the middle of runs, and comes back at the same place with the same data. */
describe('a server that starts anew during a run', () => {
  const folder = emptyFolder('restarted');
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version: 18, folder, settings });
    const database = await freshDatabase(server);
    await database.query(
      `CREATE TABLE t AS SELECT i AS id, md5(i::text) AS text FROM generate_series(1, 200000) i; ANALYZE t`,
    );
    url = database.url;
  });
  afterAll(() => server.stop());
  let url: string;

  /** Stops the server when rows are on their way, and starts it again after a second. */
  async function run(options: Partial<SnapshotOptions>) {
    const messages: string[] = [];
    let restarted: Promise<void> | undefined;
    const restart = async (): Promise<void> => {
      const { port } = server;
      await server.stop();
      await new Promise((resolve) => setTimeout(resolve, 1000));
      server = await startPostgres({ version: 18, folder, settings, port });
    };
    const query = 'SELECT * FROM t WHERE id % 100 <> 0 OR pg_sleep(0.002) IS NOT NULL';
    const result = await snapshot(
      { source: url, query, dataset: 'dataset://d/v1', ...options },
      {
        env: {},
        listener: (event) => {
          if (event.type === 'waiting' || event.type === 'retry') messages.push(event.message);
          if (event.type === 'opened') restarted ??= restart();
        },
      },
    ).catch((error: unknown) => error as { code: string });
    await restarted;
    return { result, messages };
  }

  it('ends the run, and nothing stays', async () => {
    const out = emptyFolder('out');
    const { result } = await run({ out });
    expect(result).toMatchObject({ code: expect.stringMatching(/^source\./) as string });
    expect(filesIn(out)).toEqual([]);
  });

  it('with --when-lost restart is read from the beginning, at a new moment', async () => {
    const out = emptyFolder('out');
    const { result, messages } = await run({ out, whenLost: 'restart' });
    expect(result, JSON.stringify(messages)).toMatchObject({ status: 'created', rows: 200_000 });
    expect(messages.join('\n')).toMatch(/beginning again from nothing within \d+ s \(--when-lost, --retry-for\)/);
    expect((await verify(out)).findings).toEqual([]);
  });
});
