import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snapshot } from '../../../dist/index.js';
import { type BigQueryStandIn, startBigQuery } from '../../servers/bigquery/bigquery.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { everyType } from './tables.js';

let service: BigQueryStandIn;
let source: string;

beforeAll(async () => {
  service = await startBigQuery();
  Object.assign(process.env, service.env);
  source = service.url('shop');
  await service.createTable(everyType);
});
afterAll(() => service.stop());

describe('who asks', () => {
  it('is not known: all ways are told', async () => {
    const env = {
      ...service.env,
      GCE_METADATA_HOST: '127.0.0.1:1',
      METADATA_SERVER_DETECTION: 'none',
      HOME: '/nonexistent',
    };
    const args = ['plan', '--source', source, '--table', 'every_type', '--dataset', 'dataset://n/v1'];
    const { code, stderr } = await tidemark(args, { env });
    expect([code, stderr]).toEqual([3, expect.stringContaining('cannot find out who asks: Could not load') as string]);
    expect(stderr).toContain('GCP_KEYFILE_CONTENTS_JSON');
  });

  it.each(['federation', 'impersonation'])('is known by %s', async (way) => {
    const target = 'target@data-project.iam.gserviceaccount.com';
    const given =
      way === 'federation'
        ? { ...service.env, GOOGLE_APPLICATION_CREDENTIALS: service.federationFile() }
        : { ...service.keyEnv };
    const url = way === 'federation' ? source : `${source}&impersonate=${target}`;
    const args = ['plan', '--source', url, '--table', 'every_type', '--dataset', 'dataset://n/v1'];
    const { code, stdout, stderr } = await tidemark(args, { env: given });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(
      way === 'federation'
        ? 'as workload identity federation (GOOGLE_APPLICATION_CREDENTIALS)'
        : `as the service account ${target}, impersonated by the service account keyed@`,
    );
  });

  it('is told, with the permission that is missing and its role', async () => {
    await service.deny({ permission: 'bigquery.readsessions.create' });
    const failing = snapshot(
      { source, table: 'every_type', dataset: 'dataset://d/v1', out: emptyFolder('out') },
      { env: { ...service.env, GCP_IAM: '1' } },
    );
    await expect(failing).rejects.toMatchObject({
      code: 'source.permission',
      message: expect.stringMatching(/as the service account .*@.* of this machine \(metadata server\)/) as string,
      hint: expect.stringMatching(/roles\/bigquery\.readSessionUser/) as string,
    });
    await service.deny();
  });
});

describe('the key of a variable', () => {
  const keyed = (): { readonly env: Record<string, string>; readonly secrets: readonly string[] } => {
    const key = readFileSync(service.keyFile(), 'utf8');
    const { private_key: pem } = JSON.parse(key) as { readonly private_key: string };
    const lines = pem.split('\n').filter((line) => line.length > 40 && !line.startsWith('-'));
    return {
      env: { ...service.keyEnv, GOOGLE_APPLICATION_CREDENTIALS: '', GCP_KEYFILE_CONTENTS_JSON: key },
      // Tokens of the stand-in, as Google's own, begin so; what is sent for them is a signed JWT.
      secrets: [...lines, 'ya29.', 'eyJ'],
    };
  };
  const bytesUnder = (folder: string): Buffer => {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return Buffer.concat(entries.map(({ parentPath, name }) => readFileSync(join(parentPath, name))));
  };

  it.each([
    ['the Storage Read API', ['--table', 'every_type']],
    ['pages', ['--table', 'every_type', '--via', 'rest']],
    ['a query', ['--query', 'SELECT * FROM shop.every_type ORDER BY id']],
  ])('is nowhere told, by %s, also where versions go on, and where it is refused', async (_, what) => {
    const { env, secrets } = keyed();
    const out = emptyFolder('out');
    const args = ['snapshot', '--source', source, ...what, '--out', out, '--json'];
    const whole = await tidemark([...args, '--dataset', 'dataset://k/v1', '--cursor', 'id', '--lag', '0'], { env });
    const parent = ['--parent', join(out, 'k', 'v1')];
    const more = ['--dataset', 'dataset://k/v2', '--cursor', 'id', '--lag', '0', ...parent];
    const next = await tidemark([...args, ...more], { env });
    await service.deny({ permission: 'bigquery.tables.getData' });
    const refused = await tidemark([...args, '--dataset', 'dataset://k/v3'], { env });
    await service.deny();
    expect([whole.code, next.code, refused.code], whole.stderr + next.stderr).toEqual([0, 0, 3]);
    const printed = [whole, next, refused].map(({ stdout, stderr }) => stdout + stderr).join('\n');
    expect(printed).toContain('keyed@data-project.iam.gserviceaccount.com');
    const told = Buffer.concat([Buffer.from(printed), bytesUnder(out)]);
    expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
  });
});
