import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { duckdb, hyparquet, parquetWasm, pyarrow } from '../../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.js';
import { moreValues } from './random/more-values.js';
import { expectReadersAgree } from './readers-agree.js';
import { decodedTypes, prelude, type Specimen } from './specimens.js';
import { textTypes } from './specimens-as-text.js';
import { nestedTypes } from './specimens-nested.js';
import { expectedColumns } from './specimen-table.js';
import { makeVersion } from './version-files.js';

const count = process.env['TIDEMARK_TEST_LONG'] === '1' ? 60 : 3;
const firstSeed = 20_260_101;
const codecs = ['snappy', 'zstd', 'gzip', 'lz4_raw', 'none'];
const servers = [
  { server: 'postgres18', version: 18 },
  { server: 'postgres14', version: 14 },
] as const;

/** Not regclass: the cast by which rows are inserted looks names up, in another way than its input does. */
const kinds = [...decodedTypes, ...nestedTypes, ...textTypes].filter(({ sql }) => !sql.startsWith('regclass'));
/** A column of a random table; one that is dropped leaves a hole among the column numbers. */
interface RandomColumn {
  readonly specimen: Specimen;
  readonly isDropped: boolean;
  readonly values: readonly (string | null)[];
}

const isLong = (value: string): boolean => value.length > 500;

function randomColumn(rows: number, version: number): fc.Arbitrary<RandomColumn> {
  const pool = kinds.filter(({ since = 14 }) => since <= version);
  return fc.record({ kind: fc.constantFrom(...pool), nulls: fc.constantFrom(0, 1, 5, 10) }).chain(({ kind, nulls }) => {
    const all = [...kind.values, ...(moreValues[kind.sql] ?? [])];
    const short = all.filter((value) => !isLong(value));
    const value = fc.oneof(
      { weight: 60, arbitrary: fc.constantFrom(...(short.length > 0 ? short : all)) },
      { weight: 1, arbitrary: fc.constantFrom(...all) },
    );
    const field = fc.oneof({ weight: 10 - nulls, arbitrary: value }, { weight: nulls, arbitrary: fc.constant(null) });
    return fc.record({
      specimen: fc.constant(kind),
      isDropped: fc.boolean().map((odd) => odd && nulls === 5),
      values: fc.array(field, { minLength: rows, maxLength: rows, size: 'max' }),
    });
  });
}

const randomTable = (version: number): fc.Arbitrary<readonly RandomColumn[]> =>
  fc
    .record({ rows: fc.constantFrom(0, 1, 40, 400, 2500), columns: fc.integer({ min: 3, max: 16 }) })
    .chain(({ rows, columns }) => fc.tuple(...Array.from({ length: columns }, () => randomColumn(rows, version))));

const cases = Array.from({ length: count }, (_, i) => ({
  seed: firstSeed + i,
  codec: codecs[i % codecs.length]!,
  ...servers[i % servers.length]!,
}));

/** The table `random (id, c0, c1, …)`; gives back the columns that are left. */
async function createRandomTable(db: FreshDatabase, columns: readonly RandomColumn[]): Promise<Specimen[]> {
  const named = columns.map((column, i) => ({ ...column, specimen: { ...column.specimen, name: `c${i}` } }));
  const each = (write: (specimen: Specimen, i: number) => string) =>
    named.map(({ specimen }, i) => write(specimen, i)).join(', ');
  const names = each(({ name }) => name);
  const client = await db.connect();
  try {
    await client.query(`CREATE TABLE random (id serial, ${each(({ name, sql }) => `${name} ${sql}`)})`);
    await client.query(
      `INSERT INTO random (${names}) SELECT ${each(({ name, sql }) => `v.${name}::${sql}`)}
         FROM ROWS FROM (unnest(${each((_, i) => `$${i + 1}::text[]`)})) AS v(${names})`,
      named.map(({ values }) => values),
    );
    for (const { specimen, isDropped } of named) {
      if (isDropped) await client.query(`ALTER TABLE random DROP COLUMN ${specimen.name}`);
    }
  } finally {
    await client.end();
  }
  return named.filter(({ isDropped }) => !isDropped).map(({ specimen }) => specimen);
}

describe('tables of random columns: both roads write the same bytes, and readers show what the server shows', () => {
  it.each(cases)('seed $seed, $codec, $server', { timeout: 120_000 }, async ({ seed, codec, server, version }) => {
    const [columns] = fc.sample(randomTable(version), { numRuns: 1, seed });
    const db = await freshDatabase(inject(server));
    try {
      await db.query(prelude);
      const kept = await createRandomTable(db, columns!);
      const args = ['--table', 'random', '--compression', codec];
      const copied = await makeVersion(db.url, args);
      const read = await makeVersion(db.url, [...args, '--via', 'cursor']);
      expect(read.manifest.version).toEqual(copied.manifest.version);
      expect(copied.table().facts.rows).toBe(columns![0]!.values.length);
      const able = [duckdb, parquetWasm, hyparquet, pyarrow];
      await expectReadersAgree(copied.files(), await expectedColumns(db.url, 'random', kept), able);
    } finally {
      await db.drop();
    }
  });
});
