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
