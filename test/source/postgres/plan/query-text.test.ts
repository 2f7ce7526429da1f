import { describe, expect, it } from 'vitest';
import type { TidemarkError } from '../../../../src/core/errors.js';
import { checkParameters } from '../../../../src/core/query-parameters.js';
import { boundQuery, literalQuery, parseQuery } from '../../../../src/source/postgres-protocol/query-text.js';

const parameter = (name: string, value = 'v') => ({ name, value });
const given = [parameter('a', '1'), parameter('b', '2'), parameter('date', 'd')];
const bound = (sql: string, parameters = given): string => boundQuery(parseQuery(sql, parameters), parameters).text;

describe('parseQuery', () => {
  it.each([
    ['SELECT :a', 'SELECT $1'],
    ['SELECT :a, :b, :a', 'SELECT $1, $2, $1'],
    ['SELECT x::int, :a::text, y :: b', 'SELECT x::int, $1::text, y :: b'],
    ["SELECT ':a', E'\\':a', '', ':a'':a'", "SELECT ':a', E'\\':a', '', ':a'':a'"],
    ['SELECT ":a", "x"":a"', 'SELECT ":a", "x"":a"'],
    ['SELECT $$:a$$, $t$:a $$ :a$t$, :a', 'SELECT $$:a$$, $t$:a $$ :a$t$, $1'],
    ['SELECT 1 -- :a\n, :b', 'SELECT 1 -- :a\n, $1'],
    ['SELECT /* :a /* :a */ :a */ :b', 'SELECT /* :a /* :a */ :a */ $1'],
    ['SELECT x[1:2], x[lo:hi], x[:a], :a', 'SELECT x[1:2], x[lo:hi], x[$1], $1'],
    ['SELECT f(x := 1), f(x => :a)', 'SELECT f(x := 1), f(x => $1)'],
    ["SELECT na$me, e':a', ne':a' , U&':a'", "SELECT na$me, e':a', ne':a' , U&':a'"],
    ["SELECT E'a'\n'\\' :a \\'' , :a", "SELECT E'a'\n'\\' :a \\'' , $1"],
    ["SELECT E'a' -- and\n -- so on\n 'it\\'s :a', :b", "SELECT E'a' -- and\n -- so on\n 'it\\'s :a', $1"],
    ["SELECT E'a' ':a', :b", "SELECT E'a' ':a', $1"],
    ["SELECT 'a'\n'\\', :a", "SELECT 'a'\n'\\', $1"],
    ['SELECT 1;', 'SELECT 1'],
    ['SELECT 1 ; ; -- done\n /* ; */', 'SELECT 1 '],
    ["SELECT ';' ; ", "SELECT ';' "],
    ['SELECT a?:b', 'SELECT a?$1'],
    ['SELECT :größe', 'SELECT $1'],
    ['SELECT s ORDER BY :a = s DESC, :b || s', 'SELECT s ORDER BY $1 = s DESC, $2 || s'],
    ['SELECT s ORDER BY :a::int * id', 'SELECT s ORDER BY $1::int * id'],
  ])('%s', (sql, expected) => {
    expect(bound(sql, [...given, parameter('größe')])).toBe(expected);
  });

  it.each([
    ['SELECT 1; SELECT 2', 'more than one statement'],
    ['SELECT 1; 2', 'more than one statement'],
    ['SELECT $1', '$1 is not a parameter here'],
    ['SELECT 1 AS x ORDER BY :a', 'ORDER BY :a orders nothing'],
    ['SELECT 1 AS x ORDER BY :a DESC LIMIT 3', 'ORDER BY :a orders nothing'],
    ['SELECT rank() OVER (ORDER BY :a), x FROM t', 'ORDER BY :a orders nothing'],
  ])('%s is refused', (sql, message) => {
    expect(() => parseQuery(sql, given)).toThrow(message);
  });

  it('puts literals of the server in place of parameters', () => {
    const query = parseQuery('SELECT :a, x=:b, :a', given);
    const literals = ["CAST(E'x\\\\y' AS pg_catalog.text)", "CAST('2024-01-01' AS pg_catalog.date)"];
    expect(literalQuery(query, literals)).toBe(
      "SELECT  (CAST(E'x\\\\y' AS pg_catalog.text)), x= (CAST('2024-01-01' AS pg_catalog.date)),  (CAST(E'x\\\\y' AS pg_catalog.text))",
    );
  });
});

describe('checkParameters', () => {
  const check = (sql: string, names: string[]): TidemarkError | undefined => {
    const parameters = names.map((name) => parameter(name, 'geheim'));
    try {
      checkParameters([parseQuery(sql, parameters)], parameters);
      return undefined;
    } catch (error) {
      return error as TidemarkError;
    }
  };

  it.each([
    ['SELECT :since', ['sinse'], 'the query uses :since, and no such parameter', 'did you mean :sinse?'],
    ['SELECT :since', [], 'the query uses :since', '--param since=…'],
    ['SELECT :since', ['since', 'until'], '"until" is given, but no query uses :until', 'did you mean since?'],
    ['SELECT 1', ['x'], '"x" is given, but no query uses :x', 'write :name'],
    ['SELECT :a', ['a', 'a'], '"a" is given twice', ''],
  ])('%s with %j', (sql, names, message, hint) => {
    const error = check(sql, names)!;
    expect(error.code).toBe('request.invalid');
    expect(error.message).toContain(message);
    expect(error.hint ?? '').toContain(hint);
    expect(`${error.message}${error.hint}`).not.toContain('geheim');
  });

  it('lets every query go without the date', () => {
    expect(check('SELECT 1', ['date'])).toBeUndefined();
  });
});
