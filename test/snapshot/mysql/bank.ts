import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import type { MariadbDatabase } from '../../servers/mariadb.js';

/** Accounts, each about a kilobyte: 40 MB, which is several ranges. */
const accountCount = 40_000;
const startBalance = 1000n;

/** The bank of the other moment tests, on MariaDB: the sum of all balances stays, and a writer's two marks hold the same number. */
export class Bank {
  private readonly writers: Connection[] = [];
  private going = true;
  private working: Promise<void>[] = [];
  transactions = 0;
  /** Milliseconds that the longest transaction took: nobody is to be held up for long. */
  longest = 0;

  private constructor(private readonly db: MariadbDatabase) {}

  static async open(db: MariadbDatabase): Promise<Bank> {
    await db.query(`
      CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL, mark bigint, pad text NOT NULL);
      INSERT INTO accounts SELECT seq, ${startBalance}, NULL, repeat(md5(seq), 28) FROM seq_1_to_${accountCount};
      ANALYZE TABLE accounts`);
    return new Bank(db);
  }

  /** Starts writers that insert, update and delete without pause. */
  async startWriters(count: number): Promise<void> {
    for (let writer = 0; writer < count; writer += 1) {
      const connection = await this.db.connect();
      this.writers.push(connection);
      // The first mark lies at the table's beginning, the second one at its end.
      const marks: [number, number] = [-1 - writer, accountCount * 10 + writer];
      await connection.query('UPDATE accounts SET id = ?, mark = 0 WHERE id = ?', [marks[0], writer + 1]);
      await connection.query('UPDATE accounts SET id = ?, mark = 0 WHERE id = ?', [marks[1], accountCount - writer]);
      this.working.push(this.write(connection, writer, marks));
    }
  }

  async stop(): Promise<void> {
    this.going = false;
    await Promise.all(this.working);
    await Promise.all(this.writers.map((writer) => writer.end()));
  }

  private async write(connection: Connection, writer: number, marks: [number, number]): Promise<void> {
    let next = accountCount * (11 + writer);
    const any = (): number => 1000 + Math.floor(Math.random() * (accountCount - 2000));
    for (let i = 1; this.going; i += 1) {
      const [a, b, fresh] = [any(), any(), (next += 1)];
      const old = fresh - 200;
      const began = performance.now();
      try {
        await connection.query(`
          BEGIN;
          UPDATE accounts SET mark = ${i} WHERE id = ${marks[0]};
          SET @gone = (SELECT balance FROM accounts WHERE id = ${old} FOR UPDATE);
          DELETE FROM accounts WHERE id = ${old};
          UPDATE accounts SET balance = balance + COALESCE(@gone, 0) WHERE id = ${marks[0]};
          UPDATE accounts SET balance = balance - 7 WHERE id = ${a};
          INSERT INTO accounts SELECT ${fresh}, 7 * ROW_COUNT(), NULL, repeat('x', 900);
          UPDATE accounts SET balance = balance - 3 WHERE id = ${b};
          UPDATE accounts SET balance = balance + 3 * ROW_COUNT() WHERE id = ${marks[1]};
          UPDATE accounts SET mark = ${i} WHERE id = ${marks[1]};
          COMMIT`);
      } catch (error) {
        // Two writers may want the same two accounts the other way round.
        if ((error as { code?: string }).code !== 'ER_LOCK_DEADLOCK') throw error;
        await connection.query('ROLLBACK');
      }
      this.longest = Math.max(this.longest, performance.now() - began);
      this.transactions += 1;
      await sleep(0);
    }
  }
}

export const expectedSum = BigInt(accountCount) * startBalance;
