import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { LedgerLine } from '../../../src/manifest/shape.js';
import { shardsOf } from '../../../src/manifest/shards.js';
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.js';
import { digestByPython, skipWithoutPython } from '../../readers/digest.js';
import { polars, readers, parquetjsLite } from '../../readers/index.js';
import { expectReadersAgree } from './readers-agree.js';
import { decodedTypes, prelude, wideDecimals } from './specimens.js';
import { textTypes } from './specimens-as-text.js';
import { nestedTypes } from './specimens-nested.js';
import { createSpecimenTable, expectedColumns } from './specimen-table.js';
import { type MadeVersion, makeVersion } from './version-files.js';

const tables = ['extremes', 'wide', 'no_rows'];
const casts = wideDecimals.flatMap(({ name, cast }) => ['--cast', `${name}=${cast}`]);

describe.each([
  { server: 'postgres18', version: 18 },
  { server: 'postgres14', version: 14 },
] as const)('every type with its extreme values, on $server', ({ server, version }) => {
  const specimens = [...decodedTypes, ...nestedTypes, ...textTypes].filter(({ since = 14 }) => since <= version);
  let db: FreshDatabase;
  let copied: MadeVersion;

  beforeAll(async () => {
    db = await freshDatabase(inject(server));
    await db.query(prelude);
    await createSpecimenTable(db, 'extremes', specimens);
    await createSpecimenTable(db, 'wide', wideDecimals);
    await db.query('CREATE TABLE no_rows (LIKE extremes)');
    copied = await makeVersion(db.url, [...tables.flatMap((table) => ['--table', table]), ...casts]);
  });
  afterAll(() => db.drop());

  it('the type ledger has a line for each', () => {
    const ledger = copied.table('extremes').schema.slice(1);
    expect(ledger.map(({ name, type }) => [name, type])).toEqual(specimens.map(({ name, arrow }) => [name, arrow]));
    for (const [i, { name, exactness = 'exact' }] of specimens.entries()) {
      expect([name, ledger[i]!.exactness]).toEqual([name, exactness]);
      if (textTypes.some((specimen) => specimen.name === name)) expect(ledger[i]!.note).toMatch(/text/);
    }
    expect(copied.table('no_rows').schema).toEqual(copied.table('extremes').schema);
  });

  it('readers show what the server shows', async () => {
    await expectReadersAgree(copied.files('extremes'), await expectedColumns(db.url, 'extremes', specimens));
  });

  it('readers show decimals of more than 38 digits, which Polars refuses', async () => {
    const others = readers.filter((reader) => reader !== polars && reader !== parquetjsLite);
    await expectReadersAgree(copied.files('wide'), await expectedColumns(db.url, 'wide', wideDecimals), others);
    if ((await polars.unavailable()) === undefined) {
      await expect(polars.read(copied.files('wide')[0]!)).rejects.toThrow(/precision must be between 1 and 38/);
    }
  });

  it('the digests are those of a second implementation', async (context) => {
    await skipWithoutPython(context);
    for (const table of tables) {
      const { digest, facts, schema } = copied.table(table);
      const columns = schema.map(({ name }, index) => ({ name, sum: facts.columns[index]!.sum }));
      const found = await digestByPython(copied.files(table));
      expect({ ...found, columns: found.columns.map(({ name, sum }) => ({ name, sum })) }).toMatchObject({
        digest,
        rows: facts.rows,
        sum: facts.sum,
        columns,
      });
    }
  });

  it('a table without rows has the whole schema', async () => {
    expect(copied.table('no_rows').facts.rows).toBe(0);
    expect(copied.files('no_rows')).toHaveLength(1);
    await expectReadersAgree(copied.files('no_rows'), await expectedColumns(db.url, 'no_rows', specimens));
  });

  it('the cursor brings the same bytes', async () => {
    const args = [...tables.flatMap((table) => ['--table', table]), ...casts, '--via', 'cursor'];
    const read = await makeVersion(db.url, args);
    expect(read.manifest.version.tables).toEqual(copied.manifest.version.tables);
  });

  it.each(['copy', 'cursor'])('a query by %s brings the same bytes as the table', async (via) => {
    const query = await makeVersion(db.url, ['--query', 'SELECT * FROM extremes ORDER BY ctid', '--via', via]);
    const shown = (made: MadeVersion, table?: string) =>
      shardsOf(made.table(table)).map(({ facts, sha256 }) => [facts.rows, sha256]);
    expect(shown(query)).toEqual(shown(copied, 'extremes'));
    // The server describes a query's column of a domain by the type under it.
    const types = ({ schema }: { schema: readonly LedgerLine[] }) =>
      schema.map(({ name, type, stored, exactness }) => ({ name, type, stored, exactness }));
    expect(types(query.table())).toEqual(types(copied.table('extremes')));
  });
});
