import { readdirSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type * as Library from '../../src/index.js';
import { Chain } from '../incremental/chain.js';
import { Race } from '../incremental/race.js';
import { type PostgresServer, startPostgres } from '../servers/postgres.js';
import { startStrictS3, type StrictS3 } from '../servers/s3/strict.js';
import { emptyFolder } from '../support/cli.js';
import { type Held, type Outcome, runOnce, startLasting } from './clients.js';

/** `npm run test:soak` goes on for an hour. */
const minutes = Number(process.env['TIDEMARK_SOAK_MINUTES'] ?? 0.3);
/** From so many runs on what is held can be told from noise. */
const enoughRuns = 100;

/** The built library: lanes are threads, which run what was built. */
const { compact } = (await import(new URL('../../dist/index.js', import.meta.url).href)) as typeof Library;

let server: PostgresServer;
let store: StrictS3;
let going = true;

beforeAll(async () => {
  server = await startPostgres({ settings: { max_prepared_transactions: '50' } });
  store = await startStrictS3();
}, 120_000);
afterAll(async () => {
  store.stop();
  await server.stop();
});

const as = (name: string): string => `${server.url}?application_name=${name}`;
const between = (least: number, most: number): number => Math.round(least + Math.random() * (most - least));
const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)]!;

const ours = `application_name ~ '^(lasting|killed)'`;

/** So many rows stay, so that what a run takes can be compared with what another did; those that a writer holds are left alone. */
const trimmed = `DELETE FROM race WHERE id IN (SELECT id FROM race ORDER BY random()
  LIMIT (SELECT greatest(count(*) - 5000, 0) FROM race) FOR UPDATE SKIP LOCKED)`;

/** What is done to the clients' surroundings while they run; gives how often each was. */
async function harm(race: Race): Promise<Record<string, number>> {
  const done: Record<string, number> = { backend: 0, 'store away': 0, 'store hangs': 0 };
  const harms: Readonly<Record<string, () => Promise<unknown>>> = {
    backend: () =>
      race.sql(
        `SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE ${ours} ORDER BY random() LIMIT 1) one`,
      ),
    async 'store away'() {
      await store.play({ cut: pick(['before', 'after'] as const), times: 1_000_000 });
      await sleep(between(100, 3000));
      await store.play();
    },
    async 'store hangs'() {
      await store.play({ wait: between(200, 2000), times: between(1, 3) });
      await sleep(between(500, 3000));
      await store.play();
    },
  };
  while (going) {
    await race.sql(trimmed);
    const what = pick(Object.keys(harms));
    await harms[what]!();
    done[what]! += 1;
    await sleep(between(100, 2000));
  }
  return done;
}

/** What may become of a run whose surroundings are harmed: it made its version, or was ended, or says who failed it. */
const inOrder = /^(created|unchanged|SIGKILL|SIGTERM|interrupted\.\w+|source\.\w+|destination\.\w+)$/;

const inPeaceOnly = /^(created|unchanged)$/;

/** Counts what came of runs. */
class Tally {
  readonly counts: Record<string, number> = {};
  readonly wrong: Outcome[] = [];

  add(one: Outcome): void {
    this.counts[one.outcome] = (this.counts[one.outcome] ?? 0) + 1;
    if (!inOrder.test(one.outcome)) this.wrong.push(one);
  }
}

const upsert = { table: 'race', mode: 'upsert', key: 'id', deletes: 'scan', firstRun: true, compactAfter: 20 };

/** Increments into a bucket, each in a process of its own; about half of these are killed. */
async function killedRuns(tally: Tally): Promise<() => Promise<Outcome>> {
  const [dataset, env] = [store.at('bucket/out/soak'), store.env];
  let made = 0;
  const next = async (killAfter?: number): Promise<Outcome> => {
    made += 1;
    const named = `dataset://soak/n${String(made).padStart(6, '0')}`;
    const words = ['--source', as('killed'), '--table', 'race', '--mode', 'upsert', '--key', 'id', '--deletes', 'scan'];
    const where = ['--dataset', named, '--out', store.at('bucket/out'), '--parent', dataset, '--compact-after', '20'];
    return runOnce([...words, ...where, ...(made === 1 ? ['--first-run'] : [])], env, killAfter);
  };
  tally.add(await next());
  while (going) tally.add(await next(Math.random() < 0.5 ? between(50, 1500) : undefined));
  return next;
}

