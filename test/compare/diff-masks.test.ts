import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { diff, snapshot, type SnapshotOptions, type VersionDiff } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemark } from '../support/cli.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
  await db.query(`CREATE TABLE people AS SELECT i AS id, 'p' || i || '@example.com' AS email, date '1970-01-01' + i AS born
    FROM generate_series(1, 50) i`);
});
afterAll(() => db.drop());

const keys = ['the first key of masks', 'the second key of masks'] as const;

async function version(mask: SnapshotOptions['mask'], key: string = keys[0]): Promise<string> {
  const given = { source: db.url, table: 'people', dataset: 'dataset://people/v', out: emptyFolder('diff-masks') };
  return (await snapshot({ ...given, ...(mask && { mask }) }, { env: { TIDEMARK_MASK_KEY: key } })).location;
}

const untoldOf = ({ tables }: VersionDiff): unknown => tables[0]!.untold;
const compared = (from: string, to: string): Promise<VersionDiff> => diff(from, to, { key: 'id' }, { env: {} });

it('of columns that are masked by other keys nobody can tell whether they are the same', async () => {
  const [from, to] = [await version('email=hash', keys[0]), await version('email=hash', keys[1])];
  const found = await compared(from, to);
  expect(found.rows.changed).toBe(50);
  expect(untoldOf(found)).toEqual([
    {
      column: 'email',
      reason: expect.stringMatching(
        /^it is masked by a hash, with the key of the fingerprint [0-9a-f]{16} in the first version, and [0-9a-f]{16} in the second: whether its values are the same cannot be told$/,
      ),
    },
  ]);
  const { stdout } = await tidemark(['diff', from, to, '--key', 'id']);
  expect(stdout).toMatch(/^ {2}not told +email: it is masked by a hash, with the key of the fingerprint/m);
});

it('nor of those that one side alone has masked, or that are masked in other ways', async () => {
  const [clear, hashed] = [await version(undefined), await version('email=hash')];
  const reason = (one: string, other: string): string =>
    `it is ${one} in the first version, and ${other} in the second: whether its values are the same cannot be told`;
  expect(untoldOf(await compared(clear, hashed))).toEqual([
    { column: 'email', reason: reason('not masked', 'masked by hash') },
  ]);
  expect(untoldOf(await compared(await version({ email: 'redact', born: 'year' }), hashed))).toEqual([
    { column: 'email', reason: reason('masked by redact', 'masked by hash') },
    { column: 'born', reason: reason('masked by year', 'not masked') },
  ]);
});

it('of the same mask and key it can be told', async () => {
  const found = await compared(await version('email=hash'), await version('email=hash'));
  expect([found.same, untoldOf(found)]).toEqual([true, []]);
});
