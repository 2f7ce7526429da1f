import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, type Snapshot, tidemark } from '../support/cli.js';
import { dealt, rounds } from '../support/long-form.js';
import { Gate } from './gate.js';
import { ddl, victim } from './ddl.js';
import { twins } from './shadows.js';
import { type Disturbance, harmful, harmless, type Subject, subjects, victimSubject, world } from './world.js';

/** `npm run test:hostile` makes hundreds; the short form keeps `npm test` quick. */
const runs = Number(process.env['TIDEMARK_HOSTILE_RUNS'] ?? rounds({ short: 2, long: 40 }));
const seed = Number(process.env['TIDEMARK_HOSTILE_SEED'] ?? Date.now() % 1_000_000);

/** Among so many runs there are some that are exact and some that are refused. */
const fewestForBoth = 10;

/** A small generator (mulberry32), so that a failure can be had again by its seed. */
function random(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Run {
  readonly subject: Subject;
  readonly disturbance: Disturbance;
  readonly lanes: number;
  readonly via: 'copy' | 'cursor';
  /** Bytes that lanes bring before the change: none, or some. */
  readonly after: number;
}

/** Every second run is disturbed by what changes its subject, the others by what changes nothing, or somebody else's. */
function chooseRuns(count: number): Run[] {
  const next = random(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
  const concerned = harmful.flatMap((disturbance) =>
    subjects.filter(({ name }) => disturbance.concerns?.includes(name)).map((subject) => ({ subject, disturbance })),
  );
  const undisturbed = (): Pick<Run, 'subject' | 'disturbance'> => {
    const subject = pick(subjects);
    const others = harmful.filter(({ concerns }) => !concerns?.includes(subject.name));
    return { subject, disturbance: pick([...harmless, ...others]) };
  };
  return Array.from({ length: count }, (_, i) => ({
    ...(i % 2 === 0 ? pick(concerned) : undisturbed()),
    lanes: pick([1, 2, 3]),
    via: pick(['copy', 'copy', 'cursor'] as const),
    after: pick([1, 300_000, 12_000_000]),
  }));
}

const servers = ['postgres18', 'postgres14'] as const;

describe.each(servers)('%s: a hostile database', (key) => {
  let db: FreshDatabase;
  let guest: string;
  const out = emptyFolder('hostile');
  /** One statement after the other, each in a transaction of its own: some can be in none with others. */
  const sql = async (text: string): Promise<void> => {
    for (const statement of text.split('; ')) await db.query(statement);
  };
  beforeAll(async () => {
    db = await freshDatabase(inject(key));
    await db.query(world);
    await db.query(twins);
    // Not the owner: row-level security counts for this user.
    await db.query(`CREATE ROLE guest_${db.name} LOGIN; GRANT USAGE ON SCHEMA live, spare TO guest_${db.name};
      GRANT SELECT ON ALL TABLES IN SCHEMA public, live, spare TO guest_${db.name}`);
    guest = db.url.replace('postgres@', `guest_${db.name}@`);
  }, 120_000);
  afterAll(async () => {
    await db.query(`SET search_path = pg_catalog; DROP OWNED BY guest_${db.name}`);
    await db.drop();
  });

  it(`${runs} runs, each the exact moment or a clean failure`, { timeout: runs * 60_000 }, async () => {
    const counts = { exact: 0, refused: 0 };
    for (const [index, run] of chooseRuns(runs).entries()) {
      const words = `seed ${seed}, run ${index}: ${run.subject.name}, ${run.disturbance.name}, ${run.lanes} lanes, ${run.via}, after ${run.after} bytes`;
      const result = await attempt(run, index);
      expect(result.problem, `${words}: ${result.problem}`).toBeUndefined();
      counts[result.exact ? 'exact' : 'refused'] += 1;
    }
    console.log(
      `${key}: ${runs} runs (seed ${seed}): ${counts.exact} exact, ${counts.refused} refused with the reason, 0 wrong`,
    );
    // Of few runs none may be refused: a change can wait for the run's locks, or come after its last row.
    if (runs < fewestForBoth) return;
    expect(counts.exact).toBeGreaterThan(0);
    expect(counts.refused).toBeGreaterThan(0);
  });

  const tenth = ddl.filter((_, i) => i % 10 === seed % 10);
  const chosen =
    process.env['TIDEMARK_HOSTILE_RUNS'] === undefined
      ? dealt(tenth, { to: servers.indexOf(key), of: servers.length })
      : ddl;
  it.each(chosen)('$name: the exact moment or a clean failure', { timeout: 120_000 }, async (disturbance) => {
    await db.query(victim);
    for (const [i, via] of (['copy', 'cursor'] as const).entries()) {
      const run = { subject: victimSubject, disturbance, lanes: 1 + i, via, after: 300_000 };
      expect((await attempt(run, `ddl-${ddl.indexOf(disturbance)}-${i}`)).problem).toBeUndefined();
    }
  });

  /** One run, with its disturbance while the lanes stand still. */
  async function attempt(run: Run, index: number | string): Promise<{ problem?: string; exact: boolean }> {
    const gate = await Gate.open(guest, run.after);
    const folder = `${out}/${index}`;
    const args = ['snapshot', '--json', ...run.subject.options, '--dataset', 'dataset://d/v', '--out', folder];
    const shape = ['--lanes', String(run.lanes), '--via', run.via, '--shard-size', '1MiB', '--lock-wait', '0s'];
    const expected = await rowsOfServer(run.subject);
    const going = tidemark([...args, ...shape], { env: { TIDEMARK_SOURCE: gate.url(guest) }, timeout: 50_000 });
    // A small result is through before the gate closes: then the change comes after the end, which must not matter.
    await Promise.race([gate.reached, going]);
    const changed = sql(run.disturbance.change).catch(() => undefined);
    await (run.disturbance.waits ? Promise.race([changed, sleep(300)]) : changed);
    try {
      gate.release();
      return await judge(run, folder, expected, await going);
    } finally {
      await gate.close();
      await changed;
      await db.query(run.disturbance.undo);
    }
  }

  async function judge(
    { disturbance }: Run,
    folder: string,
    expected: string,
    { code, stdout, stderr }: Awaited<ReturnType<typeof tidemark>>,
  ): Promise<{ problem?: string; exact: boolean }> {
    if (code === 0) {
      const exact = (await rowsOfVersion((JSON.parse(stdout) as Snapshot).location)) === expected;
      return exact ? { exact } : { exact, problem: 'exit 0, and not the rows of the moment' };
    }
    if (disturbance.harmless) return { exact: false, problem: `failed: ${stderr}` };
    if (existsSync(folder) && readdirSync(folder).length > 0) return { exact: false, problem: 'left files behind' };
    const reason =
      /changed during the run|does not give the columns|waits to lock|the tables are locked|lock timeout|permission denied/;
    const clean = code === 3 && reason.test(stderr);
    return clean ? { exact: false } : { exact: false, problem: `exit ${code}: ${stderr}` };
  }

  /** Count and sums over all rows: whatever row is missing, doubled or different changes them. */
  async function rowsOfServer({ oracle }: Subject): Promise<string> {
    const client = await db.connect();
    try {
      await client.query(`SET ROLE guest_${db.name}`);
      const { rows } = await client.query<Record<string, string>>(
        `SELECT pg_catalog.count(*)::pg_catalog.text AS n, pg_catalog.sum(id::pg_catalog.int8)::pg_catalog.text AS ids,
                pg_catalog.sum(pg_catalog.length(m))::pg_catalog.text AS moods, pg_catalog.min(m) AS first, pg_catalog.max(m) AS last,
                pg_catalog.sum(pg_catalog.length(pad))::pg_catalog.text AS pads, pg_catalog.count(DISTINCT pad)::pg_catalog.text AS distinct
           FROM (${oracle}) t`,
      );
      return JSON.stringify(rows[0]);
    } finally {
      await client.end();
    }
  }
});

async function rowsOfVersion(location: string): Promise<string> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `SELECT count(*)::text AS n, sum(id)::text AS ids, sum(length(m))::text AS moods, min(m) AS first, max(m) AS last,
            sum(length(pad::text))::text AS pads, count(DISTINCT pad)::text AS distinct FROM '${location}/*.parquet'`,
  );
  connection.closeSync();
  return JSON.stringify(reader.getRowObjects()[0]);
}
