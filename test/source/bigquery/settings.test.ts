import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BigquerySettings, resolveConnection } from '../../../src/source/bigquery/connection/settings.js';
import { emptyFolder } from '../../support/cli.js';

const home = '/nonexistent';
const key = JSON.stringify({ type: 'service_account', client_email: 'a@b', private_key: 'canary' });
const resolve = (url: string | undefined, env: Record<string, string> = {}): BigquerySettings =>
  resolveConnection({ home, env, ...(url !== undefined && { url }) });

describe('how to connect to BigQuery', () => {
  it('is said by the URL, and what it leaves out by variables', () => {
    const env = {
      GCP_PROJECT: 'other',
      BIGQUERY_DATASET: 'd2',
      BIGQUERY_LOCATION: 'EU',
      BIGQUERY_BILLING_PROJECT: 'pays',
    };
    expect(resolve('bigquery://data/shop?labels=team=ml,stage=a', env)).toMatchObject({
      project: 'data',
      dataset: 'shop',
      location: 'EU',
      billingProject: 'pays',
      labels: { team: 'ml', stage: 'a' },
      identity: { kind: 'default' },
    });
    expect(resolve(undefined, env)).toMatchObject({ project: 'other', dataset: 'd2' });
  });

  it('says who asks: the file of the URL, the machine, the key in a variable, the file of a variable, and what Google finds', () => {
    const path = join(emptyFolder('key'), 'key.json');
    writeFileSync(path, key);
    const identityOf = (url: string | undefined, env: Record<string, string>): unknown => {
      const { identity, warnings } = resolve(url, env);
      return [identity.kind, 'origin' in identity ? identity.origin : undefined, warnings.length];
    };
    const file = { GOOGLE_APPLICATION_CREDENTIALS: path };
    const keys = { GCP_KEYFILE_CONTENTS_JSON: key, ...file };
    const all = { GCP_IAM: '1', ...keys };
    expect(identityOf(`bigquery://p/d?keyfile=${path}`, all)).toEqual(['credentials', 'keyfile', 1]);
    expect(identityOf(undefined, all)).toEqual(['machine', 'GCP_IAM', 1]);
    expect(identityOf(undefined, keys)).toEqual(['credentials', 'GCP_KEYFILE_CONTENTS_JSON', 1]);
    expect(identityOf(undefined, file)).toEqual(['credentials', 'GOOGLE_APPLICATION_CREDENTIALS', 0]);
    expect(identityOf(undefined, {})).toEqual(['default', undefined, 0]);
    expect(JSON.stringify(resolve(undefined, keys))).not.toContain('canary');
  });

  it.each<[string | undefined, Record<string, string>, RegExp]>([
    ['bigquery://u:pw-canary@p/d', {}, /names a project and a dataset, and no user, password or port/],
    ['bigquery://p/d/t', {}, /more than a project and a dataset/],
    ['bigquery://p/d?key=1', {}, /the URL's key is not known/],
    ['bigquery://p/d?location=EU&location=US', {}, /has location twice/],
    ['bigquery://p/d?labels=Team=1', {}, /labels: "Team=1" is no label/],
    ['bigquery://p/d?impersonate=me', {}, /impersonate: "me" is no address/],
    ['bigquery://p/d?api-endpoint=localhost', {}, /api-endpoint: "localhost" is no address/],
    ['bigquery://p/d?keyfile=/nonexistent/k', {}, /keyfile: \/nonexistent\/k cannot be read \(ENOENT\)/],
    [undefined, { GCP_IAM: 'perhaps' }, /GCP_IAM="perhaps" is not known/],
    [
      undefined,
      { GCP_KEYFILE_CONTENTS_JSON: 'canary' },
      /GCP_KEYFILE_CONTENTS_JSON: that are no credentials of Google/,
    ],
  ])('%s, %j is refused', (url, env, message) => {
    expect(() => resolve(url, env)).toThrow(message);
    expect(() => resolve(url, env)).not.toThrow(/canary/);
  });
});
