import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { LaneReader, OpenSource, RowSink } from '../../../src/core/source.js';
import { openLane } from '../../../src/source/mysql/read/lane.js';
import { open } from '../../../src/source/mysql/open.js';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { withMariadb } from '../../servers/with-mariadb.js';
import { requestOf } from './open-request.js';

// Ranges of few rows, and several sessions, for a small table.
vi.mock('../../../src/source/mysql/plan/range-size.js', () => ({
  worthSessions: 1,
  rangeSizes: () => ({ step: 2048, smallest: 16_384, largest: 16_384, rowBytes: 100 }),
  rowsOfRange: () => 16_384,
}));

const rows = 60_000;
const limits = { rows: 1000, bytes: 2 ** 20 };
const never = new AbortController().signal;

withMariadb('when something goes wrong with MariaDB', (server) => {
  let db: MariadbDatabase;
  const opened: OpenSource[] = [];
  beforeAll(async () => {
    db = await freshMariadb(server);
    await db.query(`CREATE TABLE t (id int PRIMARY KEY, pad varchar(500));
      INSERT INTO t SELECT seq, REPEAT('x', 400) FROM seq_1_to_${rows}; ANALYZE TABLE t`);
  });
  afterAll(async () => {
    await Promise.all(opened.map((source) => source.close()));
    await db.drop();
  });

  const openTable = async (lanes: number, changes = {}, signal = never): Promise<OpenSource> => {
    const source = await open(requestOf(db.url, { tables: [{ name: 't', table: 't' }], lanes, ...changes }), signal);
    opened.push(source);
    return source;
  };
  /** Counts rows; before the first one `first` happens. */
  const counting = (first: () => Promise<void> = () => Promise.resolve()): RowSink & { count: number } => {
    let wait: Promise<void> | undefined;
    const sink = {
      count: 0,
      rows: async (_bytes: Uint8Array, _start: number, _end: number, count: number) => {
        sink.count += count;
        await (wait ??= first());
      },
      cut: () => undefined,
      batch: () => undefined,
    };
    return sink;
  };
  const kill = async (which: string, kind = 'CONNECTION'): Promise<number> => {
    const found = await db.query(
      `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = '${db.name}' AND ${which}`,
    );
    for (const { id } of found) await db.query(`KILL ${kind} ${id}`);
    return found.length;
  };
  const readAll = async (source: OpenSource, lane: LaneReader): Promise<number> => {
    const sink = counting();
    for (const range of source.tables[0]!.ranges) await lane.read(source.tables[0]!, range, limits, sink);
    return sink.count;
  };

  it('another session reads on where one was lost', async () => {
    const source = await openTable(2);
    const [table] = source.tables;
    const lane = await openLane(source.ticket, never);
    const sink = counting(async () =>
      expect(await kill(`INFO LIKE 'SELECT%pad%FROM%t%' AND INFO NOT LIKE '%PROCESSLIST%'`)).toBe(1),
    );
    await expect(lane.read(table!, table!.ranges[0]!, limits, sink)).rejects.toMatchObject({
      code: 'source.lost',
      retryable: true,
    });
    await lane.close();
    const again = await openLane(source.ticket, never);
    expect(await readAll(source, again)).toBe(rows);
    await again.close();
    expect(await source.confirm([])).toMatchObject({ level: 'snapshot' });
  });

  it('the run ends when the last session is lost, and says that the moment is gone', async () => {
    const source = await openTable(2);
    const lost = expect(source.lost).rejects.toMatchObject({
      code: 'source.lost',
      retryable: false,
      message: expect.stringContaining('the snapshot is gone with its last session'),
    });
    expect(await kill('ID <> CONNECTION_ID()')).toBeGreaterThanOrEqual(2);
    await lost;
    const lane = await openLane(source.ticket, never);
    await expect(readAll(source, lane)).rejects.toMatchObject({ code: 'source.lost' });
    await lane.close();
    await expect(source.confirm([])).rejects.toMatchObject({ code: 'source.lost' });
  });

  it('a statement that is killed fails, and its session reads on', async () => {
    const source = await openTable(1);
    const [table] = source.tables;
    const lane = await openLane(source.ticket, never);
    const sink = counting(async () =>
      expect(await kill(`INFO LIKE 'SELECT%pad%FROM%t%' AND INFO NOT LIKE '%PROCESSLIST%'`, 'QUERY')).toBe(1),
    );
    const wide = { ...table!.ranges[0]!, detail: { table: 0 } };
    await expect(lane.read(table!, wide, limits, sink)).rejects.toMatchObject({ code: 'source.timeout' });
    expect(await readAll(source, lane)).toBe(rows);
    await lane.close();
  });

  it('a lane that fails gives its session back, at the same moment', async () => {
    const source = await openTable(1);
    const [table] = source.tables;
    await db.query(`INSERT INTO t VALUES (${rows + 1}, 'later')`);
    try {
      const lane = await openLane(source.ticket, never);
      const wide = { ...table!.ranges[0]!, detail: { table: 0 } };
      const failing = { ...counting(), rows: () => Promise.reject(new Error('no room')) };
      await expect(lane.read(table!, wide, limits, failing)).rejects.toThrow('no room');
      expect(await readAll(source, lane)).toBe(rows);
      await lane.close();
    } finally {
      await db.query(`DELETE FROM t WHERE id > ${rows}`);
    }
  });

  it('a destination that stalls longer than the server waits for a client loses nothing', async () => {
    const [before] = await db.query('SELECT @@GLOBAL.net_write_timeout AS seconds');
    await db.query('SET GLOBAL net_write_timeout = 1');
    try {
      const source = await openTable(1);
      const [table] = source.tables;
      const lane = await openLane(source.ticket, never);
      const sink = counting(() => sleep(3500));
      await lane.read(table!, { ...table!.ranges[0]!, detail: { table: 0 } }, limits, sink);
      expect(sink.count).toBe(rows);
      await lane.close();
    } finally {
      await db.query(`SET GLOBAL net_write_timeout = ${before!['seconds']}`);
    }
  });

  it('a run that is given up ends its statements', async () => {
    const given = new AbortController();
    const source = await openTable(1, {}, given.signal);
    const [table] = source.tables;
    const lane = await openLane(source.ticket, given.signal);
    const sink = counting(() => Promise.resolve(given.abort(new Error('enough'))));
    await expect(lane.read(table!, { ...table!.ranges[0]!, detail: { table: 0 } }, limits, sink)).rejects.toThrow(
      'enough',
    );
    await lane.close();
    await source.close();
    await vi.waitFor(
      async () => expect(await kill(`INFO LIKE 'SELECT%pad%FROM%t%' AND INFO NOT LIKE '%PROCESSLIST%'`)).toBe(0),
      5000,
    );
  });

  it('what is sent is compared with what was planned', async () => {
    await db.query('CREATE OR REPLACE TABLE small (id int PRIMARY KEY, n int); INSERT INTO small VALUES (1, 1)');
    const source = await openTable(1, { tables: [{ name: 's', table: 'small' }], consistency: 'none' });
    await db.query('ALTER TABLE small MODIFY n bigint');
    const lane = await openLane(source.ticket, never);
    await expect(readAll(source, lane)).rejects.toMatchObject({
      code: 'source.changed',
      message: expect.stringContaining('"n" is of type bigint now, and was int'),
    });
    await lane.close();
  });
});
