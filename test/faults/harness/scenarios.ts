import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FreshDatabase, SharedServer } from '../../servers/postgres.js';
import type { StrictS3 } from '../../servers/s3/strict.js';
import { emptyFolder, snapshotJson } from '../../support/cli.js';
import { Network } from './network.js';
import { bucketPlace, folderPlace, type Place } from './place.js';
import type { Scenario } from './sweep.js';

/** What scenarios need: a database and a way to it that breaks, a store, and a folder for everything that is written. */
export interface World {
  readonly database: FreshDatabase;
  readonly network: Network;
  readonly store: StrictS3;
  readonly root: string;
}

export async function makeWorld(server: SharedServer, database: FreshDatabase, store: StrictS3): Promise<World> {
  await database.query(`
    CREATE TABLE orders AS SELECT i AS id, 'customer ' || i % 50 AS customer, (i / 8.0)::numeric(12,3) AS price, repeat(md5(i::text), 3) AS note
      FROM generate_series(1, 6000) i;
    ANALYZE orders`);
  await store.keep();
  return { database, store, network: await Network.to(server.host, server.port), root: emptyFolder('faults') };
}

const splits = ['--split', 'train=0.8,test=0.2', '--split-key', 'customer', '--expect', '{"unique": ["id"]}'];

const inFolder = ({ root }: World, name: string): Place => folderPlace(join(root, name.replaceAll(' ', '-')));

/** By two lanes, with a split, and with what needs scratch files: in a folder, and in a bucket. */
export const scenarios: Readonly<Record<string, (world: World, name: string) => Promise<Scenario>>> = {
  'a snapshot in a folder': (world, name) => snapshotIn(inFolder(world, name), { world, name }),
  'a snapshot in a bucket': (world, name) => snapshotIn(bucketPlace(world.store), { world, name }),
  'an increment in a folder': (world, name) => incrementIn(inFolder(world, name), { world, name }),
  'an increment in a bucket': (world, name) => incrementIn(bucketPlace(world.store), { world, name }),
};

interface Named {
  readonly world: World;
  readonly name: string;
}

const snapshotIn = (place: Place, { world, name }: Named): Promise<Scenario> =>
  Promise.resolve(scenario(world, { name, place, more: splits }));
const incrementIn = async (place: Place, { world, name }: Named): Promise<Scenario> =>
  scenario(world, { name, place: await begun(world, place), more: increment });

const increment = ['--parent', 'DATASET', '--split', 'train=0.8,test=0.2', '--split-key', 'customer'];

/** Where the first version of a chain lies. */
async function begun(world: World, place: Place): Promise<Place> {
  await place.reset();
  const { args, env } = scenario(world, { name: 'begin', place, more: [...increment, '--first-run'] });
  await snapshotJson(
    args.slice(1).map((word) => word.replace('/v1', '/v0')),
    { env },
  );
  await place.keep();
  await world.database.query(
    `INSERT INTO orders SELECT i, 'customer ' || i % 70, i / 8.0, 'new' FROM generate_series(6001, 8000) i`,
  );
  return place;
}

function scenario(
  { database, network, root }: World,
  { name, place, more }: { name: string; place: Place; more: readonly string[] },
): Scenario {
  const scratch = join(root, 'scratch');
  mkdirSync(scratch, { recursive: true });
  const url = new URL(database.url);
  url.port = String(network.port);
  const words = ['snapshot', '--json', '--table', 'orders', '--dataset', 'dataset://orders/v1', '--lanes', '2'];
  return {
    ...{ name, place, scratch },
    args: [
      ...words,
      // A clock that jumps by an hour may jump into another day, which is another version's.
      '--date',
      '2024-01-15',
      '--shard-size',
      '1MiB',
      '--scratch',
      scratch,
      '--out',
      place.out,
      ...more.map((word) => word.replace('DATASET', place.dataset)),
    ],
    env: { TIDEMARK_SOURCE: url.href },
    async sessions() {
      const rows = await database.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'tidemark%' AND datname = current_database()`,
      );
      return rows[0]!.n;
    },
  };
}
