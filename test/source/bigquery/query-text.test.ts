import { describe, expect, it } from 'vitest';
import {
  hasMomentPlace,
  isOrdered,
  momentText,
  parametersIn,
  parseTableName,
  queryAt,
} from '../../../src/source/bigquery/plan/query-text.js';

const moment = 1_719_784_799_123_456n;

describe('a query in GoogleSQL', () => {
  it.each([
    ['SELECT @a, @b FROM t WHERE x = @a', ['a', 'b', 'a']],
    ['SELECT @@version, "@no", \'@no\', `@no` -- @no\n# @no\n/* @no */ , @yes', ['yes']],
    [`SELECT """a " @no""", r'\\d' , @yes, '''@no'''`, ['yes']],
    [`SELECT 'it\\'s @no' || @yes`, ['yes']],
  ])('has the parameters of its code alone: %s', (sql, names) => expect(parametersIn(sql)).toEqual(names));

  it('has no parameters without names', () => {
    expect(() => parametersIn('SELECT ? FROM t')).toThrow('a parameter without a name');
    expect(parametersIn(`SELECT '?' FROM t`)).toEqual([]);
  });

  it('gets the moment where it asks for it, and nothing else is changed', () => {
    const sql = `SELECT '{as_of}' FROM a FOR SYSTEM_TIME AS OF {as_of} JOIN b FOR SYSTEM_TIME AS OF {as_of} -- {as_of}`;
    const at = `TIMESTAMP '2024-06-30 21:59:59.123456+00'`;
    expect(hasMomentPlace(sql)).toBe(true);
    expect(queryAt(sql, moment)).toBe(
      `SELECT '{as_of}' FROM a FOR SYSTEM_TIME AS OF ${at} JOIN b FOR SYSTEM_TIME AS OF ${at} -- {as_of}`,
    );
    expect(queryAt(sql, undefined)).toBe(sql);
    expect(hasMomentPlace(`SELECT '{as_of}'`)).toBe(false);
  });

  it.each([
    ['SELECT a FROM t ORDER BY a', true],
    ['SELECT a FROM (SELECT a FROM t ORDER BY a)', false],
    ['SELECT ROW_NUMBER() OVER (ORDER BY a) FROM t', false],
    ['SELECT a FROM t -- order by a', false],
    ['WITH x AS (SELECT 1) SELECT * FROM x order\n by 1 LIMIT 5', true],
  ])('is ordered: %s: %s', (sql, ordered) => expect(isOrdered(sql)).toBe(ordered));
});

describe('a name of a table', () => {
  const defaults = { project: 'p', dataset: 'd' };
  it.each([
    ['t', 'p.d.t'],
    ['e.t', 'p.e.t'],
    ['q.e.t', 'q.e.t'],
    ['`q.e.t`', 'q.e.t'],
    ['q:e.t', 'q.e.t'],
  ])('%s is %s', (given, whole) => {
    const { project, dataset, table } = parseTableName(given, defaults);
    expect(`${project}.${dataset}.${table}`).toBe(whole);
  });

  it.each([
    ['t', { project: 'p', dataset: undefined }, 'is in no dataset'],
    ['d.t', { project: undefined, dataset: undefined }, 'is in no project'],
    ['a.b.c.d', defaults, 'is no name of a table'],
    ['a..c', defaults, 'is no name of a table'],
    ['d.t`; DROP', defaults, 'is no name of a table'],
  ])('%s is refused', (given, around, message) => expect(() => parseTableName(given, around)).toThrow(message));
});

it('a moment is written with its microseconds', () => expect(momentText(moment)).toBe('2024-06-30 21:59:59.123456+00'));
