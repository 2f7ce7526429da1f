import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemark } from '../support/cli.js';
import { filesIn } from '../faults/outputs.js';

const mebibyte = 2 ** 20;

describe('a row that --memory has no room for', () => {
  let database: FreshDatabase;
  let env: Record<string, string>;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    env = { TIDEMARK_SOURCE: database.url };
    // Stored as they are: the server's own compression would make little of them.
    await database.query(`
      CREATE TABLE documents (id int, title text, body text, note text);
      ALTER TABLE documents ALTER body SET STORAGE EXTERNAL;
      INSERT INTO documents SELECT i, 'title', repeat('0123456789abcdef', CASE WHEN i = 700 THEN ${(40 * mebibyte) / 16} ELSE 10 END), 'n'
        FROM generate_series(1, 1000) i;
      ANALYZE documents;
      CREATE TABLE wide AS SELECT 1 AS id, ${Array.from({ length: 200 }, (_, i) => `repeat(md5('${i}'), 6250) AS c${i}`).join(', ')}`);
  });
  afterAll(() => database.drop());

  const run = (words: readonly string[], out = emptyFolder('out')): ReturnType<typeof tidemark> =>
    tidemark(['snapshot', ...words, '--dataset', 'dataset://documents/v1', '--out', out], { env });

  it.each([
    ['table', ['--table', 'documents']],
    ['query', ['--query', 'SELECT * FROM documents']],
    ['table by a cursor', ['--table', 'documents', '--via', 'cursor']],
  ])('of a %s: named with its column, before it is there, and with what it takes', async (_, words) => {
    const out = emptyFolder('out');
    const { code, stderr } = await run([...words, '--memory', '256MiB'], out);
    expect(stderr).toMatch(
      /the value of body in row 700 .*takes 41\.9 MB, and --memory has room for rows of [\d.]+ MB in each lane/,
    );
    expect(code).toBe(7);
    expect(filesIn(out)).toEqual([]);
    const enough = /With --memory (\d+MiB) there is room/.exec(stderr)![1]!;
    const { rows } = await snapshotJson(
      ['--dataset', 'dataset://documents/v1', ...words, '--memory', enough, '--out', emptyFolder('enough')],
      { env },
    );
    expect(rows).toBe(1000);
  });

  it('by many values: the row alone is named', async () => {
    const { code, stderr } = await run(['--table', 'wide', '--memory', '256MiB']);
    expect([code, stderr]).toEqual([
      7,
      expect.stringMatching(/error: row 1 \(ctid .*\) of public\.wide takes 40\.0 MB, and/),
    ]);
  });

  it('is read where there is no budget', async () => {
    const { rows } = await snapshotJson(
      ['--dataset', 'dataset://documents/v1', '--table', 'documents', '--out', emptyFolder('out')],
      { env },
    );
    expect(rows).toBe(1000);
  });
});
