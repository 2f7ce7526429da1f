import { describe, expect, it } from 'vitest';
import { resolveStaging, type Staging } from '../../../src/snapshot/options/staging.js';
import { sources } from '../../../src/source/registry.js';

const resolved = (kind: string, values: object): Staging | undefined =>
  resolveStaging(
    { values, origins: new Map() },
    sources.find((one) => one.kind === kind)!,
    'run',
  );

describe('where a database may write files', () => {
  it.each<[string, string, string, object?]>([
    ['redshift', 's3://lake/staging', 's3://lake/staging/tidemark-run'],
    ['redshift', 'S3://lake//staging///a/', 's3://lake/staging/a/tidemark-run'],
    [
      'redshift',
      's3://lake/staging?sse=aws:kms&kms-key=a+b%2Fc&region=eu-north-1',
      's3://lake/staging/tidemark-run',
      { region: 'eu-north-1', kmsKey: 'a+b/c' },
    ],
    ['bigquery', 'gs://lake/staging/', 'gs://lake/staging/tidemark-run'],
  ])('%s: %s', (kind, staging, to, said = { region: undefined, kmsKey: undefined }) => {
    const settings = staging.includes('?') ? staging.slice(staging.indexOf('?')) : '';
    expect(resolved(kind, { staging })).toEqual({
      location: `${to}${settings}`,
      unload: { to, ...said, when: 'large' },
    });
    expect(resolved(kind, { staging, via: 'unload' })!.unload.when).toBe('asked');
  });

  it.each([
    ['postgres', 's3://lake/staging', undefined, 'writes no files by itself'],
    ['redshift', 'gs://lake/staging', undefined, 'redshift:// writes into s3:// alone'],
    ['bigquery', 's3://lake/staging', undefined, 'bigquery:// writes into gs:// alone'],
    ['bigquery', 'gs://lake/staging?region=EU', undefined, 'nothing may stand behind a ?'],
    ['redshift', 's3://lake/staging', 'stream', 'does not go with via "stream"'],
    ['redshift', undefined, 'unload', 'no place is given'],
  ])('%s: %s by %s is refused', (kind, staging, via, message) => {
    expect(() => resolved(kind, { staging, via })).toThrow(message);
  });
});
