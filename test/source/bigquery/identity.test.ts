import { readFileSync } from 'node:fs';
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

  it('is the key of a variable, whose secrets are nowhere', async () => {
    const key = readFileSync(service.keyFile(), 'utf8');
    const env = { ...service.keyEnv, GOOGLE_APPLICATION_CREDENTIALS: '', GCP_KEYFILE_CONTENTS_JSON: key };
    const out = emptyFolder('out');
    const args = ['snapshot', '--source', source, '--table', 'every_type', '--dataset', 'dataset://k/v1', '--out', out];
    const made = await tidemark([...args, '--json'], { env });
    expect(made.code, made.stderr).toBe(0);
    const told = made.stdout + made.stderr + readFileSync(join(out, 'k', 'v1', '_manifest.v1.json'), 'utf8');
    expect(told).toContain('keyed@data-project.iam.gserviceaccount.com');
    for (const secret of [(JSON.parse(key) as { private_key: string }).private_key.slice(40, 90), 'ya29.'])
      expect(told).not.toContain(secret);
  });
});
