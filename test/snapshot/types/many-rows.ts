import type { FreshDatabase } from '../../servers/postgres.js';
import { intervalShape } from './shapes.js';
import type { Specimen } from './specimens.js';

/** Rows of the table: some 4,000 fill a row group with their pad; the rest lie in pages of 20,480 rows. */
export const rows = 27_000;
const wide = 4500;
/** From here to there every column but `id` is NULL: more than a page. */
const [nullFrom, nullTo] = [4600, 26_000];

const column = (name: string, sql: string, arrow: string, value: string, shownAs?: string) => ({
  name,
  sql,
  arrow,
  value,
  values: [],
  ...(shownAs !== undefined && { shownAs }),
});

/** A value for row `g` in every type; some columns repeat themselves (dictionaries), others never do. */
export const manyColumns: readonly (Specimen & { readonly value: string })[] = [
  column('b', 'boolean', 'bool', 'g % 3 = 0'),
  column('i2', 'smallint', 'int16', '(g * 7919 % 65536 - 32768)'),
  column('i4', 'integer', 'int32', 'hashint4(g)'),
  column('i8', 'bigint', 'int64', 'hashint8extended(g, 1)'),
  column('f4', 'real', 'float32', 'sin(g)::real', 'float8'),
  column('f8', 'double precision', 'float64', 'exp(g % 1400 - 700) * cos(g)'),
  column('n15', 'numeric(15,2)', 'decimal128(15,2)', '(hashint8extended(g, 2) / 1e6)'),
  column('n38', 'numeric(38,10)', 'decimal128(38,10)', `hashint8extended(g, 3)::numeric * 1e9 + g / 7.0`),
  column('t', 'text', 'utf8', `repeat(md5(g::text), 1 + g % 3)`),
  column('few', 'text', 'utf8', `(ARRAY['', 'a', '🦆 b', 'ccc'])[1 + g % 4]`),
  column('bp', 'char(4)', 'utf8', `chr(97 + g % 26)`),
  column('by', 'bytea', 'binary', `decode(md5(g::text), 'hex')`),
  column('d', 'date', 'date32', `date '1900-01-01' + g * 13 % 80000`),
  column('ti', 'time', 'time64[us]', `time '00:00' + g * interval '2.000003 seconds'`),
  column('ts', 'timestamp', 'timestamp[us]', `timestamp '1969-12-31' + g * interval '5.000001 seconds'`),
  column('tz', 'timestamptz', 'timestamp[us, UTC]', `timestamptz '2024-03-30 00:00+00' + g * interval '7.5 seconds'`),
  column('u', 'uuid', 'uuid', 'md5(g::text)::uuid'),
  column('jb', 'jsonb', 'json', `jsonb_build_object('g', g, 's', md5(g::text))`),
  {
    ...column(
      'iv',
      'interval',
      'struct<months: int32, days: int32, microseconds: int64>',
      `g * interval '1 day 00:00:01.5'`,
    ),
    shape: intervalShape,
  },
  { ...column('arr', 'int[]', 'list<int32>', `(ARRAY[g, NULL, -g, 7])[1 : g % 5]`), shape: { elements: 'int32' } },
];

/** `many (id, …, pad)`: the pad, which only the first rows have, makes their row group full before its rows are many. */
export async function createManyRows(db: FreshDatabase): Promise<void> {
  const columns = manyColumns.map(({ name, sql }) => `${name} ${sql}`).join(', ');
  const blank = `g BETWEEN ${nullFrom} AND ${nullTo}`;
  const values = manyColumns.map(({ value, sql }) => `CASE WHEN NOT ${blank} THEN (${value})::${sql} END`);
  await db.query(`CREATE TABLE many (id int, ${columns}, pad text)`);
  await db.query(
    `INSERT INTO many SELECT g, ${values.join(', ')}, CASE WHEN g <= ${wide} THEN repeat(chr(97 + g % 26), 8000) END
       FROM generate_series(1, ${rows}) g`,
  );
}
