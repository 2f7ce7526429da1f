import { invalidRequest } from '../../../core/errors.js';
import { literalPattern } from '../../../core/literal-pattern.js';
import * as query from '../../query-code.js';
import type { TableName } from '../connection/table-name.js';

/** What is no code in GoogleSQL: comments, names in backticks, texts and bytes in all their forms ("Lexical structure and syntax"). */
const notCode =
  /(?:--|#)[^\n]*|\/\*[\s\S]*?\*\/|`(?:\\.|[^`\\])*`|"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;

const codeOf = (sql: string): string => query.codeOf(sql, notCode);

/** The names of a query's parameters, `@name`. @throws request.invalid for parameters without names */
export function parametersIn(sql: string): readonly string[] {
  const code = codeOf(sql);
  if (code.includes('?'))
    throw invalidRequest(
      'query: it has a parameter without a name, ?',
      'Write @name, and give it with --param name=….',
    );
  return [...code.matchAll(/(?<![@\w])@([A-Za-z_]\w*)/g)].map(([, name]) => name!);
}

/** Whether a query says where the moment belongs. */
export const hasMomentPlace = (sql: string): boolean => query.hasMomentPlace(sql, notCode);

/** A query at a moment. @param moment microseconds since 1970; undefined: the query says of none */
export const queryAt = (sql: string, moment: bigint | undefined): string =>
  moment === undefined ? sql : query.withMoment(sql, notCode, `TIMESTAMP '${momentText(moment)}'`);

/** Whether the rows of a query come in an order: it says so outside of all parentheses. */
export const isOrdered = (sql: string): boolean => query.isOrdered(sql, notCode);

/** A query that may stand within another one: without what ends a statement. */
export function withoutEnd(sql: string): string {
  const end = /;[\s;]*$/.exec(codeOf(sql));
  return end === null ? sql : sql.slice(0, end.index);
}

/** Whether the code of a query, or a name in backticks, has a word. */
export function mentions(sql: string, word: string): boolean {
  const quoted = [...sql.matchAll(notCode)].map(([text]) => text).filter((text) => text.startsWith('`'));
  const isIn = new RegExp(`(?<!\\w)${literalPattern(word)}(?!\\w)`, 'i');
  return [codeOf(sql), ...quoted].some((text) => isIn.test(text));
}

/** A moment as GoogleSQL writes it: `2024-06-30 21:59:59.123456+00`. */
export function momentText(moment: bigint): string {
  const seconds = new Date(Number(moment / 1000n)).toISOString().slice(0, 19).replace('T', ' ');
  return `${seconds}.${String(moment % 1_000_000n).padStart(6, '0')}+00`;
}

/** A table's name in GoogleSQL. */
export const quotedTable = ({ project, dataset, table }: TableName): string => `\`${project}.${dataset}.${table}\``;

/** `table`, `dataset.table` or `project.dataset.table`, with or without backticks. @throws request.invalid */
export function parseTableName(
  given: string,
  defaults: { readonly project: string | undefined; readonly dataset: string | undefined },
): TableName {
  const plain = given.replace(/^`(.*)`$/, '$1').replace(':', '.');
  const parts = plain.split('.');
  const [table = '', dataset = defaults.dataset, project = defaults.project] = parts.toReversed();
  const isWhole = parts.length <= 3 && parts.every((part) => part !== '' && !/[`\\\n]/.test(part));
  if (isWhole && dataset !== undefined && project !== undefined) return { project, dataset, table };
  if (isWhole && dataset === undefined)
    throw invalidRequest(
      `table: "${given}" is in no dataset`,
      'Write dataset.table, or name one: bigquery://project/dataset.',
    );
  if (isWhole)
    throw invalidRequest(
      `table: "${given}" is in no project`,
      'Write project.dataset.table, or name one: bigquery://project/dataset, GCP_PROJECT.',
    );
  throw invalidRequest(
    `table: "${given}" is no name of a table`,
    'Write table, dataset.table or project.dataset.table.',
  );
}
