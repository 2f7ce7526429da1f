import { join } from 'node:path';
import { queryDuckdb } from '../readers/duckdb.js';

interface Version {
  readonly location: string;
  readonly shards: readonly { readonly path: string }[];
}

/** How many rows of a version another one does not have, as another reader of their files sees them. */
export async function rowsApart(one: Version, other: Version): Promise<string> {
  const [a, b] = [one, other].map(({ location, shards }) => {
    const paths = shards.map(({ path }) => `'${join(location, path)}'`);
    return `FROM read_parquet([${paths.join(', ')}])`;
  });
  const [count] = await queryDuckdb(`SELECT count(*)::INT AS n FROM (${a} EXCEPT ALL ${b})`);
  return String(count!.values[0]);
}
