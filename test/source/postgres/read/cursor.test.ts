import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { TidemarkError } from '../../../../src/core/errors.js';
import { RowGroupBounds } from '../../../../src/core/row-group-bounds.js';
import type { FrameSink } from '../../../../src/core/source.js';
import type { Column } from '../../../../src/core/types.js';
import { readByCursor } from '../../../../src/source/postgres/read/cursor.js';
import { type FreshDatabase, freshDatabase } from '../../../servers/postgres.js';
import { copyFrames, frameStarts, session } from '../decode/server.js';
import { columnOf, specimens } from '../decode/specimens.js';

const columns = specimens.map(columnOf);
const names = specimens.map(({ name }) => name).join(', ');
const int4 = columns.find(({ wire }) => wire === 'int4')!;
const text = columns.find(({ wire }) => wire === 'text')!;
const noLimits = { rows: 2 ** 31, bytes: 2 ** 40 };
const never = new AbortController().signal;

/** Keeps what it gets: the bytes of every row group, and how often it was called. */
class Collector implements FrameSink {
  readonly groups: Buffer[][] = [[]];
  readonly counts: number[] = [0];
  /** Calls that ran while an earlier one was still unanswered. */
  overlapping = 0;
  private busy = false;

  constructor(private readonly answer: () => Promise<void> | undefined = () => undefined) {}

  rows(bytes: Uint8Array, start: number, end: number, count: number): void | Promise<void> {
    this.groups.at(-1)!.push(Buffer.from(bytes.subarray(start, end)));
    this.counts[this.counts.length - 1]! += count;
    return this.respond();
  }

  cut(): void | Promise<void> {
    this.groups.push([]);
    this.counts.push(0);
    return this.respond();
  }

  get bytes(): Buffer[] {
    return this.groups.map((pieces) => Buffer.concat(pieces));
  }

  private respond(): Promise<void> | undefined {
    if (this.busy) this.overlapping++;
    this.busy = true;
    const answer = this.answer();
    if (!answer) this.busy = false;
    return answer?.finally(() => (this.busy = false));
  }
}

function read(client: pg.Client, sql: string, of: readonly Column[], sink: FrameSink, limits = noLimits) {
  return readByCursor(client, {
    sql,
    values: [],
    columns: of,
    bounds: new RowGroupBounds(limits),
    sink,
    signal: never,
  });
}

