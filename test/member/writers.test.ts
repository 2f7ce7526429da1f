import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verify } from '../../dist/index.js';
import { startStrictS3, type StrictS3 } from '../servers/s3/strict.js';
import { type CliRun, emptyFolder, tidemark } from '../support/cli.js';
import { type Bank, openBank } from './bank.js';

let bank: Bank;
let store: StrictS3;
beforeAll(async () => {
  bank = await openBank();
  store = await startStrictS3({}, ['bucket']);
});
afterAll(async () => {
  store.stop();
  await bank.close();
});

/** Of a version of a moment, as one of so many members makes it. */
function run(out: string, moment: string, member: string): Promise<CliRun> {
  const words = ['--source', bank.url, '--table', 'accounts', '--snapshot-id', moment, '--dataset', 'dataset://bank/1'];
  const writing = ['--out', out, '--shard-size', '512KiB', '--lanes', '1', '--json', '--member', member];
  // So slow that the others have started before the first one could have read everything.
  return tidemark(['snapshot', ...words, ...writing, '--max-rate', '20MB'], { env: store.env, timeout: 120_000 });
}

interface Made {
  readonly id: string;
  readonly location: string;
  readonly shards: readonly { readonly sha256: string }[];
}

/** What all members say alike. */
async function made(out: string, moment: string, count: number): Promise<Made> {
  const runs = await Promise.all(Array.from({ length: count }, (_, index) => run(out, moment, `${index}/${count}`)));
  for (const { code, stderr } of runs) expect([code, stderr]).toEqual([0, expect.any(String)]);
  const [first, ...others] = runs.map(({ stdout }) => JSON.parse(stdout) as Made);
  for (const other of others) expect(other).toMatchObject({ id: first!.id, shards: first!.shards });
  return first!;
}

describe.each<[string, () => string]>([
  ['a folder', () => emptyFolder('writers')],
  ['a bucket', () => store.at(`bucket/writers-${Math.random().toString(36).slice(2)}`)],
])('under four writers, at a moment that somebody holds, into %s', (_, place) => {
  it('1, 2 and 5 members make the same bytes and the same id', async () => {
    const holder = await bank.connect();
    try {
      await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      const { rows } = await holder.query<{ readonly id: string }>('SELECT pg_export_snapshot() AS id');
      const [{ id: moment }] = rows as [{ readonly id: string }];
      const { rows: before } = await holder.query('SELECT txid_current_snapshot()::text AS seen');
      const alone = await made(place(), moment, 1);
      for (const count of [2, 5]) {
        const together = await made(place(), moment, count);
        expect(together).toMatchObject({ id: alone.id, shards: alone.shards });
        expect((await verify(together.location)).findings).toEqual([]);
        if (together.location.startsWith('s3://')) continue;
        const manifest = readFileSync(join(together.location, '_manifest.1.json'), 'utf8');
        const { run: told } = JSON.parse(manifest) as { readonly run: { readonly members: readonly unknown[] } };
        expect(told.members.length).toBeGreaterThan(1);
      }
      // Meanwhile others have written: a moment of their own would be another one.
      const other = await bank.connect();
      const { rows: after } = await other.query('SELECT txid_current_snapshot()::text AS seen');
      await other.end();
      expect(after).not.toEqual(before);
    } finally {
      await holder.end();
    }
  });
});
