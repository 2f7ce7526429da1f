import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { inject } from 'vitest';
import { freshDatabase } from '../servers/postgres.js';

/** A table of accounts, and writers that never rest: the sum of all accounts is the same at every moment. */
export interface Bank {
  readonly url: string;
  readonly accounts: number;
  /** Of all accounts. */
  readonly total: number;
  connect(): Promise<Client>;
  close(): Promise<void>;
}

/* So many that members are at work before one of them could have written all. */
const accounts = 200_000;
const writers = 4;

export async function openBank(): Promise<Bank> {
  const database = await freshDatabase(inject('postgres18'));
  await database.query(`
    CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint, note text);
    INSERT INTO accounts SELECT i, 100, repeat(md5(i::text), 12) FROM generate_series(1, ${accounts}) i;
    ANALYZE accounts;`);
  const stop = new AbortController();
  const clients = await Promise.all(Array.from({ length: writers }, () => database.connect()));
  const writing = clients.map((client) => write(client, stop.signal));
  return {
    url: database.url,
    accounts,
    total: accounts * 100,
    connect: () => database.connect(),
    async close() {
      stop.abort();
      await Promise.all(writing);
      await database.drop();
    },
  };
}

/** Moves money from one account to another, again and again. */
async function write(client: Client, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const [from, to] = [1, 2].map(() => 1 + Math.floor(Math.random() * accounts));
    const amount = Math.floor(Math.random() * 50);
    await client.query('BEGIN');
    await client.query('UPDATE accounts SET balance = balance - $1 WHERE id = $2', [amount, from]);
    await client.query('UPDATE accounts SET balance = balance + $1 WHERE id = $2', [amount, to]);
    await client.query('COMMIT');
    await sleep(5);
  }
  await client.end();
}
