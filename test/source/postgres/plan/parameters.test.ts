import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { TidemarkError } from '../../../../src/core/errors.js';
import { openLane } from '../../../../src/source/postgres/read/lane.js';
import { open } from '../../../../src/source/postgres/open.js';
import { type FreshDatabase, freshDatabase } from '../../../servers/postgres.js';
import { never, query } from '../open-fixture.js';
import { requestOf } from '../open-request.js';

const limits = { rows: 131_072, bytes: 32 * 2 ** 20 };

/** Values that are valid for some types and mean different things in others. */
const values = [
  '2024',
  '007',
  '10',
  '9',
  '-1',
  '1.50',
  '2024-01-02',
  '20:00',
  'ten',
  ' 7 ',
  '',
  "o'clock",
  'a\\b',
  '{1,2}',
  't',
  'NaN',
];

/** What one parameter `:x` may be used as; in any mixture. */
const uses = [
  ':x::int',
  ':x::bigint + 1',
  ':x::smallint',
  ':x::text',
  ":x || '!'",
  ':x',
  ':x::numeric',
  ':x::numeric(6,1)',
  ':x::float8',
  ':x::date',
  ':x::timestamptz',
  ':x::time',
  ':x::varchar(3)',
  ':x::char(5)',
  ':x::bool',
  ':x::int[]',
  '(:x::int[])[1]',
  'ARRAY[:x]',
  'ARRAY[:x, 1]',
  'length(:x)',
  'upper(:x)',
  'abs(:x)',
  "coalesce(:x, 'none')",
  'coalesce(:x, 5)',
  "CASE WHEN :x > '10' THEN 'more' ELSE 'less' END",
  "CASE WHEN :x > 10 THEN 'more' ELSE 'less' END",
  'greatest(:x, 8)',
  "greatest(:x, '8')",
  "date '2024-01-01' + :x",
  "date_trunc(:x, date '2024-01-01')",
  'k + :x',
  'n * :x',
  't || :x',
  'd > :x',
  ":x BETWEEN '1' AND '3'",
  'k IN (:x, 1)',
  'NULLIF(:x, k)',
  ':x IS NULL',
  'm = :x',
  ':x::mood',
  'to_char(n, :x)',
  ':x::name',

  ':x::bytea',
  ':x::jsonb',
  ':x::interval',
  'row(:x, k)::pair',
  "format('%s-%s', :x::text, k)",
  'i4(:x)',
];
const conditions = [
  'true',
  'k > :x',
  't < :x',
  'n = :x OR k = 1',
  ":x > '10'",
  'd >= :x',
  'm = :x OR k > 0',
  ':x IN (t, :x)',
];

describe.each(['postgres18', 'postgres14'] as const)('%s: a parameter has one type over its whole query', (key) => {
  let db: FreshDatabase;
  beforeAll(async () => {
    db = await freshDatabase(inject(key));
    await db.query(`CREATE TYPE mood AS ENUM ('sad', 'ten'); CREATE TYPE pair AS (a text, b int);
      CREATE TABLE small (k int, n numeric, t text, d date, m mood);
      CREATE FUNCTION i4(int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''int ''||$1';
      CREATE FUNCTION i4(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''text ''||$1';
      INSERT INTO small VALUES (1, 1.5, 'one', '2024-01-01', 'sad'), (2024, 9, '10', '2025-01-01', 'ten'), (7, 'NaN', '', NULL, NULL)`);
  });
  afterAll(() => db.drop());

  /** Types, and the frames of all rows as they come from the wire; or how it failed. */
  const outcome = async (sql: string, value: string, via: 'copy' | 'cursor'): Promise<unknown> => {
    try {
      const source = await open(requestOf(db.url, { ...query(sql, { x: value }), via }), never);
      try {
        const lane = await openLane(source.ticket, never);
        const pieces: Buffer[] = [];
        const sink = {
          rows: (bytes: Uint8Array, start: number, end: number) =>
            void pieces.push(Buffer.from(bytes.subarray(start, end))),
          cut: () => undefined,
          batch: () => undefined,
        };
        await lane.read(source.tables[0]!, source.tables[0]!.ranges[0]!, limits, sink).finally(() => lane.close());
        return {
          types: source.tables[0]!.columns.map((column) => column.sourceType),
          rows: Buffer.concat(pieces).toString('hex'),
        };
      } finally {
        await source.close();
      }
    } catch (error) {
      expect(error).toBeInstanceOf(TidemarkError);
      return (error as TidemarkError).code;
    }
  };

  it('where a bare literal would be text in one place and a number in the other', async () => {
    const sql = 'SELECT :x::int AS year, :x AS label, (:x::int)::text AS text';
    const copied = await outcome(sql, '2024', 'copy');
    expect(copied).toMatchObject({ types: ['integer', 'integer', 'text'] });
    expect(copied).toEqual(await outcome(sql, '2024', 'cursor'));
    const compared = "SELECT k, CASE WHEN :x > '10' THEN 'a' ELSE 'b' END AS c FROM small WHERE k >= :x ORDER BY k";
    expect(await outcome(compared, '9', 'copy')).toEqual(await outcome(compared, '9', 'cursor'));
  });

  it('the same by both roads, for any mixture of uses', { timeout: 300_000 }, async () => {
    let read = 0;
    const query = fc.record({
      columns: fc.array(fc.constantFrom(...uses), { minLength: 1, maxLength: 2 }),
      where: fc.constantFrom(...conditions),
      value: fc.constantFrom(...values),
    });
    await fc.assert(
      fc.asyncProperty(query, async ({ columns, where, value }) => {
        const list = columns.map((use, i) => `${use} AS c${i}`).join(', ');
        const sql = `SELECT ${list} FROM small WHERE ${where} ORDER BY k`;
        const copied = await outcome(sql, value, 'copy');
        expect(copied).toEqual(await outcome(sql, value, 'cursor'));
        if (typeof copied === 'object') read += 1;
      }),
      { numRuns: process.env['TIDEMARK_TEST_LONG'] === '1' ? 1500 : 60 },
    );
    expect(read).toBeGreaterThan(3);
  });
});
