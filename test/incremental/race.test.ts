import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServerPair, startWithStandby } from '../servers/standby.js';
import { Chain } from './chain.js';
import { Race, StrictGreater } from './race.js';

/** `npm run test:race` makes 200 increments of transactions that stay open for up to 5 s. */
const increments = Number(process.env['TIDEMARK_RACE_INCREMENTS'] ?? 5);
const longest = Number(process.env['TIDEMARK_RACE_LONGEST'] ?? 400);

let servers: ServerPair;
let primary: pg.Client;
let standby: pg.Client;

beforeAll(async () => {
  servers = await startWithStandby({
    both: { max_prepared_transactions: '50' },
    standby: { hot_standby_feedback: 'on', max_standby_streaming_delay: '-1' },
  });
  primary = new pg.Client(servers.primary.url);
  standby = new pg.Client(servers.standby.url);
  await Promise.all([primary.connect(), standby.connect()]);
});
afterAll(async () => {
  await Promise.all([primary.end(), standby.end()]);
  await servers.stop();
});

/** Waits until the standby has all that the primary has now. */
async function caughtUp(): Promise<void> {
  const { rows } = await primary.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn');
  const behind = async (): Promise<boolean> => {
    const found = await standby.query<{ there: boolean }>(`SELECT pg_last_wal_replay_lsn() >= $1 AS there`, [
      rows[0]!.lsn,
    ]);
    return !found.rows[0]!.there;
  };
  while (await behind()) await sleep(20);
}

it(`${increments} increments in a race with eight writers hold every row version once, on a standby too`, async () => {
  const race = await Race.begin(servers.primary.url, { writers: 8, longest });
  const upsert = { mode: 'upsert', key: 'id', deletes: 'scan' } as const;
  const exact = [
    new Chain(servers.primary.url, {
      table: 'race',
      lanes: 1,
      ...upsert,
      split: 'train=0.8,test=0.2',
      splitKey: ['id'],
    }),
    new Chain(servers.standby.url, { table: 'race', lanes: 1, ...upsert, partitionBy: ['writer'] }),
  ];
  // Longer than any transaction, the prepared ones too; all clocks are one.
  const windowed = new Chain(servers.primary.url, {
    query: 'SELECT * FROM race',
    cursor: 'written',
    lag: '10m',
    ...upsert,
  });
  const chains = [...exact, windowed];
  const naive = new StrictGreater(race);
  await caughtUp();
  // One after the other in each chain, both and the naive one at the same time.
  const run = async (chain: Chain): Promise<void> => {
    for (let i = 0; i < increments; i += 1) {
      await chain.next();
      await naive.next();
    }
  };
  await Promise.all(chains.map(run));
  await race.end();
  await caughtUp();
  await Promise.all(chains.map((chain) => chain.next()));
  await naive.next();
  const final = await race.stamps();
  expect(race.committed).toBeGreaterThan(increments);
  for (const chain of chains) {
    const delivered = await chain.values('stamp');
    expect(new Set(delivered).size, 'a row version comes twice').toBe(delivered.length);
    const known = new Set(delivered);
    expect(
      final.filter((stamp) => !known.has(stamp)),
      'lost row versions',
    ).toEqual([]);
    expect(chain.made.length).toBeGreaterThan(increments / 2);
    const manifests = chain.made.slice(1).map((made) => chain.manifest(made).run);
    expect(new Set(manifests.map(({ increment }) => increment!.road))).toEqual(
      new Set([chain === windowed ? 'window' : 'transactions']),
    );
    const merged = await chain.compact();
    expect(await chain.values('stamp', [merged]), 'the newest row of each key that is there').toEqual(final);
    expect(merged.digest).toBe(chain.made.at(-1)!.chain!.digest);
    if (chain !== windowed) expect(manifests.some(({ horizon }) => horizon!.transactions!.seen.length > 0)).toBe(true);
  }
  // The race can be lost: whoever asks for what is after the largest time has lost some.
  const found = new Set(naive.stamps);
  expect(final.filter((stamp) => !found.has(stamp)).length).toBeGreaterThan(0);
}, 7_200_000);

it('a prepared transaction is new when it is committed, whoever does that, and on a standby', async () => {
  await primary.query(`CREATE TABLE prepared (id text)`);
  await primary.query(`BEGIN; INSERT INTO prepared VALUES ('prepared'); PREPARE TRANSACTION 'later'`);
  await primary.query(`INSERT INTO prepared VALUES ('seen')`);
  await caughtUp();
  const chains = [servers.primary, servers.standby].map(({ url }) => new Chain(url, { table: 'prepared' }));
  for (const chain of chains) expect((await chain.next()).rows).toBe(1);
  await primary.query(`COMMIT PREPARED 'later'`);
  await caughtUp();
  for (const chain of chains) {
    expect((await chain.next()).rows).toBe(1);
    expect(await chain.values('id')).toEqual(['prepared', 'seen']);
  }
});

it('a standby that is behind the parent is refused, and one that was promoted has another history', async () => {
  await primary.query(`CREATE TABLE kept (id text)`);
  await caughtUp();
  const ofPrimary = new Chain(servers.primary.url, { table: 'kept' });
  const ofStandby = { source: servers.standby.url };
  await standby.query('SELECT pg_wal_replay_pause()');
  await primary.query(`INSERT INTO kept VALUES ('one')`);
  await ofPrimary.next();
  expect((await ofPrimary.refused(ofStandby)).message).toContain('this server is behind it');
  await standby.query('SELECT pg_wal_replay_resume()');
  await primary.query(`INSERT INTO kept VALUES ('two')`);
  await caughtUp();
  expect(await ofPrimary.next(ofStandby)).toMatchObject({ status: 'created', rows: 1 });
  await standby.query('SELECT pg_promote()');
  expect(await ofPrimary.refused(ofStandby)).toMatchObject({
    code: 'data.parent',
    message: expect.stringContaining('failed over since (timeline 1, now 2)') as string,
  });
});
