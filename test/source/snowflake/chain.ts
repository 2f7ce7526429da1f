import { join } from 'node:path';
import { snapshot, type SnapshotOptions } from '../../../dist/index.js';
import type { SnowflakeStandIn } from '../../servers/snowflake/snowflake.js';
import { emptyFolder } from '../../support/cli.js';

type Made = ReturnType<typeof snapshot>;

/** Where the stand-in is, as Tidemark is given it. */
export const urlOf = (service: SnowflakeStandIn): string =>
  `snowflake://${service.account}/DB/PUBLIC?host=${service.url}`;

/** Who asks it, by a key. */
export const keyOf = (service: SnowflakeStandIn): Readonly<Record<string, string>> => ({
  SNOWFLAKE_USER: service.user,
  SNOWFLAKE_PRIVATE_KEY_PATH: service.keyFile(),
});

/** Makes versions of one dataset, each going on from the one before. */
export function chainOf(
  service: SnowflakeStandIn,
  what: Partial<SnapshotOptions>,
): (more?: Partial<SnapshotOptions>) => Made {
  const out = emptyFolder('out');
  let versions = 0;
  return async (more = {}) => {
    const parent = versions === 0 ? {} : { parent: join(out, 'd', `v${versions}`) };
    const dataset = `dataset://d/v${versions + 1}`;
    const options = { source: urlOf(service), dataset, out, ...what, ...parent, ...more };
    const made = await snapshot(options, { env: keyOf(service) });
    versions += 1;
    return made;
  };
}
