import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonEnvironment } from '../../platform/python.js';
import { type SnowflakeStandIn, startSnowflake } from '../../servers/snowflake/snowflake.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { orders } from './tables.js';

const page = readFileSync(new URL('../../../docs/databases/snowflake.md', import.meta.url), 'utf8');
/** What the page says to install. */
const pinned = /^pip install (.+)$/m.exec(page)![1]!.split(' ');

/** Too large to be fetched for every run of the tests. */
const python =
  process.env['TIDEMARK_TEST_LONG'] === '1'
    ? await pythonEnvironment('snowflake', [...pinned, 'numpy==2.4.6'])
    : { bin: undefined, reason: 'is hundreds of megabytes: TIDEMARK_TEST_LONG=1' };

const examples = [...page.matchAll(/```python\n(.*?)```/gs)].map(([, code]) => code!);
const readers = new URL('../../readers/', import.meta.url).pathname;

let service: SnowflakeStandIn;
beforeAll(async () => {
  service = await startSnowflake({ partitionRows: 20_000 });
  await service.createTable({ ...orders(100_000), at: new Date(Date.now() - 60_000).toISOString() });
});
afterAll(() => service.stop());

/** What both clients are given. */
const variables = (): Record<string, string> => ({
  SNOWFLAKE_ACCOUNT: service.account,
  SNOWFLAKE_USER: service.user,
  SNOWFLAKE_PRIVATE_KEY_PATH: service.keyFile(),
  SNOWFLAKE_WAREHOUSE: 'WH',
  SNOWFLAKE_DATABASE: 'DB',
  SNOWFLAKE_SCHEMA: 'PUBLIC',
});

/** Leads the vendor's client to the stand-in, and tells rows and digests of the tables, as the page about digests has them. */
const around = (code: string): string => `
import sys
from urllib.parse import urlparse
import snowflake.connector
sys.path.insert(0, sys.argv[1])
from digest import digest, fingerprint, sums_of
there = urlparse(sys.argv[2])
connect = snowflake.connector.connect
snowflake.connector.connect = lambda **given: connect(protocol="http", host=there.hostname, port=there.port, **given)
${code}
def told(table):
    rows, total, _ = sums_of(table)
    return {"rows": rows, "digest": digest(fingerprint(table.schema), rows, total)}

print(json.dumps([told(table) for table in (orders, again)]))
`;

describe('the example of the page about Snowflake', () => {
  it('is the only one', () => {
    expect(examples).toHaveLength(1);
  });

  it.skipIf(python.bin === undefined)(
    `reads what a version has, by the vendor's own client, which ${python.reason}`,
    async () => {
      const folder = emptyFolder('from-python');
      const place = ['--dataset', 'dataset://orders/2024-06-30', '--out', join(folder, 'outputs')];
      const env = { ...variables(), SNOWFLAKE_HOST: service.url };
      const run = await tidemark(['snapshot', '--table', 'orders', ...place, '--json'], { env });
      expect(run.code, run.stderr).toBe(0);
      const { rows, digest } = JSON.parse(run.stdout) as { rows: number; digest: string };
      expect(rows).toBe(100_000);
      const read = async (): Promise<unknown> => {
        const args = ['-c', around(examples[0]!), readers, service.url];
        const { stdout } = await execa(join(python.bin!, 'python'), args, {
          cwd: folder,
          env: { PATH: process.env['PATH'], HOME: folder, ...variables() },
          extendEnv: false,
          timeout: 100_000,
        });
        return JSON.parse(stdout);
      };
      expect(await read()).toEqual([
        { rows, digest },
        { rows, digest },
      ]);
      await service.append({ table: 'ORDERS' }, [{ ID: '100000' }]);
      expect(await read()).toMatchObject([{ rows: 100_001 }, { rows, digest }]);
    },
    300_000,
  );
});
