import { invalidRequest, TidemarkError } from '../../../core/errors.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import { quoteIdentifier } from '../../postgres-protocol/quote.js';

/** A table or view, as the catalog has it. */
export interface TableFacts {
  /** `schema.table`. */
  readonly name: string;
  /** For SQL. */
  readonly quoted: string;
}

const part = /"((?:[^"]|"")+)"|([A-Za-z_][\w$]*)/y;

/** `table`, `schema.table` or `database.schema.table`; what is not "quoted" is folded to lower case. @throws request.invalid */
function partsOf(given: string): readonly string[] {
  const parts: string[] = [];
  for (let at = 0; ; at++) {
    part.lastIndex = at;
    const found = part.exec(given);
    if (found === null) break;
    parts.push(found[1]?.replaceAll('""', '"') ?? found[2]!.toLowerCase());
    at += found[0].length;
    if (at === given.length && parts.length <= 3) return parts;
    if (given[at] !== '.') break;
  }
  throw invalidRequest(
    `table: "${given}" is no name of a table`,
    'Write table, schema.table or database.schema.table; names with capitals stand in "quotes".',
  );
}

/**
 * Looks for a table by its name. Those of other databases and of external schemas are not in the catalog, and taken at their word.
 * @throws source.not-found; request.invalid
 */
export async function findTable(connection: PgConnection, given: string): Promise<TableFacts> {
  const parts = partsOf(given);
  const [table, schema] = parts.toReversed();
  const asGiven = { name: parts.join('.'), quoted: parts.map(quoteIdentifier).join('.') };
  if (parts.length > 1) return asGiven;
  const [found] = await connection.query<{ schema: string }>(
    `SELECT n.nspname::varchar AS "schema" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = $1 AND c.relkind IN ('r', 'v', 'p', 'm') AND pg_catalog.pg_table_is_visible(c.oid)`,
    [table],
    { doing: `looking for table ${given}` },
  );
  if (found !== undefined)
    return { name: `${found.schema}.${table}`, quoted: [found.schema, table!].map(quoteIdentifier).join('.') };
  throw new TidemarkError('source.not-found', `table: there is no "${table}" on the search path`, {
    hint: `Name its schema: schema.${table}. Names with capitals stand in quotes: '"${schema ?? table}"'.`,
  });
}

/** How large a table is, as the server says. */
export interface TableSize {
  readonly rows: number | undefined;
  readonly bytes: number | undefined;
}

/** What the server says of sizes. */
export interface TableSizes {
  /** It does not tell this user: `svv_table_info` is for superusers, and for whom they grant it. */
  readonly refused: boolean;
  of(name: string): TableSize;
}

/** Asked before the moment begins: not everybody may see it, and a refusal would end the transaction. */
export async function tableSizes(connection: PgConnection): Promise<TableSizes> {
  const sql =
    'SELECT "schema"::varchar AS "schema", "table"::varchar AS "table", tbl_rows::varchar AS count, size::varchar AS mebibytes FROM svv_table_info';
  const rows = await connection
    .query<Record<'schema' | 'table' | 'count' | 'mebibytes', string | null>>(sql)
    .catch(() => undefined);
  const known = new Map(rows?.map((row) => [`${row.schema}.${row.table}`, row]));
  return {
    refused: rows === undefined,
    of(name) {
      const { count, mebibytes } = known.get(name) ?? {};
      return {
        rows: count ? Math.round(Number(count)) : undefined,
        bytes: mebibytes ? Number(mebibytes) * 1024 * 1024 : undefined,
      };
    },
  };
}
