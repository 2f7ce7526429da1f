import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SnowflakeStandIn, startSnowflake } from '../../servers/snowflake/snowflake.js';
import { startStrictS3, type StrictS3 } from '../../servers/s3/strict.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { keyOf, urlOf } from './chain.js';

let service: SnowflakeStandIn;
let bucket: StrictS3;

beforeAll(async () => {
  service = await startSnowflake({ partitionRows: 1 });
  bucket = await startStrictS3();
});
afterAll(() => {
  bucket.stop();
  service.stop();
});

const table = 'MOVING';
const places = {
  'a folder': () => emptyFolder('out'),
  'a bucket': () => bucket.at(`bucket/resumed-${Math.random().toString(36).slice(2)}`),
} as const;

interface Made {
  readonly rows: number;
  readonly digest: string;
}

async function run(out: string, args: readonly string[], killed = false): Promise<{ made?: Made; stderr: string }> {
  const reads = async (): Promise<number> => (await service.seen()).warehouses.length;
  const before = await reads();
  const command = ['snapshot', '--source', urlOf(service), '--out', out, '--json', ...args];
  const { code, stdout, stderr, signal } = await tidemark(command, {
    env: { ...keyOf(service), ...bucket.env },
    onSpawn: (child) => {
      if (!killed) return;
      const look = setInterval(() => {
        void reads().then((now) => {
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
    const columns = [{ name: 'ID', type: 'NUMBER(9,0)' }];
    await service.createTable({ table, columns, rows: [{ ID: '1' }, { ID: '2' }] });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const out = place();
    const args = ['--table', 'moving', '--dataset', 'dataset://moving/v1'];
    await service.faults({ path: 'partition=1', wait: 60_000 });
    await run(out, args, true);
    await service.faults();
    await service.change({ table, replace: [{ ID: '3' }] });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const resumed = await run(out, [...args, '--resume']);
    expect(resumed.made?.rows).toBe(2);
    expect(resumed.stderr).not.toMatch(/resume:/);
    const next = await run(out, ['--table', 'moving', '--dataset', 'dataset://moving/v2', '--resume']);
    expect(next.made?.rows).toBe(1);
    expect(next.stderr).toMatch(/resume: no run of the same request was killed here/);
  });
});
