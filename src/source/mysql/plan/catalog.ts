import { closest } from 'fastest-levenshtein';
import { TidemarkError } from '../../../core/errors.js';
import type { MysqlConnection } from '../connection/connection.js';
import { quoteIdentifier } from '../sql/quote.js';
import type { CatalogFacts } from './types.js';

export interface TableName {
  readonly database: string;
  readonly table: string;
}

export interface TableColumn extends CatalogFacts {
  readonly name: string;
  readonly nullable: boolean;
}

/** A table or view, as the catalog has it. */
export interface TableFacts extends TableName {
  /** As SQL writes it. */
  readonly sql: string;
  readonly isView: boolean;
  readonly engine: string | undefined;
  /** The server's guess; undefined for views. */
  readonly rows: number | undefined;
  readonly bytes: number | undefined;
  readonly columns: readonly TableColumn[];
}

/** `table` or `database.table`; either may stand in backticks. @throws request.invalid */
export function parseTableName(text: string, database: string): TableName {
  const part = '(?:`((?:[^`]|``)+)`|([^.`]+))';
  const [, a, b, c, d] = new RegExp(`^\\s*${part}(?:\\.${part})?\\s*$`).exec(text) ?? [];
  const [first, second] = [a?.replaceAll('``', '`') ?? b, c?.replaceAll('``', '`') ?? d];
  if (first === undefined) {
    throw new TidemarkError('request.invalid', `table: "${text}" is no name of a table`, {
      hint: 'Write table or database.table; a name with a dot in it stands in backticks.',
    });
  }
  return second === undefined ? { database, table: first } : { database: first, table: second };
}

/** @throws source.not-found; source.unsupported for what is no table */
export async function readTable(connection: MysqlConnection, { database, table }: TableName): Promise<TableFacts> {
  const doing = { doing: `table ${database}.${table}` };
  const [found] = await connection.query<{
    db: string;
    name: string;
    type: string;
    engine: string | null;
    row_count: string | null;
    bytes: string | null;
  }>(
    `SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name, TABLE_TYPE AS type, ENGINE AS engine, TABLE_ROWS AS row_count, DATA_LENGTH AS bytes
       FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?`,
    [database, table],
    doing,
  );
  if (found === undefined) throw await notFound(connection, { database, table });
  const isView = found.type.includes('VIEW');
  return {
    database: found.db,
    table: found.name,
    sql: `${quoteIdentifier(found.db)}.${quoteIdentifier(found.name)}`,
    isView,
    engine: found.engine ?? undefined,
    rows: isView || found.row_count === null ? undefined : Number(found.row_count),
    bytes: isView || found.bytes === null ? undefined : Number(found.bytes),
    columns: await readColumns(connection, found.db, found.name),
  };
}

async function notFound(connection: MysqlConnection, { database, table }: TableName): Promise<TidemarkError> {
  const seen = await connection.query<{ name: string }>(
    'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?',
    [database],
  );
  const near =
    seen.length === 0
      ? ''
      : `Nearest: ${closest(
          table,
          seen.map(({ name }) => name),
        )}. `;
  return new TidemarkError('source.not-found', `there is no table ${database}.${table} that this user may see`, {
    hint: `${near}Look at the spelling and the database; capital letters may count. To let a user see it: GRANT SELECT.`,
  });
}

async function readColumns(connection: MysqlConnection, database: string, table: string): Promise<TableColumn[]> {
  const doing = { doing: `columns of ${database}.${table}` };
  const rows = await connection.query<{
    name: string;
    data_type: string;
    column_type: string;
    nullable: string;
    extra: string;
  }>(
    `SELECT COLUMN_NAME AS name, DATA_TYPE AS data_type, COLUMN_TYPE AS column_type, IS_NULLABLE AS nullable, EXTRA AS extra
       FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    [database, table],
    doing,
  );
  const valid = await jsonColumns(connection, database, table);
  // As for SELECT *: invisible columns are not there until they are named.
  return rows
    .filter(({ extra }) => !/\bINVISIBLE\b/.test(extra))
    .map(({ name, data_type: dataType, column_type: columnType, nullable }) => ({
      name,
      dataType: dataType.toLowerCase(),
      columnType,
      nullable: nullable === 'YES',
      isJson: valid.has(name.toLowerCase()),
    }));
}

/** MariaDB's JSON is a LONGTEXT with the constraint `json_valid(column)`. */
async function jsonColumns(connection: MysqlConnection, database: string, table: string): Promise<ReadonlySet<string>> {
  const known = await connection.query<object>(
    `SELECT 1 AS found FROM information_schema.COLUMNS
      WHERE TABLE_SCHEMA = 'information_schema' AND TABLE_NAME = 'CHECK_CONSTRAINTS' AND COLUMN_NAME = 'TABLE_NAME'`,
  );
  if (known.length === 0) return new Set();
  const rows = await connection.query<{ clause: string }>(
    `SELECT CHECK_CLAUSE AS clause FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ? AND TABLE_NAME = ?`,
    [database, table],
  );
  return new Set(
    rows.flatMap(
      ({ clause }) =>
        /^\s*json_valid\(`((?:[^`]|``)+)`\)\s*$/i.exec(clause)?.[1]?.replaceAll('``', '`').toLowerCase() ?? [],
    ),
  );
}