describe.each(['postgres14', 'postgres18'] as const)('the cursor road on %s', (server) => {
  let db: FreshDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    db = await freshDatabase(inject(server));
    client = await session(db.url);
    await client.query(`CREATE TABLE t (id int, ${specimens.map(({ name, sql }) => `${name} ${sql}`).join(', ')})`);
    const insert = `INSERT INTO t (id, ${names}) VALUES ($1, ${specimens.map((_, i) => `$${i + 2}`).join(', ')})`;
    for (let i = 0; i < 40; i++) {
      await client.query(insert, [i, ...specimens.map(({ values }) => values[i % (values.length + 1)] ?? null)]);
    }
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  it('brings the bytes of COPY, for every type with its extremes', async () => {
    const sql = `SELECT ${names} FROM t ORDER BY id`;
    const sink = new Collector();
    await read(client, sql, columns, sink);
    const copied = await copyFrames(client, sql);
    expect(sink.bytes[0]!.equals(copied)).toBe(true);
    expect(sink.counts).toEqual([40]);
  });

  it.each([
    ['rows', { rows: 7, bytes: 2 ** 40 }],
    ['bytes', { rows: 2 ** 31, bytes: 100_000 }],
    ['less than a row', { rows: 2 ** 31, bytes: 1 }],
  ])('cuts row groups by %s as the rule says', async (_, limits) => {
    const sql = `SELECT ${names} FROM t ORDER BY id`;
    const sink = new Collector();
    await read(client, sql, columns, sink, limits);
    const copied = await copyFrames(client, sql);
    const starts = frameStarts(copied);
    const bounds = new RowGroupBounds(limits);
    const expected: Buffer[][] = [[]];
    for (let i = 0; i + 1 < starts.length; i++) {
      const frame = copied.subarray(starts[i], starts[i + 1]);
      if (bounds.startsNew(frame.length)) expected.push([]);
      expected.at(-1)!.push(frame);
    }
    expect(sink.counts).toEqual(expected.map((group) => group.length));
    expect(sink.bytes.every((bytes, i) => bytes.equals(Buffer.concat(expected[i]!)))).toBe(true);
  });

  it('brings many pages of small rows, then large ones, in order', async () => {
    const sql = `SELECT i, repeat('x', CASE WHEN i < 90000 THEN 3 ELSE 300000 END) FROM generate_series(1, 90020) i`;
    const sink = new Collector();
    await read(client, sql, [int4, text], sink, { rows: 20_000, bytes: 2 ** 40 });
    const copied = await copyFrames(client, sql);
    expect(Buffer.concat(sink.bytes).equals(copied)).toBe(true);
    expect(sink.counts).toEqual([20_000, 20_000, 20_000, 20_000, 10_020]);
  });

  it.each([0, 1, 50, 51, 250])('ends after %i rows', async (count) => {
    const sink = new Collector();
    await read(client, `SELECT i FROM generate_series(1, ${count}) i`, [int4], sink);
    expect(sink.counts).toEqual([count]);
  });

  it('brings rows of no columns', async () => {
    const sink = new Collector();
    await read(client, 'SELECT FROM t', [], sink);
    expect(sink.bytes[0]!.equals(await copyFrames(client, 'SELECT FROM t'))).toBe(true);
  });

  it('binds values', async () => {
    const sink = new Collector();
    const bounds = new RowGroupBounds(noLimits);
    const value = `'; DROP TABLE t; --`;
    await readByCursor(client, {
      sql: 'SELECT $1::text, $2::int',
      values: [value, '7'],
      columns: [text, int4],
      bounds,
      sink,
      signal: never,
    });
    expect(sink.bytes[0]!.includes(value)).toBe(true);
  });

  it('waits while the sink has no room', async () => {
    const sink = new Collector(() => new Promise((resolve) => setTimeout(resolve, 2)));
    await read(client, 'SELECT i FROM generate_series(1, 50000) i', [int4], sink, { rows: 1000, bytes: 2 ** 40 });
    expect(sink.counts).toEqual(Array(50).fill(1000));
    expect(sink.overlapping).toBe(0);
  });

  it('leaves the connection usable, inside a transaction too', async () => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await read(client, 'SELECT 1', [int4], new Collector());
    await read(client, 'SELECT i FROM generate_series(1, 3000) i', [int4], new Collector());
    expect((await client.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
    await client.query('COMMIT');
  });

  it('hands on the error of the server, in the first page and in a later one', async () => {
    for (const failing of [1, 70_000]) {
      const sql = `SELECT 1 / (${failing} - i) FROM generate_series(1, 100000) i`;
      await expect(read(client, sql, [int4], new Collector())).rejects.toMatchObject({ code: '22012' });
    }
    expect((await client.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
  });

  it('hands on the error of the sink', async () => {
    const own = await session(db.url);
    const sink = new Collector(() => Promise.reject(new Error('disk full')));
    await expect(read(own, 'SELECT i FROM generate_series(1, 100000) i', [int4], sink)).rejects.toThrow('disk full');
    await own.end();
  });

  it('ends when the server ends the session', async () => {
    const own = await session(db.url);
    own.on('error', () => undefined);
    const { rows } = await own.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    let killed = false;
    const sink = new Collector(async () => {
      if (!killed) await client.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
      killed = true;
    });
    const reading = read(own, 'SELECT i, pg_sleep(0.001) FROM generate_series(1, 1000000) i', [int4, text], sink, {
      rows: 20,
      bytes: 2 ** 40,
    });
    await expect(reading).rejects.toThrow();
  });

  it('ends when the signal says so', async () => {
    const own = await session(db.url);
    const controller = new AbortController();
    const reason = new TidemarkError('interrupted.sigint', 'Interrupted');
    const sink = new Collector(async () => controller.abort(reason));
    const bounds = new RowGroupBounds({ rows: 100, bytes: 2 ** 40 });
    const sql = 'SELECT i FROM generate_series(1, 1000000) i';
    await expect(
      readByCursor(own, { sql, values: [], columns: [int4], bounds, sink, signal: controller.signal }),
    ).rejects.toBe(reason);
    await own.end();
    await expect(
      readByCursor(client, { sql, values: [], columns: [int4], bounds, sink, signal: controller.signal }),
    ).rejects.toBe(reason);
  });

  it('refuses databases whose text may be any bytes', async () => {
    const unchecked = { ...text, wire: 'text-unchecked' };
    await expect(read(client, 'SELECT 1', [unchecked], new Collector())).rejects.toMatchObject({
      code: 'source.unsupported',
    });
  });

  it('refuses rows that are not as wide as planned', async () => {
    const own = await session(db.url);
    await expect(read(own, 'SELECT 1, 2', [int4], new Collector())).rejects.toMatchObject({ code: 'source.protocol' });
    await own.end();
  });
});
