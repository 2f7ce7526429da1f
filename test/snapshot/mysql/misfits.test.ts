import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { duckdb } from '../../readers/index.js';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { withMariadb } from '../../servers/with-mariadb.js';
import { emptyFolder, tidemarkHere as tidemark } from '../../support/cli.js';
import { makeVersion } from '../types/version-files.js';

withMariadb('values of MariaDB that their columns cannot hold', (server) => {
  let db: MariadbDatabase;
  beforeAll(async () => {
    db = await freshMariadb(server);
    await db.query(`CREATE TABLE misfits (id int PRIMARY KEY, d date, dt datetime(6), ts timestamp NULL, ti time(6), flag tinyint(1), u bigint unsigned, n decimal(40,2));
      SET sql_mode = 'ALLOW_INVALID_DATES';
      INSERT INTO misfits VALUES (1, '2024-02-29', '2024-02-29 01:02:03.5', '2024-02-29 00:00:00', '23:59:59.5', 1, 9223372036854775807, 12.34),
        (2, '0000-00-00', '0000-00-00', 0, '-00:00:01', 2, 18446744073709551615, 12345678901234567890123456789012345678.25),
        (3, '2200-00-08', '2200-08-00 12:00:00', NULL, '838:59:59.999999', -1, 9223372036854775808, -0.01),
        (4, '2023-02-29', '2024-04-31 00:00:00.000001', NULL, '24:00:00', 0, 0, 0)`);
  });
  afterAll(() => db.drop());

  it.each([
    ['d', 2, [], 'Column "d" (date): 0000-00-00 does not fit date32'],
    ['d', 3, [], 'Column "d" (date): 2200-00-08 does not fit date32'],
    ['d', 4, [], 'Column "d" (date): 2023-02-29 does not fit date32'],
    ['dt', 2, [], 'Column "dt" (datetime(6)): 0000-00-00 00:00:00 does not fit timestamp[us]'],
    ['dt', 3, [], 'Column "dt" (datetime(6)): 2200-08-00 12:00:00 does not fit'],
    ['dt', 4, [], 'Column "dt" (datetime(6)): 2024-04-31 00:00:00.000001 does not fit'],
    ['ts', 2, [], 'Column "ts" (timestamp): 0000-00-00 00:00:00 does not fit timestamp[us, UTC]'],
    ['ti', 2, [], 'Column "ti" (time(6)): -00:00:01 does not fit time64[us]'],
    ['ti', 3, [], 'Column "ti" (time(6)): 838:59:59.999999 does not fit'],
    ['ti', 4, [], 'Column "ti" (time(6)): 24:00:00 does not fit'],
    ['flag', 2, ['--cast', 'flag=bool'], '2 does not fit bool'],
    ['flag', 3, ['--cast', 'flag=bool'], '-1 does not fit bool'],
    ['u', 2, ['--cast', 'u=int64'], '18446744073709551615 does not fit int64'],
    ['n', 2, ['--cast', 'n=decimal(38,2)'], '12345678901234567890123456789012345678.25 does not fit decimal128(38,2)'],
  ])('%s of row %i ends the run with exit code 6, and leaves nothing', async (column, id, args, message) => {
    const out = emptyFolder('misfit');
    const { code, stderr } = await tidemark(
      [
        'snapshot',
        '--dataset',
        'dataset://m/v',
        '--out',
        out,
        '--query',
        `SELECT ${column} FROM misfits WHERE id = ${id}`,
        ...args,
      ],
      { env: { TIDEMARK_SOURCE: db.url } },
    );
    expect([code, stderr]).toEqual([6, expect.stringContaining(message)]);
    expect(stderr).toContain(`--cast ${column}=text`);
    expect(stderr).toContain('--misfit null');
    expect(readdirSync(out)).toEqual([]);
  });

  it('--misfit null writes NULL and counts', async () => {
    const casts = ['flag=bool', 'u=int64', 'n=decimal(38,2)'].flatMap((cast) => ['--cast', cast]);
    const made = await makeVersion(db.url, ['--table', 'misfits', '--misfit', 'null', ...casts]);
    expect(made.ledger().map(({ name, exactness, nulled }) => [name, exactness, nulled])).toEqual([
      ['id', 'exact', undefined],
      ['d', 'lossy', 3],
      ['dt', 'lossy', 3],
      ['ts', 'lossy', 1],
      ['ti', 'lossy', 3],
      ['flag', 'lossy', 2],
      ['u', 'lossy', 2],
      ['n', 'lossy', 1],
    ]);
    const columns = await duckdb.read(made.files()[0]!);
    expect(Object.fromEntries(columns.map(({ name, values }) => [name, values]))).toEqual({
      id: ['1', '2', '3', '4'],
      d: ['2024-02-29', null, null, null],
      dt: ['2024-02-29T01:02:03.5', null, null, null],
      ts: ['2024-02-29T00:00:00Z', null, null, null],
      ti: ['23:59:59.5', null, null, null],
      flag: ['true', null, null, 'false'],
      u: ['9223372036854775807', null, null, '0'],
      n: ['12.34', null, '-0.01', '0.00'],
    });
  });

  it('--cast column=text keeps every value, as the server shows it', async () => {
    const names = ['d', 'dt', 'ts', 'ti', 'flag', 'u', 'n'];
    const made = await makeVersion(db.url, [
      '--table',
      'misfits',
      ...names.flatMap((name) => ['--cast', `${name}=text`]),
    ]);
    const shown = await db.query(`SELECT ${names.join(', ')} FROM misfits ORDER BY id`);
    const columns = (await duckdb.read(made.files()[0]!)).slice(1);
    for (const { name, values } of columns) expect([name, values]).toEqual([name, shown.map((row) => row[name])]);
    expect(
      made
        .ledger()
        .slice(1)
        .map(({ exactness, cast }) => [exactness, cast]),
    ).toEqual(names.map(() => ['widened', 'text']));
  });

  it('a FLOAT as text is exactly the number that it is, where the server would show six digits', async () => {
    await db.query(
      'CREATE TABLE floats (id int PRIMARY KEY, f float); INSERT INTO floats VALUES (1, 0.1), (2, 16777217), (3, 1.2345678)',
    );
    const made = await makeVersion(db.url, ['--table', 'floats', '--cast', 'f=text']);
    const [, f] = await duckdb.read(made.files()[0]!);
    expect(f!.values.map(Number)).toEqual([0.1, 16777217, 1.2345678].map(Math.fround));
  });

  it.each([
    ['d', 'date', 'cast: d=date is not possible for date: allowed is text'],
    ['flag', 'int64', 'cast: flag=int64 is not possible for tinyint(1): allowed is text, or bool'],
    ['n', 'int64', 'cast: n=int64 is not possible for decimal(40,2): allowed is text, or decimal(p,s)'],
    ['u', 'decimal(5,0)', 'cast: u=decimal(5,0) is not possible for bigint(20) unsigned: allowed is text, or int64'],
    ['nothing', 'text', 'cast: there is no column "nothing"'],
  ])('--cast %s=%s is refused', async (column, type, message) => {
    const { code, stderr } = await tidemark(
      ['plan', '--dataset', 'dataset://m/v', '--table', 'misfits', '--cast', `${column}=${type}`],
      {
        env: { TIDEMARK_SOURCE: db.url },
      },
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
