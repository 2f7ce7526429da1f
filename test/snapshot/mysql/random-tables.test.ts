import fc from 'fast-check';
import { expect, it } from 'vitest';
import { duckdb, parquetWasm, pyarrow } from '../../readers/index.js';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { withMariadb } from '../../servers/with-mariadb.js';
import { expectReadersAgree } from '../types/readers-agree.js';
import { makeVersion } from '../types/version-files.js';
import { randomValues } from './random-values.js';
import { expectedColumns, quoted } from './specimen-table.js';
import { type Specimen, specimens } from './specimens.js';

const count = process.env['TIDEMARK_TEST_LONG'] === '1' ? 60 : 3;
const firstSeed = 20_260_109;
const codecs = ['snappy', 'zstd', 'gzip', 'lz4_raw', 'none'];

/** Generated columns are not written to. */
const kinds = specimens.filter(({ values }) => values.length > 0);
/** Bytes of SQL in one statement; below the server's limit. */
const statementBytes = 4_000_000;

interface RandomColumn {
  readonly specimen: Specimen;
  /** As SQL writes them. */
  readonly values: readonly (string | null)[];
}

interface RandomTable {
  readonly columns: readonly RandomColumn[];
  readonly rows: number;
  /** Without one, the table is read in one piece and in no order. */
  readonly hasKey: boolean;
}

/** Values that are long for the server, though `repeat` writes them in few letters. */
const isLong = (value: string): boolean => value.startsWith('repeat') || value.length > 500;

function randomColumn(rows: number): fc.Arbitrary<RandomColumn> {
  return fc
    .record({ kind: fc.constantFrom(...kinds), nulls: fc.constantFrom(0, 1, 5, 10) })
    .chain(({ kind, nulls }) => {
      const all = [...kind.values, ...(randomValues[kind.sql] ?? [])];
      const short = all.filter((value) => !isLong(value));
      const value = fc.oneof(
        { weight: 60, arbitrary: fc.constantFrom(...(short.length > 0 && rows > 100 ? short : all)) },
        { weight: 1, arbitrary: fc.constantFrom(...all) },
      );
      const field = fc.oneof({ weight: 10 - nulls, arbitrary: value }, { weight: nulls, arbitrary: fc.constant(null) });
      return fc.record({
        specimen: fc.constant(kind),
        values: fc.array(field, { minLength: rows, maxLength: rows, size: 'max' }),
      });
    });
}

const randomTable: fc.Arbitrary<RandomTable> = fc
  .record({
    rows: fc.constantFrom(0, 1, 40, 400, 2500),
    width: fc.integer({ min: 3, max: 16 }),
    hasKey: fc.boolean(),
  })
  .chain(({ rows, width, hasKey }) =>
    fc.tuple(...Array.from({ length: width }, () => randomColumn(rows))).map((columns) => ({
      columns: columns.map((column, i) => ({ ...column, specimen: { ...column.specimen, name: `c${i}` } })),
      ...{ rows, hasKey },
    })),
  );

/** The table `random (id, c0, c1, …)`. */
async function createRandomTable(db: MariadbDatabase, { columns, rows, hasKey }: RandomTable): Promise<void> {
  const definitions = columns.map(({ specimen: { name, sql } }) => `${quoted(name)} ${sql}`);
  await db.query(`CREATE TABLE random (id int${hasKey ? ' PRIMARY KEY' : ''}, ${definitions.join(', ')})`);
  let waiting: string[] = [];
  let bytes = 0;
  const send = async (): Promise<void> => {
    if (waiting.length > 0) await db.query(`INSERT INTO random VALUES ${waiting.join(',\n')}`);
    waiting = [];
    bytes = 0;
  };
  for (let row = 0; row < rows; row++) {
    const written = `(${[row, ...columns.map(({ values }) => values[row] ?? 'NULL')].join(', ')})`;
    waiting.push(written);
    bytes += written.length;
    if (bytes > statementBytes) await send();
  }
  await send();
}

const cases = Array.from({ length: count }, (_, i) => ({ seed: firstSeed + i, codec: codecs[i % codecs.length]! }));

withMariadb('tables of random columns: readers show what the server shows', (server) => {
  it.each(cases)('seed $seed, $codec', { timeout: 120_000 }, async ({ seed, codec }) => {
    const [table] = fc.sample(randomTable, { numRuns: 1, seed });
    const db = await freshMariadb(server);
    try {
      await createRandomTable(db, table!);
      const made = await makeVersion(db.url, ['--table', 'random', '--compression', codec]);
      expect(made.table().facts.rows).toBe(table!.rows);
      const kept = table!.columns.map(({ specimen }) => specimen);
      const { schema } = made.table();
      expect(schema.slice(1).map(({ type, exactness }) => [type, exactness])).toEqual(
        kept.map(({ arrow, exactness }) => [arrow, exactness]),
      );
      await expectReadersAgree(made.files(), await expectedColumns(db, 'random', kept), [duckdb, parquetWasm, pyarrow]);
      const again = await makeVersion(db.url, ['--table', 'random', '--compression', codec]);
      expect(again.table().digest).toBe(made.table().digest);
    } finally {
      await db.drop();
    }
  });
});
