import { afterAll, beforeAll, expect, it } from 'vitest';
import { shardsOf } from '../../../src/manifest/shards.js';
import { digestByPython, skipWithoutPython } from '../../readers/digest.js';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { withMariadb } from '../../servers/with-mariadb.js';
import { expectReadersAgree } from '../types/readers-agree.js';
import { type MadeVersion, makeVersion } from '../types/version-files.js';
import { createSpecimenTable, expectedColumns } from './specimen-table.js';
import { specimens } from './specimens.js';

withMariadb('every type of MariaDB with its extreme values', (server) => {
  let db: MariadbDatabase;
  let made: MadeVersion;
  beforeAll(async () => {
    db = await freshMariadb(server);
    await createSpecimenTable(db, 'extremes', specimens);
    await db.query('CREATE TABLE no_rows LIKE extremes');
    made = await makeVersion(db.url, ['--table', 'extremes', '--table', 'no_rows']);
  });
  afterAll(() => db.drop());

  it('the type ledger has a line for each', () => {
    const ledger = made.table('extremes').schema.slice(1);
    expect(ledger.map(({ name, type, exactness }) => [name, type, exactness])).toEqual(
      specimens.map(({ name, arrow, exactness }) => [name, arrow, exactness]),
    );
    for (const { exactness, note, name } of ledger)
      if (exactness === 'widened') expect([name, note]).toEqual([name, expect.any(String)]);
    expect(made.table('no_rows').schema).toEqual(made.table('extremes').schema);
  });

  it('readers show what the server shows', async () => {
    await expectReadersAgree(made.files('extremes'), await expectedColumns(db, 'extremes', specimens));
  });

  it('the digest is that of a second implementation', async (context) => {
    await skipWithoutPython(context);
    const { digest, facts } = made.table('extremes');
    expect(await digestByPython(made.files('extremes'))).toMatchObject({ digest, rows: facts.rows, sum: facts.sum });
  });

  it('a table without rows has the whole schema', async () => {
    expect(made.table('no_rows').facts.rows).toBe(0);
    await expectReadersAgree(made.files('no_rows'), await expectedColumns(db, 'no_rows', specimens));
  });

  it('a query brings the same values as the table', async () => {
    // Of what a query gives, the server says neither that it is JSON nor that it is a UUID.
    const alike = specimens
      .filter(({ arrow }) => arrow !== 'json' && arrow !== 'uuid')
      .map(({ name }) => `\`${name}\``);
    const list = alike.join(', ');
    const query = await makeVersion(db.url, ['--query', `SELECT id, ${list} FROM extremes ORDER BY id`]);
    const types = query.table().schema.map(({ name, type, exactness }) => [name, type, exactness]);
    const own = made.table('extremes').schema.filter(({ name }) => name === 'id' || alike.includes(`\`${name}\``));
    expect(types).toEqual(own.map(({ name, type, exactness }) => [name, type, exactness]));
    const view = await db.query(`CREATE VIEW some AS SELECT id, ${list} FROM extremes ORDER BY id`);
    expect(view).toEqual([]);
    const seen = await makeVersion(db.url, ['--table', 'some']);
    expect(seen.table().digest).toBe(query.table().digest);
    const sums = (one: MadeVersion, table?: string): Map<string, unknown> =>
      new Map(one.table(table).schema.map(({ name }, i) => [name, one.table(table).facts.columns[i]!.sum]));
    const all = sums(made, 'extremes');
    for (const [name, sum] of sums(query)) expect([name, sum]).toEqual([name, all.get(name)]);
  });

  it('neither time zone, mode, character set nor collation of server and process move a byte', async () => {
    const files = (one: MadeVersion): unknown[] =>
      shardsOf(one.table('extremes')).map(({ path, sha256 }) => [path, sha256]);
    const session = await db.connect();
    const settings = {
      time_zone: '-05:00',
      sql_mode: 'ANSI,PAD_CHAR_TO_FULL_LENGTH,NO_ZERO_DATE,ONLY_FULL_GROUP_BY',
      character_set_server: 'utf16',
      collation_server: 'utf16_bin',
      lc_time_names: 'de_DE',
    };
    const names = Object.keys(settings);
    const [before] = (await session.query(
      `SELECT ${names.map((name) => `@@GLOBAL.${name} AS ${name}`).join(', ')}`,
    )) as unknown as [Record<string, string>[]];
    const assign = (values: Record<string, string>): Promise<unknown> =>
      session.query(`SET ${names.map((name) => `GLOBAL ${name} = '${values[name]}'`).join(', ')}`);
    try {
      await assign(settings);
      const other = await makeVersion(db.url, ['--table', 'extremes', '--table', 'no_rows'], { TZ: 'Pacific/Chatham' });
      expect(files(other)).toEqual(files(made));
    } finally {
      await assign(before[0]!);
      await session.end();
    }
  });
});
