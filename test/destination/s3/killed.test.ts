import { describe, expect, it } from 'vitest';
import { dealt, isLong, rounds } from '../../support/long-form.js';
import { bothStores, expectOnly, expectPromise, runInProcess } from './runs.js';

const stores = await bothStores();
let places = 0;
const newPlace = (): string => `killed-${(places += 1)}`;

const before = [
  'opened',
  'writing',
  'written',
  'manifests-uploaded',
  'noted',
  'object-completed 1',
  'objects-completed',
];
const after = ['traces-removed'];

/** Kills at every step are the same for each store, as far as it keeps conditions: one of them will do where time is short. */
describe.each(isLong ? stores : stores.slice(0, 1))('with the store %s, a run that is killed', (_, store) => {
  it.each([...dealt(before, { to: 0, of: 2 }), 'manifest-completed', ...after])(
    'at %s: the next run makes all right',
    async (killAt) => {
      const prefix = newPlace();
      const dead = await runInProcess({
        location: store.at(`bucket/${prefix}`),
        versions: ['v1'],
        run: 'dead',
        killAt,
      });
      expect(dead.signal).toBe('SIGKILL');
      const there = !before.includes(killAt);
      expect(await expectPromise(store, prefix)).toEqual(there ? ['v1'] : []);
      const next = await runInProcess({ location: store.at(`bucket/${prefix}`), versions: ['v1'], run: 'next' });
      expect(next.recovered).toMatchObject([{ kind: there ? 'completed' : 'removed' }]);
      expect(next.last).toMatchObject(there ? { failed: 'request.version-exists' } : { published: 'next' });
      await expectOnly(store, prefix, ['v1']);
    },
  );

  const firstManifest = 'manifest-completed 1';
  const manifests = [firstManifest, 'manifest-completed 2', 'manifest-completed 3'];
  it.each([...dealt(before, { to: 1, of: 2 }), ...manifests, ...after])(
    'at %s of three versions: all of them or none',
    async (killAt) => {
      const prefix = newPlace();
      const versions = ['train', 'validation', 'test'];
      const dead = await runInProcess({ location: store.at(`bucket/${prefix}`), versions, run: 'dead', killAt });
      expect(dead.signal).toBe('SIGKILL');
      await expectPromise(store, prefix);
      // A run of another version of the dataset cleans up, too.
      const next = await runInProcess({ location: store.at(`bucket/${prefix}`), versions: ['other'], run: 'next' });
      expect(next.last).toEqual({ published: 'next' });
      await expectOnly(store, prefix, before.includes(killAt) ? ['other'] : ['other', ...versions]);
    },
  );
});

describe.each(stores)('with the store %s, a run that is killed', (_, store) => {
  it('at any moment: the next run makes the version, or finds it', async () => {
    const times = rounds({ short: 4, long: 100 });
    for (let round = 0; round < times; round += 1) {
      const prefix = newPlace();
      const killAfter = 20 + Math.random() * 500;
      const versions = round % 2 === 0 ? ['v1'] : ['v1', 'v2'];
      await runInProcess({
        location: store.at(`bucket/${prefix}`),
        versions,
        run: 'dead',
        killAfter,
        shardBytes: 9_000_000,
      });
      const there = await expectPromise(store, prefix);
      const next = await runInProcess({ location: store.at(`bucket/${prefix}`), versions, run: 'next' });
      const told = `killed after ${killAfter} ms with ${there.join()}: ${JSON.stringify(next)}`;
      if (!('published' in next.last)) expect(next.last, told).toMatchObject({ failed: 'request.version-exists' });
      await expectOnly(store, prefix, versions);
      await store.empty();
    }
  }, 600_000);
});

describe.each(stores)('with the store %s, two runs at the same time', (_, store) => {
  it('of one version: one makes it, the other says so', async () => {
    const times = rounds({ short: 4, long: 100 });
    for (let round = 0; round < times; round += 1) {
      const prefix = newPlace();
      const ends = await Promise.all(
        ['a', 'b'].map((run) => runInProcess({ location: store.at(`bucket/${prefix}`), versions: ['v1'], run })),
      );
      const published = ends.filter(({ last }) => 'published' in last);
      const refused = ends.filter(({ last }) => last['failed'] === 'request.version-exists');
      expect([published.length, refused.length], JSON.stringify(ends)).toEqual([1, 1]);
      await expectOnly(store, prefix, ['v1']);
      const { objects } = await store.contents();
      const runs = objects.filter(({ key }) => key.startsWith(`${prefix}/`)).map(({ run }) => run);
      expect(new Set(runs)).toEqual(new Set([published[0]!.last['published']]));
      await store.empty();
    }
  }, 300_000);

  it('of two versions: both make theirs', async () => {
    const prefix = newPlace();
    const ends = await Promise.all(
      ['v1', 'v2'].map((version) =>
        runInProcess({ location: store.at(`bucket/${prefix}`), versions: [version], run: version }),
      ),
    );
    expect(ends.map(({ last }) => last)).toEqual([{ published: 'v1' }, { published: 'v2' }]);
    await expectOnly(store, prefix, ['v1', 'v2']);
  });
});
