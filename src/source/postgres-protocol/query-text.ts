import { TidemarkError } from '../../core/errors.js';
import { valueOf } from '../../core/parameters.js';
import type { QueryText } from '../../core/query-parameters.js';
import type { Parameter } from '../../core/source-request.js';

/**
 * One lexical element of PostgreSQL's SQL that may hide a colon or a semicolon (manual, "Lexical Structure"), in the order
 * of the alternatives: line comment; E'' string with backslash escapes, which goes on after a line break;  '' string; quoted identifier; dollar-quoted string;
 * cast; `:=`; parameter; brackets; a `$1` of the user's own; a word (so that `$` or `E` inside one is not taken for a start);
 * any other character.
 */
const element =
  /(?<line>--[^\r\n]*)|(?<block>\/\*)|(?<escape>[eE]'(?:[^'\\]|\\[^]|''|'(?:[ \t\f\v]|--[^\r\n]*)*[\r\n](?:\s|--[^\r\n]*[\r\n])*')*'?)|(?<string>'(?:[^']|'')*'?)|(?<identifier>"(?:[^"]|"")*"?)|(?<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)|(?<cast>::)|(?<assign>:=)|:(?<parameter>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)|(?<open>\[)|(?<close>\])|(?<positional>\$\d+)|(?<end>;)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<other>\S)/g;

/**
 * Finds `:name` parameters, and drops a semicolon at the end. Inside brackets (`[lo:hi]` is a slice) a name counts only
 * where a parameter of that name is given.
 * @throws request.invalid for `$1`, for more than one statement, and for `ORDER BY :name`
 */
export function parseQuery(sql: string, given: readonly Parameter[]): QueryText {
  const names = new Set(given.map((parameter) => parameter.name));
  const texts: string[] = [];
  const parameters: string[] = [];
  let from = 0;
  let depth = 0;
  let semicolon = -1;
  const scan = new RegExp(element);
  for (let match = scan.exec(sql); match; match = scan.exec(sql)) {
    const { groups = {}, index } = match;
    const comment = groups['line'] !== undefined || groups['block'] !== undefined;
    if (semicolon >= 0 && !comment && groups['end'] === undefined) throw severalStatements();
    if (groups['block'] !== undefined) scan.lastIndex = endOfBlockComment(sql, index);
    else if (groups['dollar'] !== undefined) scan.lastIndex = endOfDollarQuote(sql, index, groups['dollar']);
    else if (groups['open'] !== undefined) depth += 1;
    else if (groups['close'] !== undefined) depth -= 1;
    else if (groups['end'] !== undefined && semicolon < 0) semicolon = index;
    else if (groups['positional'] !== undefined) throw positional(groups['positional']);
    else if (groups['parameter'] !== undefined && (depth <= 0 || names.has(groups['parameter']))) {
      if (/\border\s+by\s*$/i.test(sql.slice(from, index)) && aloneInOrder.test(sql.slice(scan.lastIndex))) {
        throw ordersByValue(groups['parameter']);
      }
      texts.push(sql.slice(from, index));
      parameters.push(groups['parameter']);
      from = scan.lastIndex;
    }
  }
  texts.push(sql.slice(from, semicolon < 0 ? undefined : semicolon));
  return { texts, parameters };
}

/** What follows a parameter that is all that is ordered by; in an expression it may well order something. */
const aloneInOrder = /^\s*(?:$|[,;)]|(?:asc|desc|nulls|limit|offset|fetch|for|rows|range|groups)\b)/i;

/** Block comments nest. */
function endOfBlockComment(sql: string, start: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  let depth = 0;
  for (let match = mark.exec(sql); match; match = mark.exec(sql)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return sql.length;
}

function endOfDollarQuote(sql: string, start: number, tag: string): number {
  const end = sql.indexOf(tag, start + tag.length);
  return end < 0 ? sql.length : end + tag.length;
}

/** The query with `$1`, `$2`, … and the values to bind: for describing it, and for the cursor road. */
export function boundQuery(query: QueryText, given: readonly Parameter[]): { text: string; values: string[] } {
  const order = [...new Set(query.parameters)];
  const values = order.map((name) => valueOf(given.find((parameter) => parameter.name === name)!));
  const text = query.texts.reduce((sql, part, i) => `${sql}$${order.indexOf(query.parameters[i - 1]!) + 1}${part}`);
  return { text, values };
}

/**
 * The query with literals in place of `$1`, `$2`, …: for COPY, which takes no binds.
 * @param literals in the order of {@link boundQuery}'s values, each an expression of its parameter's type
 */
export function literalQuery(query: QueryText, literals: readonly string[]): string {
  const order = [...new Set(query.parameters)];
  // Brackets, since `:x[1]` and `:x.field` go for a parameter, and not for a cast without them; a space, for `SELECT:x`.
  return query.texts.reduce((sql, part, i) => `${sql} (${literals[order.indexOf(query.parameters[i - 1]!)]})${part}`);
}

function severalStatements(): TidemarkError {
  return new TidemarkError('request.invalid', 'query: more than one statement is given', {
    hint: 'Give one SELECT. What should happen before it belongs into a CTE: WITH … SELECT …',
  });
}

function ordersByValue(name: string): TidemarkError {
  return new TidemarkError(
    'request.invalid',
    `query: ORDER BY :${name} orders nothing: a parameter is a value, and no column`,
    {
      hint: 'Name the column in the query. Of a few, choose by CASE :by WHEN … THEN … END.',
    },
  );
}

function positional(text: string): TidemarkError {
  return new TidemarkError('request.invalid', `query: ${text} is not a parameter here`, {
    hint: 'Name parameters: WHERE day >= :since, with --param since=2024-01-01.',
  });
}
