import type { MysqlConnection } from '../connection/connection.js';
import type { KeyColumn } from '../sql/condition.js';
import type { TableColumn } from './catalog.js';

/** What orders a table's rows: an index without equal keys and without NULLs. */
export interface TableKey {
  readonly index: string;
  readonly columns: readonly KeyColumn[];
}

const asText = 'CAST(c AS CHAR CHARACTER SET utf8mb4)';

/** How values are read and bound again, by the column's type; undefined for a type whose order is not that of such values. */
export function keyColumn({
  name,
  dataType,
  columnType,
}: Pick<TableColumn, 'name' | 'dataType' | 'columnType'>): KeyColumn | undefined {
  const of = (bind: string, read = asText): KeyColumn => ({ name, read, bind });
  switch (dataType) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
    case 'year':
      return of(columnType.includes('unsigned') ? 'CAST(? AS UNSIGNED)' : 'CAST(? AS SIGNED)');
    case 'decimal':
      return of(`CAST(? AS ${columnType.replace(/ (?:unsigned|zerofill)/g, '').toUpperCase()})`);
    case 'date':
      return of('CAST(? AS DATE)');
    case 'datetime':
    case 'timestamp':
      return of('CAST(? AS DATETIME(6))');
    case 'char':
    case 'varchar':
    case 'uuid':
      return of('?');
    case 'binary':
    case 'varbinary':
      return of('UNHEX(?)', 'HEX(c)');
    default:
      return undefined;
  }
}

/** What tells rows from each other. */
export interface FoundKey {
  readonly names: readonly string[];
  /** Undefined: ranges cannot be cut by it. */
  readonly key: TableKey | undefined;
}

/** The primary key, or the first unique index of columns that cannot be NULL; undefined where there is none. */
export async function readKey(
  connection: MysqlConnection,
  place: { readonly database: string; readonly table: string },
  columns: readonly TableColumn[],
): Promise<FoundKey | undefined> {
  const rows = await connection.query<{ name: string; col: string; part: string | null }>(
    `SELECT INDEX_NAME AS name, COLUMN_NAME AS col, SUB_PART AS part FROM information_schema.STATISTICS
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0 AND INDEX_TYPE = 'BTREE'
      ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX`,
    [place.database, place.table],
    { doing: 'looking for the key' },
  );
  for (const index of new Set(rows.map(({ name }) => name))) {
    const parts = rows.filter(({ name }) => name === index);
    const found = parts.map(({ col }) => columns.find(({ name }) => name === col));
    const usable = parts.every(({ part }) => part === null) && found.every((column) => column && !column.nullable);
    if (!usable) continue;
    const keys = found.flatMap((column) => keyColumn(column!) ?? []);
    return {
      names: parts.map(({ col }) => col),
      key: keys.length === parts.length ? { index, columns: keys } : undefined,
    };
  }
  return undefined;
}
