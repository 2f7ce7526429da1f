import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { snapshot, type SnapshotOptions } from '../../../dist/index.js';
import type { BigQueryStandIn } from '../../servers/bigquery/bigquery.js';
import { emptyFolder } from '../../support/cli.js';

type Made = ReturnType<typeof snapshot>;

/** Makes versions of one dataset, each going on from the one before. */
export function chainOf(
  service: BigQueryStandIn,
  what: Partial<SnapshotOptions>,
): (more?: Partial<SnapshotOptions>) => Made {
  const out = emptyFolder('out');
  let versions = 0;
  return async (more = {}) => {
    const parent = versions === 0 ? {} : { parent: join(out, 'd', `v${versions}`) };
    const dataset = `dataset://d/v${versions + 1}`;
    const options = { source: service.url('shop'), dataset, out, ...what, ...parent, ...more };
    const made = await snapshot(options, { env: { ...service.env, GCP_IAM: '1' } });
    versions += 1;
    return made;
  };
}

interface Told {
  readonly run: {
    readonly increment: Readonly<Record<string, unknown>>;
    readonly certificate: { readonly moment: string };
  };
  readonly version: { readonly digest: string; readonly chain?: { readonly digest: string } };
}

/** What the manifest of a version tells. */
export const manifestOf = ({ location, version }: Pick<Awaited<Made>, 'location' | 'version'>): Told =>
  JSON.parse(readFileSync(join(location, `_manifest.${version.split('/').at(-1)}.json`), 'utf8')) as never;
