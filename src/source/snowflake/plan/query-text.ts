import { invalidRequest } from '../../../core/errors.js';
import * as query from '../../query-code.js';
import type { Statement } from '../connection/result.js';
import { type TableName, textLiteral } from '../connection/table-name.js';
import { type Moment, momentLiteral, momentWord } from '../moment.js';

/** What is no code in Snowflake's SQL: comments, quoted names, texts in quotes and between dollar signs. */
const notCode = /(?:--|\/\/)[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"]|"")*"|'(?:\\[\s\S]|''|[^'\\])*'|\$\$[\s\S]*?\$\$/g;

/** A parameter: `:name`, which is neither a cast (`::date`) nor a path into a value (`data:name`). */
const parameter = /(?<![\w:"\])$]):([A-Za-z_]\w*)/g;

export const hasMomentPlace = (sql: string): boolean => query.hasMomentPlace(sql, notCode);

/** Whether the rows of a query come in an order. */
export const isOrdered = (sql: string): boolean => query.isOrdered(sql, notCode);

/** A query at a moment. @throws request.invalid where it is to be told by something else than it is told by */
export function queryAt(sql: string, moment: Moment): string {
  const [, word] = /(TIMESTAMP|STATEMENT)\s*=>\s*\{as_of\}/i.exec(query.codeOf(sql, notCode)) ?? [];
  const isTold = momentWord(moment);
  if (word === undefined || word.toUpperCase() === isTold) return query.withMoment(sql, notCode, momentLiteral(moment));
  throw invalidRequest(
    `as-of: the query says ${word} => ${query.momentPlace}, and the moment is ${isTold === 'TIMESTAMP' ? 'a time' : 'that after a statement'}`,
    `Write ${isTold} => ${query.momentPlace}.`,
  );
}

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

/** A statement that may stand within another one, and where nothing can be bound. */
export function withConstants({ sql, binds }: Statement): string {
  const end = /;[\s;]*$/.exec(query.codeOf(sql, notCode));
  const text = end === null ? sql : sql.slice(0, end.index);
  const parts: string[] = [];
  let from = 0;
  for (const { index } of query.codeOf(text, notCode).matchAll(/\?/g)) {
    parts.push(text.slice(from, index), textLiteral(binds[parts.length / 2]!));
    from = index + 1;
  }
  return parts.join('') + text.slice(from);
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
