import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { VersionFiles } from '../../../src/core/destination.js';
import type { FolderDraft } from '../../../src/destination/folder/draft.js';
import { openFiles } from '../../../src/destination/folder/object-file.js';
import type { Machine } from '../../../src/machine/machine.js';
import { outputs, recoverLater } from './one-shard.js';
import { expectPromise, leftovers, newFolder, tree } from './outputs.js';
import { PlayedMachine } from './played-machine.js';

const long = process.env['TIDEMARK_TEST_LONG'] === '1';
const step = long ? 1 : 19;

/** Two of one dataset, and one of another. */
const places = [
  { dataset: 'data', version: 'train-1' },
  { dataset: 'data', version: 'test-1' },
  { dataset: 'other', version: 'test-1' },
];
const uris = places.map(({ dataset, version }) => `dataset://${dataset}/${version}`).sort();
const content = Buffer.from('the rows of a shard');
const sha256 = createHash('sha256').update(content).digest('hex');
const folderOf = ({ dataset, version }: (typeof places)[number]): string => `${dataset}-${version}`;

function filesOf(place: (typeof places)[number]): VersionFiles {
  const shard = { path: 's-0.parquet', bytes: content.length };
  const manifest = Buffer.from(JSON.stringify({ shards: [{ ...shard, sha256 }] }));
  return {
    files: [shard],
    manifest: { name: `_manifest.${place.version}.json`, bytes: manifest },
  };
}

const announcements = places.map(({ dataset, version }) =>
  JSON.stringify({
    file: `${dataset}/${version}/s-0.parquet`,
    metadata: { 'valohai.dataset-versions': [{ uri: `dataset://${dataset}/${version}` }] },
  }),
);

/** A run of three versions; says what it believes to have done. */
async function run(out: string, machine: Machine): Promise<'made' | 'refused' | 'could not be taken back'> {
  let draft: FolderDraft | undefined;
  try {
    const destination = outputs(out, machine);
    await destination.recover();
    const [first, ...siblings] = places.map((place) => ({ ...place, from: folderOf(place) }));
    draft = await destination.openDraft({ ...first!, siblings, run: 'r1' });
    const objects = openFiles(machine.fs, draft.ticket);
    for (const place of places) {
      const object = objects.create(`${folderOf(place)}/s-0.parquet`);
      object.write(content);
      await object.close();
    }
    const [own, ...others] = places.map(filesOf);
    await draft.publish({ ...own!, siblings: others, announcements });
    return 'made';
  } catch (error) {
    await draft?.abort().catch(() => undefined);
    const stuck = 'could not be taken back';
    return String(error).includes(stuck) ? stuck : 'refused';
  }
}

/** All versions, which lines name, or nothing: but for an empty folder that could not be removed at the time, where one is forgiven. */
function expectAllOrNone(out: string, at: number, forgiven: readonly string[] = []): boolean {
  const named = expectPromise(out);
  expect({ at, leftovers: leftovers(out) }).toEqual({ at, leftovers: [] });
  const left = Object.keys(tree(out)).filter((name) => !forgiven.includes(name));
  if (named.length === 0) expect({ at, left }).toEqual({ at, left: [] });
  else expect({ at, named }).toEqual({ at, named: uris });
  return named.length > 0;
}

let calls = 0;
beforeAll(async () => {
  const machine = new PlayedMachine(() => undefined);
  const out = newFolder();
  expect(await run(out, machine)).toBe('made');
  expect(expectAllOrNone(out, 0)).toBe(true);
  ({ calls } = machine);
});

describe('three versions together', { timeout: long ? 1_200_000 : 120_000 }, () => {
  it.each(long ? ['EIO', 'EACCES', 'ENOSPC'] : ['EIO'])(
    'with %s, once, at any call: all or none, as the run says',
    async (code) => {
      for (let at = 1; at <= calls; at += 1) {
        const out = newFolder();
        const outcome = await run(out, new PlayedMachine((call) => (call === at ? code : undefined)));
        await recoverLater(out);
        expect({ at, there: expectAllOrNone(out, at) }).toEqual({ at, there: outcome === 'made' });
      }
    },
  );

  it('of a run that dies at any call: all or none after recovery, and it can be run again', async () => {
    const outcomes: boolean[] = [];
    for (let at = 1; at <= calls; at += 1) {
      const out = newFolder();
      await run(out, new PlayedMachine((call) => (call === at ? 'killed' : undefined)));
      await recoverLater(out);
      outcomes.push(expectAllOrNone(out, at));
      if (!outcomes.at(-1)) expect(await run(out, new PlayedMachine(() => undefined))).toBe('made');
    }
    expect(outcomes.indexOf(true)).toBeGreaterThan(20);
    expect(outcomes).toEqual([...outcomes].sort());
  });

  it('of a run that dies, and of the one that cleans up after it, at any call of that', async () => {
    for (let at = Math.round(calls / 2); at <= calls; at += step) {
      for (let then = 1; ; then += 1) {
        const out = newFolder();
        await run(out, new PlayedMachine((call) => (call === at ? 'killed' : undefined)));
        const cleaning = new PlayedMachine((call) => (call === then ? 'killed' : undefined));
        await outputs(out, cleaning)
          .recover()
          .catch(() => undefined);
        await recoverLater(out);
        expectAllOrNone(out, at);
        if (cleaning.killedAt === undefined) break;
      }
    }
  });

  it('of a run that dies, and fails in the one that cleans up, at any call of that', async () => {
    for (let at = Math.round(calls / 2); at <= calls; at += step) {
      for (let then = 1; ; then += 1) {
        const out = newFolder();
        await run(out, new PlayedMachine((call) => (call === at ? 'killed' : undefined)));
        let reached = false;
        const cleaning = new PlayedMachine((call) => {
          reached ||= call === then;
          return call === then ? 'EIO' : undefined;
        });
        await outputs(out, cleaning)
          .recover()
          .catch(() => undefined);
        await recoverLater(out);
        expectAllOrNone(out, at, ['data/', 'other/']);
        if (!reached) break;
      }
    }
  });
});
