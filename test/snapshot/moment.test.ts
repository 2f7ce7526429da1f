import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemark } from '../support/cli.js';
import { rounds } from '../support/long-form.js';
import { Bank, expectedSum, stateOf } from './bank.js';

/** `npm run test:long` takes more: the short form keeps `npm test` quick. */
const snapshots = rounds({ short: 4, long: 50 });
const statements = rounds({ short: 2, long: 10 });

describe('one moment, while others write without pause', () => {
  let bank: Bank;
  let url: string;
  beforeAll(async () => {
    ({ url } = await freshDatabase(inject('postgres18')));
    bank = await Bank.open(url);
    await bank.startWriters(3);
  });
  afterAll(() => bank.stop());

  it(`holds ${snapshots} times in a row over several lanes, by COPY and by cursor`, { timeout: 400_000 }, async () => {
    const out = emptyFolder('moment');
    const before = bank.transactions;
    for (let i = 0; i < snapshots; i += 1) {
      const via = i % 10 === 9 ? 'cursor' : 'copy';
      const { location } = await snapshotJson(
        ['--table', 'accounts', '--dataset', `dataset://bank/v${i}`, '--lanes', '3', '--out', out, '--via', via],
        { env: { TIDEMARK_SOURCE: url } },
      );
      expect(await stateOf(location)).toMatchObject({ sum: expectedSum, torn: 0, duplicates: 0n });
    }
    // The writers were not held up: a run takes no lock that they want.
    expect(bank.transactions - before).toBeGreaterThan(snapshots * 10);
  });

  it('can fail: lanes that read without a common snapshot are torn', { timeout: 120_000 }, async () => {
    const out = emptyFolder('torn');
    let torn = 0;
    for (let i = 0; i < 20 && torn === 0; i += 1) {
      const { location } = await snapshotJson(
        ['--table', 'accounts', '--dataset', `dataset://bank/v${i}`, '--lanes', '3', '--out', out].concat([
          '--consistency',
          'none',
        ]),
        { env: { TIDEMARK_SOURCE: url } },
      );
      const state = await stateOf(location);
      if (state.sum !== expectedSum || state.torn > 0 || state.duplicates > 0n) torn += 1;
    }
    expect(torn).toBe(1);
  });

  it.each([
    [
      'TRUNCATE',
      `BEGIN; LOCK TABLE accounts; CREATE TEMP TABLE kept ON COMMIT DROP AS TABLE accounts;
       TRUNCATE accounts; INSERT INTO accounts TABLE kept; COMMIT`,
    ],
    ['ALTER TABLE … TYPE', 'ALTER TABLE accounts ALTER balance TYPE numeric(20,0)'],
    ['ALTER TABLE … TYPE back', 'ALTER TABLE accounts ALTER balance TYPE bigint'],
  ])('%s fired in between waits, or the run fails and says why', { timeout: 120_000 }, async (_, statement) => {
    const out = emptyFolder('ddl');
    let whole = 0;
    for (let i = 0; i < statements; i += 1) {
      const fire = new Promise((resolve) => setTimeout(resolve, 200 + (i * 600) / statements)).then(() =>
        bank.sql(statement),
      );
      const args = ['--table', 'accounts', '--dataset', `dataset://bank/v${i}`, '--lanes', '3', '--out', out];
      const run = await tidemark(['snapshot', '--json', ...args], { env: { TIDEMARK_SOURCE: url } });
      await fire;
      if (run.code === 0) {
        whole += 1;
        const { location } = JSON.parse(run.stdout) as { location: string };
        expect(await stateOf(location)).toMatchObject({ sum: expectedSum, torn: 0, duplicates: 0n });
      } else {
        expect(run.code, run.stderr).toBe(3);
        expect(run.stderr).toMatch(/lock|changed|accounts/);
      }
    }
    expect(whole).toBeGreaterThan(0);
  });
});
