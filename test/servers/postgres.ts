import { randomBytes } from 'node:crypto';
import pg from 'pg';

export { startPostgres, type PostgresServer } from '../../src/cli/demo/server.js';

/** A running server, as plain data: it crosses from the global set-up to the test files. */
export interface SharedServer {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly version: number;
  readonly socketFolder: string;
}

/** A database of a test file's own on a shared server. */
export interface FreshDatabase {
  readonly url: string;
  readonly name: string;
  readonly psqlEnv: Readonly<Record<string, string>>;
  /** Runs SQL (one or more statements) and gives the rows of the last one, values as node-postgres reads them. */
  query<Row extends object = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** A connection of its own, for sessions and transactions; the caller ends it. */
  connect(): Promise<pg.Client>;
  drop(): Promise<void>;
}

/** Makes an empty database: `const db = await freshDatabase(inject('postgres18'))`. */
export async function freshDatabase(server: SharedServer): Promise<FreshDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await withClient(server.url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE template0`));
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    name,
    psqlEnv: { PGHOST: server.host, PGPORT: String(server.port), PGUSER: server.user, PGDATABASE: name },
    query: async <Row extends object>(sql: string, values?: readonly unknown[]) => {
      const result: unknown = await withClient(url.href, (client) => client.query(sql, values && [...values]));
      const last = Array.isArray(result) ? (result.at(-1) as pg.QueryResult) : (result as pg.QueryResult);
      return last.rows as Row[];
    },
    connect: async () => {
      const client = new pg.Client(url.href);
      await client.connect();
      return client;
    },
    drop: () => withClient(server.url, async (client) => void (await client.query(`DROP DATABASE ${name} (FORCE)`))),
  };
}

async function withClient<Result>(url: string, use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
