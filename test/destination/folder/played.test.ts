import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PublishRequest } from '../../../src/core/destination.js';
import type { FolderDraft } from '../../../src/destination/folder/draft.js';
import { openFiles } from '../../../src/destination/folder/object-file.js';
import type { Machine } from '../../../src/machine/machine.js';
import { outputs, recoverLater, sales } from './one-shard.js';
import { expectPromise, leftovers, linesOf, newFolder, tree } from './outputs.js';
import { PlayedMachine } from './played-machine.js';

const rounds = process.env['TIDEMARK_TEST_LONG'] === undefined ? 60 : 5000;
const uri = 'dataset://sales/v1';
const others = '{"file":"model.bin","metadata":{}}\n';
const codes = ['EIO', 'ENOSPC', 'EACCES', 'EBUSY', 'ESTALE'];

const content = Buffer.from('the rows of a shard');
const shards = ['s-0.parquet', 'part=1/s-1.parquet'].map((path) => ({
  path,
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
}));
const manifestName = '_manifest.v1.json';
const request: PublishRequest = {
  files: shards.map(({ path, bytes }) => ({ path, bytes })),
  manifest: { name: manifestName, bytes: Buffer.from(JSON.stringify({ shards })) },
  announcements: [...shards.map(({ path }) => path), manifestName].map((path) =>
    JSON.stringify({ file: `sales/v1/${path}`, metadata: { 'valohai.dataset-versions': [{ uri }] } }),
  ),
};

/** An outputs folder that others use, too. */
function usedFolder(): string {
  const out = newFolder();
  writeFileSync(join(out, 'valohai.metadata.jsonl'), others);
  mkdirSync(join(out, 'models'));
  return out;
}
const untouched = tree(usedFolder());

/** A run, from cleaning up after others to the published version; says what it believes to have done. */
async function run(out: string, machine: Machine): Promise<'made' | 'refused' | 'could not be taken back'> {
  let draft: FolderDraft | undefined;
  try {
    const destination = outputs(out, machine);
    await destination.recover();
    draft = await destination.openDraft({ ...sales, names: [manifestName] });
    const objects = openFiles(machine.fs, draft.ticket);
    for (const { path } of shards) {
      const object = objects.create(path);
      object.write(content);
      await object.close();
    }
    await draft.publish(request);
    return 'made';
  } catch (error) {
    await draft?.abort().catch(() => undefined);
    const stuck = 'could not be taken back';
    return String(error).includes(stuck) ? stuck : 'refused';
  }
}

/** What anybody finds in the outputs folder: a whole version that all lines name, or nothing of it but what is `forgiven`. */
function expectAllOrNothing(out: string, forgiven: Record<string, string> = {}): boolean {
  const there = expectPromise(out, others).includes(uri);
  expect(linesOf(out, uri)).toBe(there ? 3 : 0);
  expect(leftovers(out)).toEqual([]);
  if (!there) expect({ ...tree(out), ...forgiven }).toEqual({ ...untouched, ...forgiven });
  return there;
}

/** How many calls a run makes that nothing happens to. */
let calls = 0;
beforeAll(async () => {
  const machine = new PlayedMachine(() => undefined);
  const out = usedFolder();
  expect(await run(out, machine)).toBe('made');
  expect(expectAllOrNothing(out)).toBe(true);
  ({ calls } = machine);
  expect(calls).toBeGreaterThan(80);
});

describe('the file system fails a run', { timeout: 120_000 }, () => {
  it.each(codes)(
    'with %s, once, at any of its calls: the version is whole or not there, as the run says',
    async (code) => {
      let refused = 0;
      for (let at = 1; at <= calls; at += 1) {
        const out = usedFolder();
        const outcome = await run(out, new PlayedMachine((call) => (call === at ? code : undefined)));
        expectPromise(out, others);
        await recoverLater(out);
        expect({ at, there: expectAllOrNothing(out) }).toEqual({ at, there: outcome === 'made' });
        if (outcome !== 'made') refused += 1;
      }
      expect(refused).toBeGreaterThan(20);
    },
  );

  it.each([
    ['moving', ['renameSync', 'linkSync']],
    ['opening', ['openSync', 'mkdirSync']],
    ['syncing', ['fsyncSync']],
    ['closing', ['closeSync']],
    ['writing', ['writeSync', 'writeFileSync']],
  ])('for good, but in one thing only, %s: even a version that has appeared is taken back', async (_, broken) => {
    const outcomes = new Set<string>();
    for (let from = 1; from <= calls; from += 1) {
      const out = usedFolder();
      const fails = (call: number, name: string): boolean => call >= from && broken.includes(name);
      const outcome = await run(out, new PlayedMachine((call, name) => (fails(call, name) ? 'EIO' : undefined)));
      expect({ from, there: expectPromise(out, others).includes(uri) }).toEqual({ from, there: outcome === 'made' });
      await recoverLater(out);
      expectAllOrNothing(out);
      outcomes.add(outcome);
    }
    expect([...outcomes]).toEqual(['refused', 'made']);
  });

  it('again and again: the promise holds, and the next run cleans up', async () => {
    const fates = fc.array(fc.tuple(fc.integer({ min: 1, max: 2 * calls }), fc.constantFrom(...codes, 'killed')));
    await fc.assert(
      fc.asyncProperty(fates, async (fates) => {
        const out = usedFolder();
        const fate = new Map(fates);
        const outcome = await run(out, new PlayedMachine((call) => fate.get(call)));
        expectPromise(out, others);
        await recoverLater(out);
        // A version that is there and that no line names: the user was told to remove it.
        if (outcome === 'could not be taken back') return;
        // An empty folder that could not be removed at the time.
        const there = expectAllOrNothing(out, { 'sales/': '' });
        if (outcome === 'made') expect(there).toBe(true);
      }),
      { numRuns: rounds },
    );
  });
});

describe('a run dies', { timeout: 120_000 }, () => {
  it('at any of its calls: the promise holds, and the next run finishes it or cleans up', async () => {
    const outcomes: boolean[] = [];
    for (let at = 1; at <= calls; at += 1) {
      const out = usedFolder();
      await run(out, new PlayedMachine((call) => (call === at ? 'killed' : undefined)));
      expectPromise(out, others);
      await recoverLater(out);
      outcomes.push(expectAllOrNothing(out));
      if (!outcomes.at(-1)) expect(await run(out, new PlayedMachine(() => undefined))).toBe('made');
    }
    // From one call on the version is there; before that it is not.
    expect(outcomes.indexOf(true)).toBeGreaterThan(20);
    expect(outcomes).toEqual([...outcomes].sort());
  });

  it('and so does the one that cleans up after it, at any call of that', async () => {
    for (let at = Math.round(calls / 2); at <= calls; at += 7) {
      for (let then = 1; ; then += 1) {
        const out = usedFolder();
        await run(out, new PlayedMachine((call) => (call === at ? 'killed' : undefined)));
        const cleaning = new PlayedMachine((call) => (call === then ? 'killed' : undefined));
        await outputs(out, cleaning)
          .recover()
          .catch(() => undefined);
        expectPromise(out, others);
        await recoverLater(out);
        expectAllOrNothing(out);
        if (cleaning.killedAt === undefined) break;
      }
    }
  });
});
