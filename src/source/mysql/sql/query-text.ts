import { valueOf } from '../../../core/parameters.js';
import { invalidRequest } from '../../../core/errors.js';
import type { QueryText } from '../../../core/query-parameters.js';
import type { Parameter } from '../../../core/source-request.js';

/**
 * One lexical element of MySQL's SQL that may hide a colon or a semicolon (MySQL manual, "Literal Values" and "Comments"), in the
 * order of the alternatives: line comment (two hyphens need a space behind them); block comment; string with backslash
 * escapes, in either quotes; quoted identifier; `:=`; parameter; a `?` of the user's own; end of a statement; a word; anything else.
 */
const element =
  /(?<line>--(?=\s|$)[^\r\n]*|#[^\r\n]*)|(?<block>\/\*[^]*?(?:\*\/|$))|(?<string>'(?:[^'\\]|\\[^]|'')*'?|"(?:[^"\\]|\\[^]|"")*"?)|(?<identifier>`(?:[^`]|``)*`?)|(?<assign>:=)|:(?<parameter>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)|(?<positional>\?)|(?<end>;)|(?<word>[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*)|(?<other>\S)/g;

const reading = ['select', 'with', 'values', 'table'];

/**
 * Finds `:name` parameters, and drops a semicolon at the end.
 * @throws request.invalid for `?`, for more than one statement, and for one that is no SELECT
 */
export function parseQuery(sql: string): QueryText {
  const texts: string[] = [];
  const parameters: string[] = [];
  let from = 0;
  let semicolon = -1;
  let first: string | undefined;
  for (const { groups = {}, index, 0: found } of sql.matchAll(element)) {
    const isComment = groups['line'] !== undefined || (groups['block'] !== undefined && !/^\/\*M?!/.test(found));
    if (isComment) continue;
    if (semicolon >= 0 && groups['end'] === undefined) throw severalStatements();
    if (found !== '(') first ??= found;
    if (groups['end'] !== undefined && semicolon < 0) semicolon = index;
    else if (groups['positional'] !== undefined) throw positional();
    else if (groups['parameter'] !== undefined) {
      texts.push(sql.slice(from, index));
      parameters.push(groups['parameter']);
      from = index + found.length;
    }
  }
  if (!reading.includes((first ?? '').toLowerCase())) throw notSelect();
  texts.push(sql.slice(from, semicolon < 0 ? undefined : semicolon));
  return { texts, parameters };
}

/** The query with `?` in place of each parameter, and the values to bind, in their order. */
export function boundQuery(query: QueryText, given: readonly Parameter[]): { text: string; values: string[] } {
  const values = query.parameters.map((name) => valueOf(given.find((parameter) => parameter.name === name)!));
  return { text: query.texts.join('?'), values };
}

const severalStatements = (): Error =>
  invalidRequest(
    'query: more than one statement is given',
    'Give one SELECT. What should happen before it belongs into a CTE: WITH … SELECT …',
  );

const notSelect = (): Error =>
  invalidRequest(
    'query: it is not a SELECT',
    'Give one SELECT, VALUES, TABLE or WITH … SELECT; nothing that writes is run.',
  );

const positional = (): Error =>
  invalidRequest(
    'query: ? is not a parameter here',
    'Name parameters: WHERE day >= :since, with --param since=2024-01-01.',
  );
