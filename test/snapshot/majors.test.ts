import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Manifest } from '../../src/manifest/shape.js';
import { type FreshDatabase, freshDatabase, type PostgresServer, startPostgres } from '../servers/postgres.js';
import { emptyFolder, snapshotJson } from '../support/cli.js';

/*
 * The same table on every server that is supported, by both roads. Types by themselves are tested on the
 * newest and the oldest one, in `types/`.
 */

const columns = `i AS id, i % 2 = 0 AS flag, i::smallint AS small, i * 10000000000 AS wide, sqrt(i)::real AS single, sqrt(i) AS double,
  (i * 1.37)::numeric(15, 2) AS price, i::numeric / 7 AS ratio, md5(i::text) AS hash, 'ä𝄞'::varchar(9) AS short,
  decode(md5(i::text), 'hex') AS raw, date '2000-01-01' + i % 9000 AS day, time '00:00' + i * interval '1.5 s' AS clock,
  timestamp '2001-02-03' + i * interval '1.000001 s' AS at, timestamptz '2001-02-03 04:05+01' + i * interval '7 min' AS seen,
  md5(i::text)::uuid AS uuid, json_build_object('i', i) AS doc, jsonb_build_object('t', array[i, NULL]) AS docb,
  (array['low', 'high']::level[])[1 + i % 2] AS level, make_interval(days => i % 50, secs => i % 1000) AS age,
  int8range(i, i + 5) AS span, array[i, NULL, i + 1] AS list, ('10.0.0.0'::inet + i) AS address,
  CASE WHEN i % 9 > 0 THEN repeat('x', 1200 + i % 300) END AS pad`;

interface Made {
  readonly id: string;
  readonly digest: string;
  readonly sha256: readonly string[];
}

describe.each([14, 15, 16, 17, 18] as const)('PostgreSQL %i', (version) => {
  let server: PostgresServer | undefined;
  let db: FreshDatabase;
  beforeAll(async () => {
    if (version === 14 || version === 18) db = await freshDatabase(inject(`postgres${version}`));
    else {
      server = await startPostgres({ version });
      db = await freshDatabase(server);
    }
    await fill(db);
  });
  afterAll(async () => {
    await db.drop();
    await server?.stop();
  });

  it.each(['copy', 'cursor'] as const)('gives the same version as the newest one, by %s', async (via) => {
    const { made, manifest } = await make(db, via);
    expect(Math.floor(Number(manifest.run.server.version.split('.')[0]))).toBe(version);
    expect(made).toEqual(await newest());
  });
});

let wanted: Promise<Made> | undefined;
/** Made once. */
const newest = (): Promise<Made> =>
  (wanted ??= (async () => {
    const db = await freshDatabase(inject('postgres18'));
    await fill(db);
    const { made } = await make(db, 'copy');
    await db.drop();
    return made;
  })());

/** Too little for a second lane. */
async function fill(db: FreshDatabase): Promise<void> {
  await db.query(`CREATE TYPE level AS ENUM ('low', 'high');
    CREATE TABLE everything AS SELECT ${columns} FROM generate_series(1, 11000) i`);
}

async function make(db: FreshDatabase, via: 'copy' | 'cursor'): Promise<{ made: Made; manifest: Manifest }> {
  const name = ['--dataset', 'dataset://majors/v', '--date', '2024-01-15', '--out', emptyFolder('majors')];
  const args = ['--table', 'everything', '--shard-size', '2MiB', '--via', via];
  const { id, digest, shards, location } = await snapshotJson([...name, ...args], { env: { TIDEMARK_SOURCE: db.url } });
  const manifest = JSON.parse(readFileSync(join(location, '_manifest.v.json'), 'utf8')) as Manifest;
  return { made: { id, digest, sha256: shards.map(({ sha256 }) => sha256) }, manifest };
}
