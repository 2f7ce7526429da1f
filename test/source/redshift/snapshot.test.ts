import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { join } from 'node:path';
import { type RedshiftStandIn, startRedshift } from '../../servers/redshift/redshift.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { queryDuckdb } from '../../readers/duckdb.js';
import { everyType, orders } from './tables.js';

let service: RedshiftStandIn;

beforeAll(async () => {
  service = await startRedshift(inject('postgres18'));
  await service.owner.query(everyType);
  await service.owner.query(orders(100_000));
  await service.grant();
});
afterAll(() => service.stop());
beforeEach(() => service.faults());

let versions = 0;

interface Made {
  readonly location: string;
  readonly digest: string;
  readonly rows: number;
  readonly shards: readonly { readonly path: string; readonly sha256: string }[];
}

async function make(...more: readonly string[]): Promise<Made> {
  const source = `redshift://${service.cluster}/${service.database}?region=${service.region}&sslrootcert=${service.authority}`;
  const args = [
    'snapshot',
    '--source',
    source,
    '--dataset',
    `dataset://d/v${(versions += 1)}`,
    '--out',
    emptyFolder('out'),
  ];
  const { code, stdout, stderr } = await tidemark([...args, '--json', ...more], { env: service.env });
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return JSON.parse(stdout) as Made;
}

describe('a table', () => {
  it('of every type is written value by value', async () => {
    const made = await make('--table', 'every_type');
    expect(made.rows).toBe(3);
    const rows = await queryDuckdb(`SELECT * FROM '${join(made.location, made.shards[0]!.path)}' ORDER BY id`);
    expect(rows).toMatchSnapshot();
  });
});
