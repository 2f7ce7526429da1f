import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, inject, it } from 'vitest';
// Lanes are threads of the build, so what starts them is of the build too.
import { snapshot } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder } from '../support/cli.js';
import { filesIn, shardsBegun } from './outputs.js';

describe('a piece of a run that is lost', () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
  });

  it("a lane's thread ends by itself: the run fails, names the range, and nothing stays", async () => {
    const out = emptyFolder('thread');
    const lanes: Worker[] = [];
    const note = (lane: Worker): void => void lanes.push(lane);
    process.on('worker', note);
    const query = `SELECT i, repeat(md5(i::text), 3000) AS pad FROM generate_series(1, 30000) i
      WHERE pg_sleep(0.002) IS NOT NULL`;
    const run = snapshot({ source: database.url, query, dataset: 'dataset://slow/v1', out, lanes: 1 }, { env: {} });
    const failed = expect(run).rejects.toMatchObject({
      code: 'internal.bug',
      message: expect.stringMatching(/^the thread that read .* of slow ended before it was done/),
    });
    await shardsBegun(out);
    process.off('worker', note);
    expect(lanes).toHaveLength(1);
    await lanes[0]!.terminate();
    await failed;
    expect(filesIn(out)).toEqual([]);
  });

  it('a finished shard grows before it is published: the run fails, names the file, and nothing stays', async () => {
    const out = emptyFolder('grown');
    const query = 'SELECT i FROM generate_series(1, 100) i';
    const run = snapshot(
      { source: database.url, query, dataset: 'dataset://a/v1', out },
      {
        env: {},
        listener: ({ type }) => {
          if (type !== 'publishing') return;
          const [shard] = filesIn(out).filter((path) => path.endsWith('.parquet'));
          appendFileSync(join(out, shard!), 'x');
        },
      },
    );
    await expect(run).rejects.toMatchObject({
      code: 'destination.io',
      message: expect.stringMatching(
        /a-v1-00000\.parquet: [\d,]+ bytes were written to it, and it has [\d,]+ bytes now/,
      ),
    });
    expect(filesIn(out)).toEqual([]);
  });
});
