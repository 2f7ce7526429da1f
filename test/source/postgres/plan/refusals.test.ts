import type { RequestChanges } from '../open-request.js';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { OpenFixture, query, table, ticketOf } from '../open-fixture.js';

describe.each(['postgres18', 'postgres14'] as const)('%s: what is refused', (key) => {
  let at: OpenFixture;
  beforeAll(async () => {
    at = await OpenFixture.create(inject(key));
  });
  afterEach(() => at.settle());
  afterAll(() => at.drop());

  it.each<[string, () => RequestChanges, string, string, string]>([
    ['a missing table', () => table('plane'), 'source.not-found', 'there is no "plane"', 'plain'],
    ['a name in the wrong case', () => table('mixed case'), 'source.not-found', 'mixed case', 'need double quotes'],
    ['a missing schema', () => table('depth.inner_table'), 'source.not-found', 'depth.inner_table', 'deep.inner_table'],
    ['an index', () => table('an_index'), 'request.invalid', 'public.an_index is an index', 'Give a table'],
    ['a table without columns', () => table('nothing'), 'request.invalid', 'has no columns', 'Name another table'],
    [
      'a missing table in a query',
      () => query('SELECT * FROM plane'),
      'source.not-found',
      '"plane" does not exist',
      'Nearest: plain',
    ],
    [
      'a missing column',
      () => query('SELECT amont FROM plain'),
      'source.not-found',
      'at line 1, column 8: "amont FROM plain"',
      'plain.amount',
    ],
    ['wrong SQL', () => query('SELECT *\nFRM plain'), 'source.sql', 'at line 2, column 1: "FRM plain"', ''],
    [
      'two columns of one name',
      () => query('SELECT 1 AS a, 2 AS a'),
      'request.invalid',
      'two columns are named "a"',
      'AS a_',
    ],
    ['no columns', () => query('SELECT FROM plain'), 'request.invalid', 'no columns', ''],
    [
      'INSERT',
      () => query('INSERT INTO quick VALUES (1) RETURNING a'),
      'request.invalid',
      'not a SELECT',
      'nothing that writes',
    ],
    ['DELETE', () => query('DELETE FROM quick'), 'request.invalid', 'not a SELECT', ''],
    ['SHOW', () => query('SHOW work_mem'), 'request.invalid', 'not a SELECT', ''],
    [
      'a closed bracket too many',
      () => query('SELECT 1) AS q; DROP TABLE plain; --'),
      'request.invalid',
      'more than one statement',
      '',
    ],
    ['the same without a semicolon', () => query('SELECT 1) AS q UNION (SELECT 2'), 'source.sql', 'at line 1', ''],
    ['an open comment', () => query('SELECT 1 /* x'), 'source.sql', 'comment', ''],
    [
      'an unknown column in a cast',
      () => ({ ...table('plain'), casts: { amuont: 'text' } }),
      'request.invalid',
      'no column "amuont"',
      '"amount"',
    ],
    [
      'an unknown column to redact',
      () => ({ ...table('plain'), redacted: ['x'] }),
      'request.invalid',
      'redact-stats: there is no column "x"',
      'Columns: id',
    ],
    ['a missing parameter', () => query('SELECT :x'), 'request.invalid', 'uses :x', ''],
  ])('%s', async (_, request, code, message, hint) => {
    const error = await at.failure(request());
    expect(`${error.code}: ${error.message}`).toContain(`${code}: `);
    expect(error.message).toContain(message);
    expect(error.hint ?? '').toContain(hint);
  });

  it('a table that the user may not read, with the GRANT that helps', async () => {
    const error = await at.failure(table('quick'), at.readerUrl);
    expect(error.code).toBe('source.permission');
    expect(error.hint).toContain(`GRANT SELECT ON public.quick TO "reader_${at.db.name}"`);
    expect((await at.failure(table('plain'), at.readerUrl)).code).toBe('source.permission');
  });

  it('reads what a view shows without rights on what is under it, and single columns', async () => {
    const source = await at.open(table('deep.seen'), at.readerUrl);
    expect(source.certificate['locked']).toEqual(['deep.inner_table', 'deep.seen']);
    const columns = await at.open(query('SELECT id FROM plain'), at.readerUrl);
    expect(ticketOf(columns).locks).toEqual([]);
    expect(ticketOf(columns).watched.map(({ name }) => name)).toEqual(['public.plain']);
  });

  it('a catalog that somebody holds is not waited for without end', { timeout: 60_000 }, async () => {
    const holder = await at.db.connect();
    await holder.query('BEGIN; LOCK TABLE pg_catalog.pg_proc IN ACCESS EXCLUSIVE MODE');
    try {
      await expect(at.open(table('plain'))).rejects.toMatchObject({ code: 'source.locked' });
    } finally {
      await holder.end();
    }
  });

  it('never shows the value of a secret parameter', async () => {
    const secret = "top's \\hunter2";
    const error = await at.failure(query('SELECT id FROM plain WHERE id = :id', { id: secret }, true));
    expect(error.code).toBe('source.sql');
    expect(error.message).toContain('***');
    const shown = `${error.message} ${error.hint} ${error.stack} ${String(error.cause)} ${JSON.stringify(error.cause)}`;
    expect(shown).not.toContain('hunter2');
    const literal = await at.failure(query('SELECT id + amount::int FROM plain WHERE i = :id', { id: secret }, true));
    expect(`${literal.message} ${literal.stack}`).not.toContain('hunter2');
  });
});
