import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Column } from '../../../../src/core/types.js';
import { createDecoder } from '../../../../src/source/postgres/decode/decoder.js';
import { type FreshDatabase, freshDatabase } from '../../../servers/postgres.js';
import { canonicalColumn, floatBits } from './canonical.js';
import { copyFrames, session, textRows } from './server.js';
import { type Specimen, columnOf, specimens } from './specimens.js';

const strict = { misfit: 'fail', infinity: 'misfit' } as const;
const columns = specimens.map(columnOf);
const names = specimens.map((specimen) => specimen.name).join(', ');
const rounds = Math.max(...specimens.map((specimen) => specimen.values.length));
/** Rows without any value, enough for some blocks. */
const emptyRows = 9000;

/**
 * A column's text. A cast to text drops the padding of char(n). A real goes by way of float8, since JavaScript would round its
 * own short text twice (7.038531e-26 is such a case).
 */
function textOf({ name, sql }: Specimen): string {
  if (sql === 'char(6)') return `rpad(${name}::text, 6)`;
  return sql === 'real' ? `${name}::float8::text` : `${name}::text`;
}

/** The server's own text, floats turned into bits. */
function oracle(text: string | null, { type }: Column): string | null {
  if (text === null || type.kind !== 'float') return text;
  return floatBits(Number(text), type.bits);
}

describe.each(['postgres14', 'postgres18'] as const)('decoding what %s sends', (server) => {
  let db: FreshDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    db = await freshDatabase(inject(server));
    client = await session(db.url);
    await client.query(`CREATE TABLE t (id int, ${specimens.map(({ name, sql }) => `${name} ${sql}`).join(', ')})`);
    const insert = `INSERT INTO t (id, ${names}) VALUES ($1, ${specimens.map((_, i) => `$${i + 2}`).join(', ')})`;
    for (let i = 0; i < rounds; i++) {
      // Each column has its values twice, with a NULL after each round; so every column has NULLs at other places.
      await client.query(insert, [i, ...specimens.map(({ values }) => values[i % (values.length + 1)] ?? null)]);
      await client.query(insert, [20_000 + i, ...specimens.map(({ values }) => values[i] ?? null)]);
    }
    await client.query(`INSERT INTO t (id) SELECT 10000 + i FROM generate_series(1, ${emptyRows}) i`);
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  async function compare(sql: string, count: number): Promise<void> {
    const decoder = createDecoder(columns, strict);
    const frames = await copyFrames(client, sql);
    decoder.add(frames, 0, frames.length);
    const batch = decoder.finish();
    expect(batch.numRows).toBe(count);
    const texts = await textRows(client, `SELECT ${specimens.map(textOf).join(', ')} FROM (${sql}) q`);
    for (const [index, column] of columns.entries()) {
      const expected = texts.map((row) => oracle(row[index]!, column));
      expect(canonicalColumn(batch, index, column.type), column.name).toEqual(expected);
    }
    expect(decoder.misfits().nulled.every((nulled) => nulled === 0)).toBe(true);
  }

  it('gives the values that the server writes as text, with NULLs and a stretch of nothing else', () =>
    compare(`SELECT ${names} FROM t ORDER BY id`, 2 * rounds + emptyRows));

  it('gives no null bitmap where there is no NULL', async () => {
    const decoder = createDecoder(columns.slice(0, 3), strict);
    const frames = await copyFrames(client, `SELECT true, 1::smallint, 1 FROM generate_series(1, 5000)`);
    decoder.add(frames, 0, frames.length);
    const { children } = decoder.finish().data;
    expect(children.map((child) => [child.nullCount, child.nullBitmap?.length ?? 0])).toEqual(Array(3).fill([0, 0]));
  });

  it('takes no rows', () => compare(`SELECT ${names} FROM t WHERE false`, 0));

  it('takes rows of no columns', async () => {
    const decoder = createDecoder([], strict);
    const frames = await copyFrames(client, 'SELECT FROM t');
    decoder.add(frames, 0, frames.length);
    const batch = decoder.finish();
    expect([batch.numRows, batch.numCols]).toEqual([2 * rounds + emptyRows, 0]);
  });

  it('takes 1,000 columns', async () => {
    const wide = Array.from({ length: 1000 }, (_, i) => ({ ...columnOf(specimens[2]!), name: `c${i}` }));
    const list = wide.map((_, i) => `${i} * g`).join(', ');
    const decoder = createDecoder(wide, strict);
    const frames = await copyFrames(client, `SELECT ${list} FROM generate_series(1, 300) g`);
    decoder.add(frames, 0, frames.length);
    const batch = decoder.finish();
    for (const index of [0, 1, 999]) {
      const expected = Array.from({ length: 300 }, (_, g) => String(index * (g + 1)));
      expect(canonicalColumn(batch, index, wide[index]!.type)).toEqual(expected);
    }
  });

  it('takes a value of 64 MiB beside small ones', async () => {
    const decoder = createDecoder([columnOf(specimens.find(({ wire }) => wire === 'text')!)], strict);
    const frames = await copyFrames(
      client,
      `SELECT * FROM (VALUES ('a'), (repeat('0123456789abcdef', 4194304)), ('z')) v`,
    );
    decoder.add(frames, 0, frames.length);
    const data = decoder.finish().data.children[0]!;
    expect([...data.valueOffsets]).toEqual([0, 1, 1 + 67_108_864, 2 + 67_108_864]);
    const bytes = Buffer.from((data.values as Uint8Array).subarray(1, 1 + 67_108_864));
    expect(bytes.equals(Buffer.from('0123456789abcdef'.repeat(4_194_304)))).toBe(true);
  });

  it('makes one NaN of all that the server has', async () => {
    const float8 = columnOf(specimens.find(({ wire }) => wire === 'float8')!);
    const float4 = columnOf(specimens.find(({ wire }) => wire === 'float4')!);
    const decoder = createDecoder([float8, float4], strict);
    const frames = await copyFrames(
      client,
      `SELECT v, v::real FROM (VALUES (float8 'Infinity' - float8 'Infinity'), (float8 'NaN'), (- float8 'NaN')) t(v)`,
    );
    decoder.add(frames, 0, frames.length);
    const batch = decoder.finish();
    expect(canonicalColumn(batch, 0, float8.type)).toEqual(Array(3).fill('7ff8000000000000'));
    expect(canonicalColumn(batch, 1, float4.type)).toEqual(Array(3).fill('7fc0000000000000'));
  });
});
