import type { MysqlConnection } from '../connection/connection.js';

/** A year in seconds: the most that servers take for a time. */
const longest = 31_536_000;
/** Seconds that a table is waited for: others may have to wait behind. */
export const lockSeconds = 2;

/** What values, or their order, could depend on, whatever server, database and user are set to. All servers know these. */
const pinned = [
  `NAMES utf8mb4 COLLATE utf8mb4_general_ci`,
  `SESSION sql_mode = ''`,
  `SESSION time_zone = '+00:00'`,
  `SESSION lc_time_names = 'en_US'`,
  `SESSION sql_auto_is_null = 0`,
  `SESSION default_week_format = 0`,
  `SESSION div_precision_increment = 4`,
  // Longer results would be cut, with a warning that nobody reads.
  `SESSION group_concat_max_len = 4294967295`,
  `SESSION sql_select_limit = 18446744073709551615`,
  `SESSION sql_big_selects = 1`,
  // A destination that stalls must not lose the session, and neither must a lane that waits for its turn.
  `SESSION net_write_timeout = ${longest}`,
  `SESSION net_read_timeout = ${longest}`,
  `SESSION wait_timeout = ${longest}`,
  `SESSION lock_wait_timeout = ${lockSeconds}`,
];

/** What only some servers know. */
const where: Readonly<Record<string, string>> = {
  idle_transaction_timeout: '0',
  idle_readonly_transaction_timeout: '0',
  max_execution_time: '0',
  max_statement_time: '0',
};

/** Pins the settings of a session. @throws source.* */
export async function pinSession(connection: MysqlConnection, readCommitted: boolean): Promise<void> {
  const doing = { doing: 'beginning the session' };
  await connection.query(`SET ${pinned.join(', ')}`, [], doing);
  const isolation = readCommitted ? 'READ COMMITTED' : 'REPEATABLE READ';
  await connection.query(`SET SESSION TRANSACTION ISOLATION LEVEL ${isolation}, READ ONLY`, [], doing);
  const names = Object.keys(where);
  const known = await connection.query<{ Variable_name: string }>(
    `SHOW VARIABLES WHERE Variable_name IN (${names.map(() => '?').join(', ')})`,
    names,
    doing,
  );
  const rest = known.map(({ Variable_name: name }) => `SESSION ${name} = ${where[name]}`);
  if (rest.length > 0) await connection.query(`SET ${rest.join(', ')}`, [], doing);
}
