import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshMariadb, type MariadbDatabase } from '../servers/mariadb.js';
import { withMariadb } from '../servers/with-mariadb.js';
import { Chain } from './chain.js';

/** `npm run test:race` makes 200 increments of transactions that stay open for up to 5 s. */
const increments = Number(process.env['TIDEMARK_RACE_INCREMENTS'] ?? 5);
const longest = Number(process.env['TIDEMARK_RACE_LONGEST'] ?? 400);
const writers = 6;

/** The race of PostgreSQL's increments, without what MySQL does not have: late commits, ties, updates, deletes, rollbacks, keys that come back. */
class Race {
  private going = true;
  private working: Promise<void>[] = [];
  private connections: Connection[] = [];
  committed = 0;

  constructor(private readonly db: MariadbDatabase) {}

  async begin(): Promise<void> {
    await this.db.query(`CREATE TABLE race (id bigint PRIMARY KEY, stamp char(36) NOT NULL,
      at timestamp(6) NOT NULL, written timestamp(6) NOT NULL DEFAULT now(6) ON UPDATE now(6), KEY (written))`);
    for (let i = 0; i < writers; i += 1) this.connections.push(await this.db.connect());
    this.working = this.connections.map((connection, writer) => this.write(connection, writer));
  }

  async end(): Promise<void> {
    this.going = false;
    await Promise.all(this.working);
    await Promise.all(this.connections.map((connection) => connection.end()));
  }

  private async write(connection: Connection, writer: number): Promise<void> {
    let next = writer;
    const id = (): number => (next += writers);
    await connection.query(
      'SET SESSION innodb_lock_wait_timeout = 1; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
    );
    for (let i = 0; this.going; i += 1) {
      const known = (): number => writer + writers * (1 + Math.floor(Math.random() * 3 * (i + 1)));
      try {
        await connection.query(`BEGIN;
          INSERT INTO race (id, stamp, at) VALUES (${id()}, '${randomUUID()}', now(6)), (${id()}, '${randomUUID()}', now()), (${id()}, '${randomUUID()}', now(6) - INTERVAL 1 DAY);
          UPDATE race SET stamp = '${randomUUID()}', at = now(6) WHERE id = ${known()};
          DELETE FROM race WHERE id = ${known()};
          INSERT IGNORE INTO race (id, stamp, at) VALUES (${known()}, '${randomUUID()}', now(6))`);
        for (let left = Math.random() ** 3 * longest; this.going && left > 0; left -= 50)
          await sleep(Math.min(left, 50));
        await connection.query(Math.random() < 0.1 ? 'ROLLBACK' : 'COMMIT');
        this.committed += 1;
      } catch (error) {
        if (!['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT'].includes((error as { code: string }).code)) throw error;
        await connection.query('ROLLBACK');
      }
    }
  }
}

withMariadb('increments in a race', (server) => {
  let db: MariadbDatabase;
  beforeAll(async () => {
    db = await freshMariadb(server);
  });
  afterAll(() => db.drop());

  it(
    `${increments} of them, with ${writers} writers, hold every row version once`,
    { timeout: 7_200_000 },
    async () => {
      const race = new Race(db);
      await race.begin();
      // Longer than any transaction; all clocks are one.
      const options = { cursor: 'written', lag: '10m', mode: 'upsert', key: 'id', deletes: 'scan', lanes: 3 } as const;
      const chains = [
        new Chain(db.url, { table: 'race', ...options }),
        new Chain(db.url, { query: 'SELECT * FROM race', ...options }),
      ];
      const naive = new Set<string>();
      let last = '1971-01-01';
      const greater = async (): Promise<void> => {
        for (const row of await db.query(`SELECT stamp, at FROM race WHERE at > '${last}' ORDER BY at`)) {
          naive.add(row['stamp']!);
          last = row['at']!;
        }
      };
      for (let i = 0; i < increments; i += 1) {
        for (const chain of chains) await chain.next();
        await greater();
      }
      await race.end();
      for (const chain of chains) await chain.next();
      await greater();
      const final = (await db.query('SELECT stamp FROM race ORDER BY 1')).map(({ stamp }) => stamp!);
      expect(race.committed).toBeGreaterThan(increments);
      for (const chain of chains) {
        const delivered = await chain.values('stamp');
        expect(new Set(delivered).size, 'a row version comes twice').toBe(delivered.length);
        expect(
          final.filter((stamp) => !delivered.includes(stamp)),
          'lost row versions',
        ).toEqual([]);
        const merged = await chain.compact();
        expect(await chain.values('stamp', [merged]), 'the newest row of each key that is there').toEqual(final);
        expect(merged.digest).toBe(chain.made.at(-1)!.chain!.digest);
      }
      // The race can be lost: whoever asks for what is after the largest time has lost some.
      expect(final.filter((stamp) => !naive.has(stamp)).length).toBeGreaterThan(0);
    },
  );
});
