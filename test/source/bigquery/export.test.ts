import { describe, expect, it } from 'vitest';
import { isExported } from '../../../src/source/bigquery/plan/export.js';
import { withoutEnd } from '../../../src/source/bigquery/plan/query-text.js';
import type { QueryToRun, Subject } from '../../../src/source/bigquery/plan/subject.js';
import { requestOf } from './open-request.js';

const gigabyte = 1024 ** 3;
const unload = { to: 'gs://lake/staging/tidemark-1', when: 'large' } as const;

function subjectOf(bytes: number, query: Partial<QueryToRun> | undefined, type = 'INTEGER'): Subject {
  const table = { project: 'p', dataset: 'd', table: 't' };
  const request = requestOf('bigquery://p/d', { tables: [{ name: 't', table: 't' }] }).tables[0]!;
  return {
    ...{ request, fields: [{ name: 'a', type }], name: table, facts: undefined, bytes },
    table: query === undefined ? { name: table, facts: undefined as never } : undefined,
    query: query && { sql: 'SELECT 1 AS a', parameters: [], relations: [], ordered: false, isAtMoment: true, ...query },
  };
}

describe('what is exported without being asked for', () => {
  it.each<[string, readonly Subject[], boolean]>([
    ['a query that reads much', [subjectOf(3 * gigabyte, {})], true],
    ['queries that do together', [subjectOf(gigabyte, {}), subjectOf(gigabyte, {})], true],
    ['a query that reads little', [subjectOf(gigabyte, {})], false],
    ['a table, however large', [subjectOf(90 * gigabyte, undefined)], false],
    ['a table beside a query', [subjectOf(90 * gigabyte, undefined), subjectOf(3 * gigabyte, {})], false],
    ['a query with an order', [subjectOf(3 * gigabyte, { ordered: true })], false],
    ['a type that files cannot have', [subjectOf(3 * gigabyte, {}, 'INTERVAL')], false],
  ])('%s', (_, subjects, isSo) => {
    const request = { ...requestOf('bigquery://p/d', { via: 'arrow' }), unload };
    expect(isExported(subjects, request)).toEqual(isSo ? unload : undefined);
    expect(isExported(subjects, { ...request, onlyPlans: true })).toBeUndefined();
    expect(isExported(subjects, requestOf('bigquery://p/d', { via: 'arrow' }))).toBeUndefined();
  });
});

it.each([
  ['SELECT 1', 'SELECT 1'],
  ['SELECT 1;', 'SELECT 1'],
  ['SELECT 1 ; ;\n', 'SELECT 1 '],
  ["SELECT ';'", "SELECT ';'"],
  ["SELECT 'x'; -- the end;", "SELECT 'x'"],
  ['SELECT 1 -- no end;', 'SELECT 1 -- no end;'],
])('%s may stand within another one as %s', (sql, within) => {
  expect(withoutEnd(sql)).toBe(within);
});
