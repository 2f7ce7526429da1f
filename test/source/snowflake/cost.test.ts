import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { snapshot, type SnapshotOptions } from '../../../dist/index.js';
import { Budget } from '../../../src/source/snowflake/cost/budget.js';
import { startSeconds, type Warehouse, warehouseOf } from '../../../src/source/snowflake/cost/warehouse.js';
import { type SnowflakeStandIn, startSnowflake } from '../../servers/snowflake/snowflake.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { keyOf, urlOf } from './chain.js';
import { orders } from './tables.js';

let service: SnowflakeStandIn;
beforeAll(async () => {
  service = await startSnowflake();
  await service.createTable({ ...orders(1000), bytes: 5_000_000_000 });
});
afterAll(() => service.stop());
beforeEach(() => service.settings({ warehouses: [suspended, running, odd], jobMillis: 0 }));

const suspended = { name: 'ASLEEP', state: 'SUSPENDED', size: 'Medium', auto_suspend: '120' } as const;
const running = { name: 'AWAKE', state: 'STARTED', size: 'X-Small', auto_suspend: '600' } as const;
const odd = { name: 'ODD', state: 'STARTED', size: 'Enormous' } as const;

const source = (warehouse: string): string => `${urlOf(service)}&warehouse=${warehouse}`;
const uses = async (): Promise<number> => (await service.seen()).warehouses.length;
const make = (warehouse: string, more: Partial<SnapshotOptions>): ReturnType<typeof snapshot> =>
  snapshot(
    { source: source(warehouse), table: 'orders', dataset: 'dataset://c/v1', out: emptyFolder('out'), ...more },
    { env: keyOf(service) },
  );

describe('what a run may cost', () => {
  it.each([
    [
      'ASLEEP',
      0.1,
      /max-cost: 0\.1 credits are less than what starting the warehouse ASLEEP takes: 0\.133 \(Medium, 4 an/,
    ],
    ['AWAKE', 0.0001, /max-cost: 0\.0001 credits are less than a second of the warehouse AWAKE takes: 0\.\d+ \(/],
    ['ODD', 5, /max-cost: what an hour of the warehouse ODD \(Enormous\) costs is not known/],
    ['GONE', 5, /max-cost: which warehouse would run is not known/],
  ])('of %s is refused before a warehouse is used: %d', async (warehouse, maxCost, message) => {
    const before = await uses();
    await expect(make(warehouse, { maxCost })).rejects.toMatchObject({
      code: 'request.invalid',
      message: expect.stringMatching(message) as string,
    });
    expect(await uses()).toBe(before);
  });

  it.each(['api', 'chunks'])('is a limit that the service holds statements to, by %s', async (via) => {
    const made = await make('AWAKE', { maxCost: 0.01, via });
    const { statements } = await service.seen();
    const limits = statements.filter(({ sql, describeOnly }) => /FROM "DB"/.test(sql) && !describeOnly);
    expect(limits.at(-1)!.parameters['STATEMENT_TIMEOUT_IN_SECONDS']).toBe(36);
    const manifest = readFileSync(join(made.location, '_manifest.v1.json'), 'utf8');
    const { run } = JSON.parse(manifest) as { run: { load: Record<string, number> } };
    expect(run.load['creditsEstimated']).toBeGreaterThan(0);
    expect(run.load['creditsEstimated']).toBeLessThan(0.01);
    await service.settings({ jobMillis: 3_000 });
    await expect(make('AWAKE', { maxCost: 0.0005, via })).rejects.toMatchObject({ code: 'source.timeout' });
  });

  it('of what bills no credits is refused', async () => {
    const options = { source: 'postgres://localhost/x', table: 't', dataset: 'dataset://c/v1', maxCost: 1 };
    await expect(snapshot(options, { env: {} })).rejects.toThrow(/max-cost: postgres:\/\/ bills no credits/);
  });
});

describe('a plan', () => {
  it('says what it would take, and starts no warehouse', async () => {
    const before = await uses();
    const common = ['--table', 'orders', '--dataset', 'dataset://c/v1'];
    const asleep = await tidemark(['plan', '--source', source('ASLEEP'), ...common], { env: keyOf(service) });
    expect([asleep.code, asleep.stdout], asleep.stderr).toEqual([
      0,
      expect.stringMatching(
        /cost +the warehouse ASLEEP \(Medium, 4 credits an hour\): at least 0\.133 to start it, 120 seconds, 5\.00 GB to scan/,
      ) as string,
    ]);
    const awake = await tidemark(['plan', '--source', source('AWAKE'), ...common], { env: keyOf(service) });
    expect(awake.stdout).toMatch(/AWAKE \(X-Small, 1 credit an hour\): it runs already/);
    expect(await uses()).toBe(before);
  });
});

describe('a warehouse', () => {
  it.each([
    ['SUSPENDED', '0', 60],
    ['SUSPENDED', '30', 60],
    ['SUSPENDED', '600', 600],
    ['STARTED', '600', 0],
  ])('that is %s and suspends itself after %s seconds is started for %i', (state, after, seconds) => {
    expect(startSeconds(warehouseOf({ name: 'W', size: 'Small', state, auto_suspend: after }))).toBe(seconds);
  });

  it('of another kind, or an unknown size, has no price', () => {
    expect(warehouseOf({ name: 'W', size: 'Large', type: 'SNOWPARK-OPTIMIZED' }).creditsPerHour).toBeUndefined();
    expect(warehouseOf({ name: 'W', size: '6X-Large', type: 'STANDARD' }).creditsPerHour).toBe(512);
  });

  it('is billed for the time that statements took, and until it sleeps', async () => {
    const asleep: Warehouse = {
      ...{ name: 'W', size: 'X-Small', isSuspended: true },
      ...{ suspendsAfter: 300, creditsPerHour: 1 },
    };
    const budget = new Budget(asleep, 0.1, 40);
    expect(budget.credits).toBeUndefined();
    expect(await budget.spend((timeout) => Promise.resolve(timeout))).toBe(40);
    expect(budget.credits).toBeCloseTo(300 / 3600, 3);
    expect(await new Budget(asleep, 0.1, undefined).spend((timeout) => Promise.resolve(timeout))).toBe(60);
    expect(await new Budget(asleep, undefined, undefined).spend((timeout) => Promise.resolve(timeout))).toBeUndefined();
  });
});
