import { unindexedCaution } from '../../unindexed.js';
import type { MysqlConnection } from '../connection/connection.js';
import type { TableFacts } from '../plan/catalog.js';

/**
 * For people: a table whose cursor no index begins with. Of views, and of what a query reads, the server alone knows.
 * @param column the first of the cursor
 */
export async function unindexedWarning(
  connection: MysqlConnection,
  table: TableFacts | undefined,
  column: string | undefined,
): Promise<string[]> {
  if (column === undefined || table?.bytes === undefined || table.isView) return [];
  const caution = unindexedCaution({ sql: table.sql, bytes: table.bytes }, column);
  if (caution.length === 0) return [];
  const found = await connection.query<{ name: string }>(
    `SELECT INDEX_NAME AS name FROM information_schema.STATISTICS
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_NAME = ? AND SEQ_IN_INDEX = 1 AND INDEX_TYPE = 'BTREE'`,
    [table.database, table.table, column],
    { doing: 'looking for an index of the cursor' },
  );
  return found.length > 0 ? [] : caution;
}