/** Increments into a folder, all in one process, and what that holds after each. */
async function lastingRuns(out: string, tally: Tally): Promise<readonly Held[]> {
  const client = startLasting({ ...upsert, source: as('lasting'), out, parent: `${out}/soak` });
  const held: Held[] = [];
  try {
    for (let made = 1; going; made += 1) {
      const run = await client.next(`n${String(made).padStart(6, '0')}`);
      tally.add(run);
      held.push(run);
    }
    return held;
  } finally {
    client.stop();
  }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Medians of each tenth of the runs. */
function tenths(held: readonly Held[], of: keyof Held): readonly number[] {
  const size = held.length / 10;
  return Array.from({ length: 10 }, (_, i) =>
    median(held.slice(Math.floor(i * size), Math.ceil((i + 1) * size)).map((one) => one[of])),
  );
}

it(
  `${minutes} minutes of increments under writers, while clients, sessions and the store are harmed`,
  { timeout: minutes * 60_000 + 600_000 },
  async () => {
    const race = await Race.begin(server.url, { writers: 4, longest: 2000 });
    const out = emptyFolder('soak');
    const [killed, lasting] = [new Tally(), new Tally()];
    const ends = setTimeout(() => (going = false), minutes * 60_000);
    const [harms, held, next] = await Promise.all([harm(race), lastingRuns(out, lasting), killedRuns(killed)]);
    clearTimeout(ends);
    await race.end();
    console.log(
      JSON.stringify({ transactions: race.committed, harms, killed: killed.counts, lasting: lasting.counts }),
    );
    const [rss, used, handles] = (['rss', 'held', 'handles'] as const).map((of) => tenths(held, of));
    console.log(JSON.stringify({ runs: held.length, rss, used, handles }));
    expect([...killed.wrong, ...lasting.wrong]).toEqual([]);

    if (held.length >= enoughRuns) {
      // Each run writes the metadata file anew, whole, and it grows with every version: so does what is resident.
      const metadata = statSync(`${out}/valohai.metadata.jsonl`).size;
      expect.soft(rss!.at(-1), 'resident memory').toBeLessThan(rss![4]! * 1.1 + 5 * metadata);
      expect.soft(used!.at(-1), 'memory in use').toBeLessThan(used![4]! * 1.1);
      expect.soft(handles!.at(-1), 'handles').toBe(handles![4]);
    }
    // In peace, both chains come to what the table holds, and nothing else is left.
    const inPeace = startLasting({ ...upsert, source: as('lasting'), out, parent: `${out}/soak` });
    const newest = [await inPeace.next('z'), await next()];
    inPeace.stop();
    for (const { outcome, told } of newest) expect(outcome, told).toMatch(inPeaceOnly);
    const stamps = await race.stamps();
    const whole = new Chain(server.url, { table: 'race' });
    const { digest } = await whole.next();
    for (const { location: place = '' } of newest) {
      expect(await whole.verify(place), place).toMatchObject({ valid: true, findings: [] });
      const merged = await compact(place, { out: emptyFolder('merged') });
      expect(merged.digest, place).toBe(digest);
      expect(await whole.values('stamp', [merged]), place).toEqual(stamps);
    }
    expect(readdirSync(out)).toEqual(['soak', 'valohai.metadata.jsonl']);
    const { objects, uploads } = await store.contents();
    expect(uploads).toEqual([]);
    expect(objects.filter(({ key }) => /_claim|_uploads|\.tidemark/.test(key))).toEqual([]);
    expect(await race.sql(`SELECT application_name FROM pg_stat_activity WHERE ${ours}`)).toEqual([]);
  },
);
