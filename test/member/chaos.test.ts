import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verify } from '../../dist/index.js';
import { queryDuckdb } from '../readers/index.js';
import { startStrictS3, type StrictS3 } from '../servers/s3/strict.js';
import { type CliRun, emptyFolder, tidemark } from '../support/cli.js';
import { dealt, isLong } from '../support/long-form.js';
import { type Bank, openBank } from './bank.js';

/** How often each harm is done; by default once, in one of the places. */
const rounds = Number(process.env['TIDEMARK_MEMBER_ROUNDS'] ?? 1);

let bank: Bank;
let store: StrictS3;
/** Of versions in folders: how many were made, and how many by more than one. */
const versions = { made: 0, together: 0 };

beforeAll(async () => {
  bank = await openBank();
  store = await startStrictS3({}, ['bucket']);
});
afterAll(async () => {
  if (rounds > 1) console.log(`${versions.together} of ${versions.made} versions in folders were written by several`);
  store.stop();
  await bank.close();
});

/** What becomes of a member, when, in milliseconds after its start. */
interface Fate {
  readonly what: 'kill' | 'end' | 'stop';
  readonly after: number;
}

function start(out: string, member: string | undefined, fate?: Fate): Promise<CliRun> {
  const own = member === undefined ? [] : ['--member', member, '--member-timeout', '3s'];
  const words = ['--source', bank.url, '--table', 'accounts', '--dataset', 'dataset://bank/1', '--out', out];
  return tidemark(['snapshot', ...words, '--shard-size', '512KiB', '--lanes', '1', '--json', ...own], {
    env: store.env,
    timeout: 120_000,
    onSpawn({ pid }) {
      if (fate !== undefined) void meet(pid, fate);
    },
  });
}

/** A process that has ended meanwhile has met its end. */
async function meet(pid: number, { what, after }: Fate): Promise<void> {
  await sleep(after);
  try {
    if (what === 'kill') process.kill(pid, 'SIGKILL');
    if (what === 'end') process.kill(pid, 'SIGTERM');
    if (what !== 'stop') return;
    process.kill(pid, 'SIGSTOP');
    // Longer than the others have patience.
    await sleep(6_000);
    process.kill(pid, 'SIGCONT');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

const places: readonly [string, () => string][] = [
  ['a folder', () => emptyFolder('chaos')],
  ['a bucket', () => store.at(`bucket/chaos-${Math.random().toString(36).slice(2)}`)],
];
const harms = ['kill', 'end', 'stop', 'late'] as const;
const cases = places.flatMap(([name, place], to) =>
  dealt(harms, { to, of: places.length, all: isLong || rounds > 1 }).flatMap((harm) =>
    Array.from({ length: rounds }, (_, round) => [name, harm, round, place] as const),
  ),
);

/** Everything at the place, without the version's own files. */
async function strangers(out: string): Promise<readonly string[]> {
  if (!out.startsWith('s3://')) {
    const names = existsSync(out) ? readdirSync(out) : [];
    return names.filter((name) => name !== 'bank' && name !== 'valohai.metadata.jsonl');
  }
  const prefix = new URL(out).pathname.slice(1);
  const { objects, uploads } = await store.contents();
  const left = objects.map(({ key }) => key).filter((key) => key.startsWith(`${prefix}/`));
  return [
    ...left.filter((key) => !key.startsWith(`${prefix}/bank/1/`)),
    ...uploads.filter(({ key }) => key.startsWith(`${prefix}/`)).map((upload) => JSON.stringify(upload)),
  ];
}

describe('members that meet harm while others write', () => {
  it.each(cases)('in %s: %s, %i', async (_, harm, _round, place) => {
    const out = place();
    const count = 2 + Math.floor(Math.random() * 4);
    const victim = Math.floor(Math.random() * count);
    const after = 300 + Math.random() * 4_000;
    const runs = await Promise.all(
      Array.from({ length: count }, async (_unused, index) => {
        if (harm === 'late' && index === victim) await sleep(after);
        const fate = harm !== 'late' && index === victim ? { what: harm, after } : undefined;
        return start(out, `${index}/${count}`, fate);
      }),
    );
    const [leader, ...others] = runs as [CliRun, ...CliRun[]];
    const said = JSON.stringify({ count, victim, after, runs }, null, 1);
    const location = out.startsWith('s3://') ? out.replace(/(?=\?|$)/, '/bank/1') : join(out, 'bank', '1');
    const isThere = await verify(location).then(
      () => true,
      () => false,
    );
    for (const [index, { code, stderr }] of others.entries()) {
      if (index + 1 === victim && harm !== 'late') continue;
      // One that was stopped and goes on makes the version alone.
      const isAlone = harm === 'stop' && victim === 0 && code === 3;
      if (!isAlone) expect(code, said).toBe(isThere ? 0 : 3);
      if (code === 3) expect(stderr, said).toContain('member 0');
    }
    if (leader.code !== 0) expect([victim, harm === 'late'], said).toEqual([0, false]);
    if (leader.code === 0) expect(isThere, said).toBe(true);
    // One that was killed when the version was there leaves what it had noted of it, which the next run takes away.
    const next = isThere ? (leader.signal === 'SIGKILL' ? 2 : undefined) : 0;
    if (next !== undefined) expect((await start(out, undefined)).code, said).toBe(next);
    expect((await verify(location)).findings, said).toEqual([]);
    if (!out.startsWith('s3://')) {
      const { run } = JSON.parse(readFileSync(join(location, '_manifest.1.json'), 'utf8')) as {
        readonly run: { readonly members?: readonly unknown[] };
      };
      versions.made += 1;
      if ((run.members ?? []).length > 1) versions.together += 1;
      const [rows, ids, sum] = await queryDuckdb(
        `SELECT count(*)::BIGINT, count(DISTINCT id)::BIGINT, sum(balance)::BIGINT FROM read_parquet('${location}/*.parquet')`,
      );
      expect([rows, ids, sum].map((column) => String(column!.values[0]))).toEqual(
        [bank.accounts, bank.accounts, bank.total].map(String),
      );
    }
    expect(await strangers(out), said).toEqual([]);
  });
});
