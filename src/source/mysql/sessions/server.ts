import { TidemarkError } from '../../../core/errors.js';
import type { MysqlConnection } from '../connection/connection.js';

/** What is asked of the server first. */
export interface ServerFacts {
  readonly kind: 'MySQL' | 'MariaDB';
  readonly version: string;
  readonly database: string;
  readonly user: string;
  /** It writes a binary log. */
  readonly logs: boolean;
  /** Sessions that it has free, as far as this user may know. */
  readonly freeSessions: number;
  readonly time: string;
}

/** @throws source.* */
export async function readServer(connection: MysqlConnection): Promise<ServerFacts> {
  const doing = { doing: 'asking the server what it is' };
  const [row] = await connection.query<Record<string, string | number | null>>(
    `SELECT VERSION() AS version, DATABASE() AS db, CURRENT_USER() AS user, @@GLOBAL.log_bin AS logs,
            @@GLOBAL.max_connections AS most, @@SESSION.max_user_connections AS own, DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ') AS time`,
    [],
    doing,
  );
  const [threads] = await connection.query<{ Value: string }>(`SHOW GLOBAL STATUS LIKE 'Threads_connected'`, [], doing);
  const version = String(row!['version']);
  if (row!['db'] === null) throw new TidemarkError('source.not-found', 'the session has no database');
  const free = Number(row!['most']) - Number(threads?.Value ?? 0);
  const own = Number(row!['own']);
  return {
    kind: /mariadb/i.test(version) ? 'MariaDB' : 'MySQL',
    version,
    database: String(row!['db']),
    user: String(row!['user']),
    logs: Number(row!['logs']) === 1,
    freeSessions: Math.max(0, own > 0 ? Math.min(free, own - 1) : free),
    time: String(row!['time']),
  };
}
