import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import pg from 'pg';

/** Accounts, each about a kilobyte: 40 MB, which is several ranges. */
const accountCount = 40_000;
const startBalance = 1000n;

/**
 * A bank whose every transaction keeps two invariants: the sum of all balances, and that both of a writer's marks hold the
 * same number. A read of more than one moment breaks at least one of them.
 */
export class Bank {
  private readonly writers: pg.Client[] = [];
  private going = true;
  private working: Promise<void>[] = [];
  transactions = 0;

  private constructor(private readonly url: string) {}

  static async open(url: string): Promise<Bank> {
    const bank = new Bank(url);
    await bank.sql(`
      CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL, mark bigint, pad text NOT NULL);
      ALTER TABLE accounts ALTER pad SET STORAGE PLAIN;
      INSERT INTO accounts SELECT i, ${startBalance}, NULL, repeat(md5(i::text), 28) FROM generate_series(1, ${accountCount}) i`);
    return bank;
  }

  async sql(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  }

  /** Starts writers that insert, update and delete without pause. */
  async startWriters(count: number): Promise<void> {
    for (let writer = 0; writer < count; writer += 1) {
      const client = new pg.Client({ connectionString: this.url });
      await client.connect();
      this.writers.push(client);
      // The first mark lies at the table's beginning, the second one at its end.
      const marks: [number, number] = [-1 - writer, accountCount * 10 + writer];
      await client.query(`UPDATE accounts SET id = $1, mark = 0 WHERE id = $2`, [marks[0], writer + 1]);
      await client.query(`UPDATE accounts SET id = $1, mark = 0 WHERE id = $2`, [marks[1], accountCount - writer]);
      this.working.push(this.write(client, writer, marks));
    }
  }

  async stop(): Promise<void> {
    this.going = false;
    await Promise.all(this.working);
    await Promise.all(this.writers.map((writer) => writer.end()));
  }

  private async write(client: pg.Client, writer: number, marks: [number, number]): Promise<void> {
    let next = accountCount * (11 + writer);
    const any = (): number => 1000 + Math.floor(Math.random() * (accountCount - 2000));
    for (let i = 1; this.going; i += 1) {
      const [a, b, fresh] = [any(), any(), (next += 1)];
      const old = fresh - 200;
      await client
        .query(
          `
        BEGIN;
        UPDATE accounts SET mark = ${i} WHERE id = ${marks[0]};
        WITH gone AS (DELETE FROM accounts WHERE id = ${old} RETURNING balance)
          UPDATE accounts SET balance = balance + (SELECT balance FROM gone) WHERE id = ${marks[0]} AND EXISTS (TABLE gone);
        WITH paid AS (UPDATE accounts SET balance = balance - 7 WHERE id = ${a} RETURNING pad)
          INSERT INTO accounts SELECT ${fresh}, 7, NULL, pad FROM paid;
        WITH paid AS (UPDATE accounts SET balance = balance - 3 WHERE id = ${b} RETURNING 1)
          UPDATE accounts SET balance = balance + 3 WHERE id = ${marks[1]} AND EXISTS (TABLE paid);
        UPDATE accounts SET mark = ${i} WHERE id = ${marks[1]};
        COMMIT`,
        )
        .catch(async (error: { code?: string }) => {
          // Two writers may want the same two accounts the other way round.
          if (error.code !== '40P01') throw error;
          await client.query('ROLLBACK');
        });
      this.transactions += 1;
      await sleep(0);
    }
  }
}

export interface BankState {
  readonly sum: bigint;
  /** Writers whose two marks are not the same. */
  readonly torn: number;
  readonly rows: bigint;
  readonly duplicates: bigint;
}

/** The invariants, computed by DuckDB over the shards of a version. */
export async function stateOf(folder: string): Promise<BankState> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(`
      SELECT sum(balance)::BIGINT, count(*), count(*) - count(DISTINCT id),
             (SELECT count(*) FROM '${folder}/*.parquet' a JOIN '${folder}/*.parquet' b
               ON b.id = ${accountCount * 10} - 1 - a.id WHERE a.id < 0 AND a.mark IS DISTINCT FROM b.mark)
      FROM '${folder}/*.parquet'`);
    const [sum, rows, duplicates, torn] = reader.getRows()[0] as [bigint, bigint, bigint, bigint];
    return { sum, rows, duplicates, torn: Number(torn) };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export const expectedSum = BigInt(accountCount) * startBalance;
