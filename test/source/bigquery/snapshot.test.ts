import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { snapshot, verify } from '../../../dist/index.js';
import { type BigQueryStandIn, startBigQuery } from '../../servers/bigquery/bigquery.js';
import { emptyFolder } from '../../support/cli.js';
import { duckdb } from '../../readers/duckdb.js';
import { everyType } from './tables.js';

let service: BigQueryStandIn;
let source: string;
const env = (): Record<string, string> => ({ ...service.env, GCP_IAM: '1' });

beforeAll(async () => {
  service = await startBigQuery({ rowsPerStream: 20_000 });
  Object.assign(process.env, service.env);
  source = `bigquery://data-project/shop?api-endpoint=${service.rest}&storage-endpoint=localhost:${service.storagePort}`;
  await service.createTable(everyType);
  await service.createTable({
    dataset: 'shop',
    table: 'orders',
    schema: [
      { name: 'id', type: 'INTEGER' },
      { name: 'customer', type: 'STRING' },
      { name: 'price', type: 'NUMERIC' },
    ],
    generate: `SELECT i AS id, 'customer ' || (i % 977) AS customer, (i % 1000) / 8 AS price FROM range(100000) t(i)`,
  });
});
afterAll(() => service.stop());
beforeEach(() => service.faults());

describe('a table of BigQuery', () => {
  it('of every type is written value by value', async () => {
    const out = emptyFolder('out');
    const made = await snapshot({ source, table: 'every_type', dataset: 'dataset://d/v1', out }, { env: env() });
    expect((await verify(made.location)).findings).toEqual([]);
    const file = join(made.location, made.shards[0]!.path);
    const read = await duckdb.read(file);
    expect(read).toMatchSnapshot();
  });
});
