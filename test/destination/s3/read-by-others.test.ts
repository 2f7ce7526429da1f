import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { snapshot } from '../../../dist/index.js';
import { readersEnvironment } from '../../readers/python.js';
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.js';
import { startMoto } from '../../servers/s3/moto.js';

const store = await startMoto('bucket');
afterAll(() => 'stop' in store && store.stop());
const { bin, reason } = await readersEnvironment();
const page = readFileSync(new URL('../../../docs/destinations/s3.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```python\n(.*?)```/gs)].map(([, code]) => code!);

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
  await database.query(
    `CREATE TABLE customers AS SELECT i AS id, md5(i::text) AS name FROM generate_series(1, 5000) i`,
  );
});
afterAll(() => database.drop());

if ('env' in store) Object.assign(process.env, store.env);
const missing = 'missing' in store ? store.missing : reason;

describe('a version in the store of moto, read as the page about buckets says', () => {
  it.skipIf(missing !== '').each([
    ['pyarrow', 'S3FileSystem(', 'endpoint_override="ENDPOINT", ', 'customers["id"].to_pylist()'],
    [
      'Polars',
      'options = {',
      '"aws_endpoint_url": "ENDPOINT", "aws_allow_http": "true", ',
      'customers["id"].to_list()',
    ],
  ])(`by %s ${missing}`, async (reader, after, more, values) => {
    if ('missing' in store) return;
    const out = store.at('bucket/read');
    const dataset = `dataset://customers/${reader.toLowerCase()}`;
    await snapshot({ source: database.url, table: 'customers', shardSize: '32KiB', dataset, out }, { env: {} });
    const endpoint = new URL(out).searchParams.get('endpoint')!;
    const [block, another] = blocks.filter((code) => code.includes(after));
    expect(another).toBeUndefined();
    const lines = block!.split('\n').filter((line) => !line.startsWith('#'));
    const code = lines
      .join('\n')
      .replace(after, after + more.replace('ENDPOINT', endpoint))
      .replaceAll('lake/ml/customers/2024-06-30', `bucket/read/customers/${reader.toLowerCase()}`);
    const program = `${code}\nimport json, os\nids = ${values}\nprint(json.dumps([len(ids), sum(ids)]), flush=True)\nos._exit(0)\n`;
    const { stdout } = await execa(join(bin!, 'python'), ['-c', program], {
      env: process.env,
      extendEnv: false,
    });
    expect(JSON.parse(stdout)).toEqual([5000, (5000 * 5001) / 2]);
  });
});
