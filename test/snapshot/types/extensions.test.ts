import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { duckdb, pyarrow } from '../../readers/index.js';
import { withPostgis } from '../../servers/postgis.js';
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.js';
import { geometries, prelude } from './extensions-specimens.js';
import { expectReadersAgree } from './readers-agree.js';
import { createSpecimenTable, expectedColumns } from './specimen-table.js';
import { type MadeVersion, makeVersion } from './version-files.js';

withPostgis('types of PostGIS', (start) => {
  let server: Awaited<ReturnType<typeof start>> | undefined;
  let db: FreshDatabase;
  let copied: MadeVersion;
  beforeAll(async () => {
    server = await start();
    db = await freshDatabase(server.shared);
    await db.query(`CREATE EXTENSION postgis; ${prelude}`);
    await createSpecimenTable(db, 'places', geometries);
    const shown = geometries.map(({ name, asEwkb }) => (asEwkb === undefined ? name : `${asEwkb} AS ${name}`));
    await db.query(`CREATE TABLE shown AS SELECT id, ${shown.join(', ')} FROM places ORDER BY places.ctid`);
    copied = await makeVersion(db.url, ['--table', 'places', '--via', 'copy']);
  });
  afterAll(() => server?.stop());

  it('the type ledger has a line for each', () => {
    const found = copied.ledger().slice(1);
    expect(found.map(({ name, type, exactness }) => [name, type, exactness])).toEqual(
      geometries.map(({ name, arrow, exactness = 'exact' }) => [name, arrow, exactness]),
    );
  });

  it('readers show the EWKB that the server makes', async () => {
    await expectReadersAgree(copied.files(), await expectedColumns(db.url, 'shown', geometries), [duckdb, pyarrow]);
  });

  describe.each(['table', 'query'] as const)('of a %s', (what) => {
    const args = { table: ['--table', 'places'], query: ['--query', 'SELECT * FROM places ORDER BY ctid'] }[what];
    it('COPY and cursor bring the same bytes', async () => {
      const [one, other] = [
        await makeVersion(db.url, [...args, '--via', 'copy']),
        await makeVersion(db.url, [...args, '--via', 'cursor']),
      ];
      expect(other.manifest.version.tables).toEqual(one.manifest.version.tables);
    });
  });
});
