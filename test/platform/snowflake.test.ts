import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { passphrase, type SnowflakeStandIn, startSnowflake } from '../servers/snowflake/snowflake.js';
import { emptyFolder, tidemark } from '../support/cli.js';
import { Platform } from './platform.js';
import { pythonEnvironment } from './python.js';
import { validated, validator } from './validator.js';
import { variablesOfPage, variablesOfSteps } from './variables.js';

const root = new URL('../../', import.meta.url).pathname;
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const example = 'examples/snowflake/valohai.yaml';
const trainer = await pythonEnvironment('train', textOf('examples/valohai/requirements.txt').trim().split('\n'));
const uri = 'dataset://customer-data/2024-q1';

let service: SnowflakeStandIn;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  service = await startSnowflake({ warehouses: [{ name: 'ML', state: 'SUSPENDED', auto_suspend: '60' }] });
  await service.createTable({
    ...{ database: 'SHOP', schema: 'PUBLIC', table: 'CUSTOMER_DATA' },
    columns: [
      { name: 'CUSTOMER_ID', type: 'NUMBER(18,0)' },
      { name: 'SIGNUP_DATE', type: 'DATE' },
      { name: 'TOTAL_PURCHASES', type: 'NUMBER(12,3)' },
      { name: 'CHURN_LABEL', type: 'NUMBER(9,0)' },
    ],
    generate: `SELECT i::DECIMAL(18,0), DATE '2021-01-01' + (i % 900)::int, ((i % 1000) / 8)::DECIMAL(12,3), (i % 3 // 2)::DECIMAL(9,0)
      FROM range(3000) t(i)`,
    at: new Date(Date.now() - 60_000).toISOString(),
  });
  const key = readFileSync(service.keyFile({ encrypted: true, headerless: true }), 'utf8');
  environment = {
    ...{ SNOWFLAKE_HOST: service.url, SNOWFLAKE_ACCOUNT: service.account, SNOWFLAKE_USER: service.user },
    ...{ SNOWSQL_PRIVATEKEY: key, SNOWSQL_PASSPHRASE: passphrase },
  };
});
afterAll(() => service.stop());

describe('the example for Snowflake', () => {
  const platform = new Platform(join(root, example));

  it('makes a dataset version', async () => {
    const once = new Platform(join(root, example));
    const made = await once.run('snapshot', { parameters: { date: '2024-01-15' }, environment });
    expect(made.code, made.stderr).toBe(0);
    expect([made.complaints, once.datasets.uris()]).toEqual([[], [uri]]);
    const folder = emptyFolder('mounted');
    for (const { path, stored } of once.datasets.files(uri)) copyFileSync(stored, join(folder, basename(path)));
    expect((await tidemark(['verify', folder])).code).toBe(0);
    expect((await service.seen()).logins.at(-1)).toMatchObject({ authenticator: 'SNOWFLAKE_JWT', good: true });
  });

  it.skipIf(trainer.bin === undefined)(`is trained on ${trainer.reason}`, async () => {
    const done = await platform.runPipeline('snapshot-and-train', {
      snapshot: { parameters: { date: '2024-01-15' }, environment },
      train: { path: trainer.bin! },
    });
    const trained = done.get('train')!;
    expect(trained.code, trained.stderr).toBe(0);
    expect(trained.metrics).toEqual([{ rows: 3000, accuracy: expect.any(Number) as number }]);
  });

  it.skipIf(validator.bin === undefined)(`passes the platform's own validation ${validator.reason}`, async () => {
    expect(await validated(join(root, example))).toBe("[] ['snapshot', 'train'] ['snapshot-and-train']");
  });

  it('names variables that the page has, and gives no secret a value', () => {
    const isSecret = variablesOfPage('docs/databases/snowflake.md');
    const variables = variablesOfSteps(example);
    expect(variables.length).toBeGreaterThan(4);
    for (const { name, default: value } of variables)
      expect([name, isSecret.get(name)]).toEqual([name, value === undefined]);
  });
});
