import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BigQueryStandIn, startBigQuery } from '../../servers/bigquery/bigquery.js';
import { startStrictS3, type StrictS3 } from '../../servers/s3/strict.js';
import { emptyFolder, tidemark } from '../../support/cli.js';

let service: BigQueryStandIn;
let bucket: StrictS3;

beforeAll(async () => {
  service = await startBigQuery();
  bucket = await startStrictS3();
});
afterAll(async () => {
  bucket.stop();
  await service.stop();
});

const table = { dataset: 'shop', table: 'moving' };
const places = {
  'a folder': () => emptyFolder('out'),
  'a bucket': () => bucket.at(`bucket/resumed-${Math.random().toString(36).slice(2)}`),
} as const;

interface Made {
  readonly rows: number;
  readonly digest: string;
}

async function run(out: string, args: readonly string[], killed = false): Promise<{ made?: Made; stderr: string }> {
  const sessions = async (): Promise<number> => (await service.seen()).sessions.length;
  const before = await sessions();
  const command = ['snapshot', '--source', service.url('shop'), '--out', out, '--json', ...args];
  const { code, stdout, stderr, signal } = await tidemark(command, {
    env: { ...service.env, ...bucket.env, GCP_IAM: '1' },
    onSpawn: (child) => {
      if (!killed) return;
      const look = setInterval(() => {
        void sessions().then((now) => {
          if (now === before) return;
          clearInterval(look);
          // By then it waits for rows.
          setTimeout(() => child.kill('SIGKILL'), 1000);
        });
      }, 20);
    },
  });
  expect([code, signal], stderr).toEqual(killed ? [undefined, 'SIGKILL'] : [0, undefined]);
  return { stderr, ...(!killed && { made: JSON.parse(stdout) as Made }) };
}

describe.each(Object.entries(places))('a run into %s that was killed', (_, place) => {
  it('is gone on with at its own moment', async () => {
    const schema = [{ name: 'id', type: 'INTEGER' }];
    await service.createTable({ ...table, schema, rows: [{ id: '1' }, { id: '2' }] });
    const out = place();
    const args = ['--table', 'moving', '--dataset', 'dataset://moving/v1'];
    await service.faults({ rpc: 'ReadRows', wait: 60_000 });
    await run(out, args, true);
    await service.faults();
    await service.change({ ...table, replace: [{ id: '3' }] });
    const resumed = await run(out, [...args, '--resume']);
    expect(resumed.made?.rows).toBe(2);
    expect(resumed.stderr).not.toMatch(/resume:/);
    const next = await run(out, ['--table', 'moving', '--dataset', 'dataset://moving/v2', '--resume']);
    expect(next.made?.rows).toBe(1);
    expect(next.stderr).toMatch(/resume: no run of the same request was killed here/);
  });
});

it('a moment that is asked for is not that of a killed run', async () => {
  const args = ['--source', service.url('shop'), '--table', 'moving', '--dataset', 'dataset://moving/v3', '--resume'];
  const { code, stderr } = await tidemark(['snapshot', ...args, '--as-of', '2024-01-01T00:00:00Z'], {
    env: { ...service.env, GCP_IAM: '1' },
  });
  expect([code, stderr]).toEqual([2, expect.stringMatching(/resume: does not go with as-of/) as string]);
});
