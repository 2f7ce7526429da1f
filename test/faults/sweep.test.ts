import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freshDatabase } from '../servers/postgres.js';
import { startStrictS3, type StrictS3 } from '../servers/s3/strict.js';
import { dealt } from '../support/long-form.js';
import { kinds } from './harness/faults.mjs';
import { networkKinds } from './harness/network.js';
import { makeWorld, scenarios, type World } from './harness/scenarios.js';
import { storeKinds, storePlayer } from './harness/store.js';
import { Subject } from './harness/subject.js';
import { type Player, Sweep } from './harness/sweep.js';

/** `npm run test:faults` plays every call, for once and for good; else a sample of them. */
const everyCall = process.env['TIDEMARK_FAULTS'] === 'all';
const next = (at: number): number => (everyCall ? at + 1 : at * 16);
const timeout = everyCall ? 7_200_000 : 120_000;

let world: World;
let store: StrictS3;
let subject: Subject;
let runs = 0;

beforeAll(async () => {
  const server = inject('postgres18');
  store = await startStrictS3();
  world = await makeWorld(server, await freshDatabase(server), store);
  // Connections to a bucket are kept by the process.
  subject = new Subject(world.root, { ...store.env, TIDEMARK_FAULT_POOLED_PORT: new URL(store.endpoint).port });
});
afterAll(async () => {
  console.log(`${runs} runs met their fault`);
  await subject.stop();
  world.network.stop();
  store.stop();
  await world.database.drop();
});

/** A scenario and the one that shares neither its command nor its place have the same turn. */
const turnOf = (scenario: string): number => Number([1, 2].includes(Object.keys(scenarios).indexOf(scenario)));

describe.each(Object.entries(scenarios))(
  '%s: the version is right or nothing is there, and the cause is told',
  (name, make) => {
    let sweep: Sweep;
    beforeAll(async () => {
      sweep = await Sweep.of(subject, await make(world, name));
    }, timeout);

    const players: Readonly<Record<string, () => Player | undefined>> = {
      ...Object.fromEntries(kinds.map((kind) => [kind, () => undefined])),
      ...Object.fromEntries(networkKinds.map((kind) => [kind, () => world.network])),
      ...(name.includes('bucket') && Object.fromEntries(storeKinds.map((kind) => [kind, () => storePlayer(store)]))),
    };
    it.each(Object.keys(players).map((kind, index) => [kind, index] as const))(
      '%s',
      async (kind, index) => {
        const turn = (turnOf(name) + index) % 2;
        for (const always of dealt([false, true], { to: turn, of: 2, all: everyCall })) {
          const result = await sweep.over({ kind, always }, { player: players[kind]!(), next });
          runs += result.runs;
          if (everyCall) console.log(`${name}, ${kind}${always ? ' and on' : ''}: ${result.runs} runs`);
          expect(result.violations.join('\n')).toBe('');
        }
      },
      timeout,
    );
  },
);
