import { randomBytes } from 'node:crypto';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { MysqlBinaries } from '../../src/cli/demo/mysql-binaries.js';
import { type MysqlServer, startMysql } from '../../src/cli/demo/mysql-server.js';

export type MariadbServer = MysqlServer;

/** A running server, as plain data: it crosses from the global set-up to the test files. */
export interface SharedMariadb {
  readonly host: string;
  readonly port: number;
  readonly socket: string;
  /** May do everything, and has no password. */
  readonly user: string;
}

/** A server or why there is none. */
export type MaybeMariadb = { readonly server: SharedMariadb } | { readonly missing: string };

const settings = [
  ...['--log-bin=binlog', '--server-id=1', '--binlog-format=ROW', '--innodb-log-file-size=64M'],
  // What is found where nobody has said otherwise: nothing may depend on it.
  ...['--character-set-server=latin1', '--collation-server=latin1_swedish_ci'],
];

/**
 * The server of the demo, as the user that runs the tests, whose files it reads.
 * @param extra settings, as on the server's command line
 */
export function startMariadb(binaries: MysqlBinaries, extra: readonly string[] = []): Promise<MariadbServer> {
  return startMysql({ binaries, account: undefined, settings: [...settings, ...extra] });
}

/** A database of a test file's own on a shared server. */
export interface MariadbDatabase {
  readonly url: string;
  readonly name: string;
  /** Runs statements, separated by `;` at ends of lines, and gives the rows of the last one, all values as the server's text. */
  query(sql: string, values?: readonly unknown[]): Promise<Record<string, string | null>[]>;
  /** A connection of its own, for sessions and transactions; the caller ends it. */
  connect(): Promise<Connection>;
  drop(): Promise<void>;
}

/** Makes an empty database, in utf8mb4. */
export async function freshMariadb({ host, port, user }: SharedMariadb): Promise<MariadbDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  const connect = (database?: string): Promise<Connection> =>
    createConnection({
      ...{ host, port, user, multipleStatements: true, charset: 'utf8mb4', rowsAsArray: false },
      ...(database !== undefined && { database }),
      // The text that the server sends, whatever the type.
      typeCast: (field) => field.string('utf8'),
    });
  const inSession = async <T>(use: (connection: Connection) => Promise<T>, database?: string): Promise<T> => {
    const connection = await connect(database);
    try {
      return await use(connection);
    } finally {
      await connection.end();
    }
  };
  await inSession((connection) => connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`));
  return {
    url: `mysql://${user}@${host}:${port}/${name}`,
    name,
    query: (sql, values = []) =>
      inSession(async (connection) => {
        await connection.query(`SET time_zone = '+00:00', sql_mode = ''`);
        const [rows] = await connection.query<RowDataPacket[] | RowDataPacket[][]>(sql, [...values]);
        const last: unknown = Array.isArray(rows) && rows.some(Array.isArray) ? rows.at(-1) : rows;
        return (Array.isArray(last) ? last : []) as Record<string, string | null>[];
      }, name),
    connect: () => connect(name),
    drop: () => inSession(async (connection) => void (await connection.query(`DROP DATABASE ${name}`))),
  };
}
