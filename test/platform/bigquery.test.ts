import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BigQueryStandIn, keyedAccounts, startBigQuery } from '../servers/bigquery/bigquery.js';
import { emptyFolder, tidemark } from '../support/cli.js';
import { Platform } from './platform.js';
import { pythonEnvironment } from './python.js';
import { validated, validator } from './validator.js';
import { variablesOfPage, variablesOfSteps } from './variables.js';

const root = new URL('../../', import.meta.url).pathname;
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const example = 'examples/bigquery/valohai.yaml';
const trainer = await pythonEnvironment('train', textOf('examples/valohai/requirements.txt').trim().split('\n'));
const machine = 'machine@my-project.iam.gserviceaccount.com';
const uri = 'dataset://customer-data/2024-q1';

let service: BigQueryStandIn;

beforeAll(async () => {
  service = await startBigQuery({ identity: machine });
  await service.createTable({
    project: 'my-project',
    dataset: 'shop',
    table: 'customer_data',
    schema: [
      { name: 'customer_id', type: 'INTEGER' },
      { name: 'signup_date', type: 'DATE' },
      { name: 'total_purchases', type: 'NUMERIC' },
      { name: 'churn_label', type: 'INTEGER' },
    ],
    generate: `SELECT i AS customer_id, DATE '2021-01-01' + (i % 900)::int AS signup_date, (i % 1000) / 8 AS total_purchases,
      i % 3 // 2 AS churn_label FROM range(3000) t(i)`,
  });
});
afterAll(() => service.stop());

describe('the example for BigQuery', () => {
  const platform = new Platform(join(root, example));

  it.each([
    ['snapshot', machine],
    ['snapshot-with-key', keyedAccounts.inVariable],
  ])('%s makes a dataset version as %s', async (step, account) => {
    const once = new Platform(join(root, example));
    const hasKey = step === 'snapshot-with-key';
    const key = hasKey && { GCP_KEYFILE_CONTENTS_JSON: readFileSync(service.keyFile(account), 'utf8') };
    // Google's own hosts, by a proxy that leads to the stand-in.
    const environment = { ...service.env, ...service.hostsEnv, ...key };
    const made = await once.run(step, { parameters: { date: '2024-01-15' }, environment });
    expect(made.code, made.stderr).toBe(0);
    expect([made.complaints, once.datasets.uris()]).toEqual([[], [uri]]);
    const folder = emptyFolder('mounted');
    const files = once.datasets.files(uri);
    for (const { path, stored } of files) copyFileSync(stored, join(folder, basename(path)));
    expect((await tidemark(['verify', folder])).code).toBe(0);
    expect((await service.seen()).identities.at(-1)).toBe(account);
  });

  it.skipIf(trainer.bin === undefined)(`is trained on ${trainer.reason}`, async () => {
    const environment = { ...service.env, ...service.hostsEnv };
    const done = await platform.runPipeline('snapshot-and-train', {
      snapshot: { parameters: { date: '2024-01-15' }, environment },
      train: { path: trainer.bin! },
    });
    const trained = done.get('train')!;
    expect(trained.code, trained.stderr).toBe(0);
    expect(trained.metrics).toEqual([{ rows: 3000, accuracy: expect.any(Number) as number }]);
  });

  it.skipIf(validator.bin === undefined)(`passes the platform's own validation ${validator.reason}`, async () => {
    expect(await validated(join(root, example))).toBe(
      "[] ['snapshot', 'snapshot-with-key', 'train'] ['snapshot-and-train']",
    );
  });

  it('names variables that the page has, and gives no secret a value', () => {
    const isSecret = variablesOfPage('docs/databases/bigquery.md');
    const variables = variablesOfSteps(example);
    expect(variables.length).toBeGreaterThan(4);
    for (const { name, default: value } of variables)
      expect([name, isSecret.get(name)]).toEqual([name, value === undefined]);
  });
});
