import { describe, expect, it } from 'vitest';
import type { SourceRequest } from '../../../src/core/source-request.js';
import { withConstants } from '../../../src/source/snowflake/plan/query-text.js';
import type { Subject } from '../../../src/source/snowflake/plan/subject.js';
import { unloadingOf } from '../../../src/source/snowflake/plan/unload.js';

const gigabyte = 1024 ** 3;
const unload = { to: 's3://lake/staging/tidemark-1', when: 'large' } as const;

const subjectOf = (bytes: number, more: object = {}): Subject =>
  ({
    ...{ request: { name: 't', table: 't', casts: {}, limit: undefined }, fields: [{ name: 'A', type: 'fixed' }] },
    ...{ facts: { bytes }, ordered: false, parameters: [], ...more },
  }) as unknown as Subject;

const requestOf = (more: object = {}): SourceRequest =>
  ({ connection: { storageIntegration: 'LAKE' }, via: 'auto', unload, ...more }) as unknown as SourceRequest;

describe('what is unloaded without being asked for', () => {
  it.each<[string, readonly Subject[], object, boolean]>([
    ['a large table', [subjectOf(3 * gigabyte)], {}, true],
    ['tables that are so together', [subjectOf(gigabyte), subjectOf(gigabyte)], {}, true],
    ['a small table', [subjectOf(gigabyte)], {}, false],
    ['a query, of which no size is told', [subjectOf(0, { facts: undefined })], {}, false],
    ['rows in an order', [subjectOf(3 * gigabyte, { ordered: true })], {}, false],
    [
      'a type that files cannot have',
      [subjectOf(3 * gigabyte, { fields: [{ name: 'A', type: 'vector' }] })],
      {},
      false,
    ],
    ['a large table without an integration', [subjectOf(3 * gigabyte)], { connection: {} }, false],
    ['a large table whose keys are all read', [subjectOf(3 * gigabyte)], { readsAllKeys: true }, false],
    ['a large table that is planned', [subjectOf(3 * gigabyte)], { onlyPlans: true }, false],
    ['a large table without a place', [subjectOf(3 * gigabyte)], { unload: undefined }, false],
  ])('%s', (_, subjects, more, isSo) => {
    expect(unloadingOf(subjects, requestOf(more))).toEqual(isSo ? { ...unload, integration: 'LAKE' } : undefined);
  });
});

it.each<[string, readonly string[], string]>([
  ['SELECT ? AS a, ? AS b', ["it's", '\\'], String.raw`SELECT 'it''s' AS a, '\\' AS b`],
  ["SELECT '?' || ? -- ?", ['x'], "SELECT '?' || 'x' -- ?"],
  ['SELECT "?" FROM t WHERE a = ?;', ['?'], `SELECT "?" FROM t WHERE a = '?'`],
  ['SELECT 1; -- the end', [], 'SELECT 1'],
])('%s has constants where nothing can be bound', (sql, binds, found) => {
  expect(withConstants({ sql, binds })).toBe(found);
});
