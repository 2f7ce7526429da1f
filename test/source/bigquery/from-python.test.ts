import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pythonEnvironment } from '../../platform/python.js';
import { type BigQueryStandIn, type NewTable, startBigQuery } from '../../servers/bigquery/bigquery.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { everyType, orders } from './tables.js';

const page = readFileSync(new URL('../../../docs/databases/bigquery.md', import.meta.url), 'utf8');
/** What the page says to install. */
const pinned = /^pip install (.+)$/m.exec(page)![1]!.replaceAll("'", '').split(' ');

/** Too large to be fetched for every run of the tests. */
const python =
  process.env['TIDEMARK_TEST_LONG'] === '1'
    ? await pythonEnvironment('bigquery', [...pinned, 'numpy==2.4.6'])
    : { bin: undefined, reason: 'is hundreds of megabytes: TIDEMARK_TEST_LONG=1' };

const examples = [...page.matchAll(/```python\n(.*?)```/gs)].map(([, code]) => code!);
const readers = new URL('../../readers/', import.meta.url).pathname;

const name = { dataset: 'shop', table: 'orders' };
const large = orders(100_000);
/** Those that have the same Arrow types in both clients. */
const common = everyType.schema.filter(({ type }) => !['BIGNUMERIC', 'JSON', 'INTERVAL', 'RECORD'].includes(type));
const nested = {
  name: 'nested',
  type: 'RECORD',
  fields: [
    { name: 'a', type: 'INTEGER' },
    { name: 'words', type: 'STRING', mode: 'REPEATED' },
  ],
};
const manyTypes: NewTable = {
  ...name,
  schema: [...common, nested],
  rows: everyType.rows!.map((row, i) => ({
    ...Object.fromEntries(common.filter((one) => one.name in row).map((one) => [one.name, row[one.name]])),
    ...(i < 2 && { nested: { a: '7', words: ['x', ''] } }),
  })),
};

let service: BigQueryStandIn;
let folder: string;
beforeAll(async () => {
  service = await startBigQuery({ rowsPerStream: 20_000 });
});
afterAll(() => service.stop());
beforeEach(async () => {
  folder = emptyFolder('from-python');
  await service.empty();
});

/** What both clients are given. */
const variables = (identity: object): Record<string, string> => ({
  ...service.hostsEnv,
  GCP_PROJECT: 'data-project',
  BIGQUERY_DATASET: 'shop',
  ...identity,
});

async function made(env: Record<string, string>): Promise<{ rows: number; digest: string }> {
  const place = ['--dataset', 'dataset://orders/2024-06-30', '--out', join(folder, 'outputs')];
  const run = await tidemark(['snapshot', '--table', 'orders', ...place, '--json'], { env });
  expect(run).toMatchObject({ code: 0 });
  const { rows, digest } = JSON.parse(run.stdout) as { rows: number; digest: string };
  return { rows, digest };
}

/** Runs code. @returns rows and digests of the tables that it names, as the page about digests has them */
async function read(env: Record<string, string>, code: string, tables: string): Promise<unknown> {
  const program = `${code}
import json, sys
sys.path.insert(0, sys.argv[1])
from digest import digest, fingerprint, sums_of

def told(table):
    rows, total, _ = sums_of(table)
    return {"rows": rows, "digest": digest(fingerprint(table.schema), rows, total)}

print(json.dumps([told(table) for table in (${tables},)]))
`;
  const { stdout } = await execa(join(python.bin!, 'python'), ['-c', program, readers], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...env },
    extendEnv: false,
    timeout: 50_000,
  });
  return JSON.parse(stdout);
}

describe('the example of the page about BigQuery', () => {
  it('is the only one', () => {
    expect(examples).toHaveLength(1);
  });

  it.skipIf(python.bin === undefined)(
    `reads what a version has, by Google's own client, which ${python.reason}`,
    async () => {
      await service.createTable(large);
      const env = variables(service.env);
      const version = await made({ ...env, GCP_IAM: '1' });
      expect(version.rows).toBe(100_000);
      expect(await read(env, examples[0]!, 'orders, again')).toEqual([version, version]);
      expect((await service.seen()).sessions.map((one) => one.compression).slice(-2)).toEqual([
        'LZ4_FRAME',
        'LZ4_FRAME',
      ]);
      await service.append(name, [{ id: '100000' }]);
      expect(await read(env, examples[0]!, 'orders, again')).toMatchObject([{ rows: 100_001 }, version]);
    },
  );

  it.skipIf(python.bin === undefined)(
    `reads values of most types, with a key file, by that client, which ${python.reason}`,
    async () => {
      await service.createTable(manyTypes);
      const env = variables(service.keyEnv);
      const version = await made(env);
      expect(version.rows).toBe(3);
      expect(await read(env, examples[0]!, 'orders, again')).toEqual([version, version]);
    },
  );

  it.skipIf(python.bin === undefined)(
    `has batches by Zstandard, too, by that client, which ${python.reason}`,
    async () => {
      await service.createTable(large);
      const env = variables(service.env);
      const version = await made({ ...env, GCP_IAM: '1' });
      const code = `
from google.cloud.bigquery_storage import ArrowSerializationOptions, BigQueryReadClient, DataFormat, ReadSession
client = BigQueryReadClient()
options = {"arrow_serialization_options": {"buffer_compression": ArrowSerializationOptions.CompressionCodec.ZSTD}}
path = "projects/data-project/datasets/shop/tables/orders"
wanted = ReadSession(table=path, data_format=DataFormat.ARROW, read_options=options)
session = client.create_read_session(parent="projects/data-project", read_session=wanted, max_stream_count=1)
orders = client.read_rows(session.streams[0].name).to_arrow()
`;
      expect(await read(env, code, 'orders')).toEqual([version]);
      expect((await service.seen()).sessions.at(-1)!.compression).toBe('ZSTD');
    },
  );
});
