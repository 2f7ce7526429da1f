import { invalidRequest } from '../../../core/errors.js';
import * as query from '../../query-code.js';
import type { TableName } from '../connection/table-name.js';

/** What is no code in Snowflake's SQL: comments, quoted names, texts in quotes and between dollar signs. */
const notCode = /(?:--|\/\/)[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"]|"")*"|'(?:\\[\s\S]|''|[^'\\])*'|\$\$[\s\S]*?\$\$/g;

/** A parameter: `:name`, which is neither a cast (`::date`) nor a path into a value (`data:name`). */
const parameter = /(?<![\w:"\])$]):([A-Za-z_]\w*)/g;

export const hasMomentPlace = (sql: string): boolean => query.hasMomentPlace(sql, notCode);

/** Whether the rows of a query come in an order. */
export const isOrdered = (sql: string): boolean => query.isOrdered(sql, notCode);

/** A query at a moment. @param moment microseconds since 1970; undefined: the query says of none */
export const queryAt = (sql: string, moment: bigint | undefined): string =>
  moment === undefined ? sql : query.withMoment(sql, notCode, momentLiteral(moment));

/** The names of a query's parameters, in order of appearance. @throws request.invalid for parameters without names */
export function parametersIn(sql: string): readonly string[] {
  const code = query.codeOf(sql, notCode);
  if (code.includes('?'))
    throw invalidRequest(
      'query: it has a parameter without a name, ?',
      'Write :name, and give it with --param name=….',
    );
  return [...code.matchAll(parameter)].map(([, name]) => name!);
}

/** A query with a text in the place of each parameter. @param markOf the text, by the parameter's name; asked in order of appearance */
export function withMarks(sql: string, markOf: (name: string) => string): string {
  const parts: string[] = [];
  let from = 0;
  for (const { 0: text, 1: name, index } of query.codeOf(sql, notCode).matchAll(parameter)) {
    parts.push(sql.slice(from, index), markOf(name!));
    from = index + text.length;
  }
  return parts.join('') + sql.slice(from);
}

/** A moment for people: `2024-06-30 21:59:59.123+00`. @param moment microseconds since 1970 */
export const momentText = (moment: bigint): string => `${inUtc(moment)}+00`;

/** A moment as SQL writes it. @param moment microseconds since 1970 */
export const momentLiteral = (moment: bigint): string => `'${inUtc(moment)} +0000'::TIMESTAMP_TZ`;

/** Without its zone; the service tells moments apart by milliseconds. */
function inUtc(moment: bigint): string {
  const seconds = new Date(Number(moment / 1000n)).toISOString().slice(0, 19).replace('T', ' ');
  const micros = String(moment % 1_000_000n).padStart(6, '0');
  return `${seconds}.${micros.endsWith('000') ? micros.slice(0, 3) : micros}`;
}

const namePart = /"((?:[^"]|"")+)"|([A-Za-z_][\w$]*)/y;

/** `table`, `schema.table` or `database.schema.table`; what is not "quoted" is folded to upper case. @throws request.invalid */
export function parseTableName(
  given: string,
  defaults: { readonly database: string | null; readonly schema: string | null },
): TableName {
  const parts = partsOf(given);
  if (parts === undefined || parts.length > 3)
    throw invalidRequest(
      `table: "${given}" is no name of a table`,
      'Write table, schema.table or database.schema.table; names that are not in capitals stand in "quotes".',
    );
  const [table = '', schema = defaults.schema, database = defaults.database] = parts.toReversed();
  if (database !== null && schema !== null) return { database, schema, table };
  const missing = database === null ? 'database' : 'schema';
  throw invalidRequest(
    `table: "${given}" is in no ${missing}`,
    `Write database.schema.table, or name it: snowflake://account/database/schema, SNOWFLAKE_${missing.toUpperCase()}.`,
  );
}

function partsOf(given: string): readonly string[] | undefined {
  const parts: string[] = [];
  for (let at = 0; ; at++) {
    namePart.lastIndex = at;
    const found = namePart.exec(given);
    if (found === null) return undefined;
    parts.push(found[1]?.replaceAll('""', '"') ?? found[2]!.toUpperCase());
    at += found[0].length;
    if (at === given.length) return parts;
    if (given[at] !== '.') return undefined;
  }
}
