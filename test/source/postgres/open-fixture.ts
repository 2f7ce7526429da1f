import { Secret } from '../../../src/core/secret.js';
import type pg from 'pg';
import { expect } from 'vitest';
import { TidemarkError } from '../../../src/core/errors.js';
import type { OpenSource } from '../../../src/core/source.js';
import { open } from '../../../src/source/postgres/open.js';
import type { Ticket } from '../../../src/source/postgres/snapshot/session.js';
import { type FreshDatabase, freshDatabase, type SharedServer } from '../../servers/postgres.js';
import { type RequestChanges, requestOf } from './open-request.js';

export const never = new AbortController().signal;

export const table = (name: string): RequestChanges => ({ tables: [{ name: 't', table: name }] });

export const query = (sql: string, parameters: Record<string, string> = {}, secret = false): RequestChanges => ({
  tables: [{ name: 'q', query: sql }],
  parameters: Object.entries(parameters).map(([name, value]) => ({
    name,
    value: secret ? new Secret(value) : value,
  })),
});

export const ticketOf = (source: OpenSource): Ticket => source.ticket as Ticket;

/** A database with relations of every kind, and a role that may read little of it. */
export class OpenFixture {
  private readonly opened: OpenSource[] = [];
  private readonly clients: pg.Client[] = [];
  /** The URL as the role that may read little. */
  readonly readerUrl: string;

  private constructor(readonly db: FreshDatabase) {
    this.readerUrl = db.url.replace('postgres@', `reader_${db.name}@`);
  }

  static async create(server: SharedServer): Promise<OpenFixture> {
    const db = await freshDatabase(server);
    await db.query(`
      CREATE TABLE plain (id bigint PRIMARY KEY, gone int, amount numeric(15,2), twice numeric GENERATED ALWAYS AS (amount * 2) STORED, i interval);
      ALTER TABLE plain DROP COLUMN gone;
      INSERT INTO plain (id, amount, i) SELECT g, g / 100.0, '1 day' FROM generate_series(1, 1000) g;
      CREATE TABLE "Mixed Case" (a int);
      CREATE SCHEMA deep; CREATE TABLE deep.inner_table (a int); INSERT INTO deep.inner_table VALUES (1), (2);
      CREATE VIEW deep.seen AS SELECT a FROM deep.inner_table;
      CREATE VIEW through AS SELECT s.a, p.amount FROM deep.seen s JOIN plain p ON p.id = s.a;
      CREATE MATERIALIZED VIEW kept AS SELECT id FROM plain WHERE id <= 10;
      CREATE UNLOGGED TABLE quick (a int);
      CREATE INDEX an_index ON plain (amount);
      CREATE TABLE hidden (a int, owner text); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON hidden USING (owner = current_user);
      CREATE TABLE parted (k int, filler text) PARTITION BY LIST (k);
      CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
      CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2, 3) PARTITION BY LIST (k);
      CREATE TABLE parted_22 PARTITION OF parted_2 FOR VALUES IN (2);
      CREATE TABLE parted_23 PARTITION OF parted_2 FOR VALUES IN (3);
      INSERT INTO parted SELECT 1 + (g > 30000)::int + (g > 31000)::int, repeat('x', 1500) FROM generate_series(1, 32000) g;
      CREATE TABLE nothing ();
      ANALYZE plain;
    `);
    const role = `reader_${db.name}`;
    await db.query(`CREATE ROLE ${role} LOGIN; GRANT USAGE ON SCHEMA deep TO ${role}; GRANT SELECT ON deep.seen, hidden TO ${role};
      GRANT SELECT (id) ON plain TO ${role}`);
    return new OpenFixture(db);
  }

  async open(rest: RequestChanges, url = this.db.url): Promise<OpenSource> {
    const source = await open(requestOf(url, rest), never);
    this.opened.push(source);
    return source;
  }

  async failure(rest: RequestChanges, url = this.db.url): Promise<TidemarkError> {
    const error: unknown = await this.open(rest, url).then(
      () => new Error('it opened'),
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(TidemarkError);
    return error as TidemarkError;
  }

  /** A session of somebody else. */
  async session(): Promise<pg.Client> {
    const client = await this.db.connect();
    client.on('error', () => undefined);
    this.clients.push(client);
    return client;
  }

  /** Sessions of this database that wait for a lock of a mode. */
  waiting(mode: string): Promise<readonly object[]> {
    return this.db.query(
      `SELECT pid FROM pg_locks WHERE NOT granted AND mode = $1
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [mode],
    );
  }

  /** Closes what the test opened. */
  async settle(): Promise<void> {
    await Promise.all(this.clients.splice(0).map((client) => client.end()));
    await Promise.all(this.opened.splice(0).map((source) => source.close()));
  }

  async drop(): Promise<void> {
    await this.db.query(`DROP OWNED BY reader_${this.db.name}`);
    await this.db.drop();
  }
}
