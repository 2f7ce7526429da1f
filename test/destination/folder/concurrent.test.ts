import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { oneShard, outputs, sales } from './one-shard.js';
import { Run, expectPromise, leftovers, linesOf, newFolder } from './outputs.js';

const others = '{"file":"a.txt","metadata":{}}\n';
/** Eighty processes are started; that takes its time on a busy machine. */
const patience = 240_000;
const rounds = Array.from({ length: 20 }, (_, round) => round);

/** Starts runs, lets them get ready to publish, then lets them all go at once. */
async function race(requests: readonly ConstructorParameters<typeof Run>[0][]): Promise<Run[]> {
  const runs = requests.map((request) => new Run({ ...request, wait: 'written' }));
  await Promise.all(runs.map((run) => run.waiting));
  for (const run of runs) run.goOn();
  await Promise.all(runs.map((run) => run.ended()));
  return runs;
}

describe('two runs at the same time in the same outputs folder', () => {
  it('of different versions: both succeed, 20 times, and no line is lost', { timeout: patience }, async () => {
    const out = newFolder();
    writeFileSync(join(out, 'valohai.metadata.jsonl'), others);
    for (const round of rounds) {
      const runs = await race(
        ['a', 'b'].map((name) => ({ out, dataset: 'sales', version: `${name}-${round}`, run: `${name}${round}` })),
      );
      for (const run of runs) expect(run.events.at(-1)).toHaveProperty('published');
    }
    const named = expectPromise(out, others);
    expect(named).toHaveLength(40);
    for (const uri of named) expect(linesOf(out, uri)).toBe(4);
    expect(leftovers(out)).toEqual([]);
  });

  it(
    'of the same version: exactly one wins, 20 times, and the other leaves nothing',
    { timeout: patience },
    async () => {
      const out = newFolder();
      for (const round of rounds) {
        const version = `v${round}`;
        const runs = await race(['a', 'b'].map((name) => ({ out, dataset: 'sales', version, run: name + round })));
        const last = runs.map((run) => run.events.at(-1)!);
        expect(last.filter((event) => event.published !== undefined)).toHaveLength(1);
        const loser = last.find((event) => event.published === undefined);
        expect(loser).toMatchObject({ failed: 'request.version-exists' });
        expect(loser!.message).toContain(`"dataset://sales/${version}"`);
        expect(leftovers(out)).toEqual([]);
        expect(linesOf(out, `dataset://sales/${version}`)).toBe(4);
      }
      expect(expectPromise(out)).toHaveLength(20);
    },
  );

  it('in a folder that neither of them found there: both succeed', async () => {
    const out = join(newFolder(), 'not', 'yet');
    const runs = await race(['a', 'b', 'c'].map((name) => ({ out, dataset: name, version: 'v', run: name })));
    for (const run of runs) expect(run.events.at(-1)).toHaveProperty('published');
    expect(expectPromise(out)).toHaveLength(3);
  });

  it('waits for a living run that holds the lock, until told to stop', async () => {
    const out = newFolder();
    const holder = await outputs(out).openDraft({ dataset: 'sales', version: 'v1', run: 'holder' });
    mkdirSync(join(out, '.tidemark.lock'));
    writeFileSync(join(out, '.tidemark.lock', 'holder'), '');
    const staging = await outputs(out).openDraft({ dataset: 'sales', version: 'v2', run: 'waiter' });
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const steps: string[] = [];
    const publishing = staging.publish({
      files: [],
      manifest: { name: '_manifest.v2.json', bytes: Buffer.from('{"shards":[]}') },
      announcements: [],
      signal: controller.signal,
      onStep: (step) => steps.push(step),
    });
    setTimeout(() => controller.abort(reason), 200);
    await expect(publishing).rejects.toBe(reason);
    expect(steps.at(-1)).toBe('version-synced');
    await staging.abort();
    expect(leftovers(out)).toEqual(['.tidemark-holder', '.tidemark.lock']);
    await holder.abort();
    expect(leftovers(out)).toEqual([]);
  });

  it('loses no patience when the clock is set forward', async () => {
    const out = newFolder();
    const holder = await outputs(out).openDraft({ dataset: 'sales', version: 'v1', run: 'holder' });
    mkdirSync(join(out, '.tidemark.lock'));
    writeFileSync(join(out, '.tidemark.lock', 'holder'), '');
    let now = Date.now();
    const clock = { ...systemClock, date: () => new Date((now += 3_600_000)) };
    const staging = await outputs(out, { clock }).openDraft({ ...sales, run: 'waiter' });
    const publishing = staging.publish(await oneShard(staging));
    setTimeout(() => void holder.abort(), 200);
    await publishing;
    expect(expectPromise(out)).toEqual(['dataset://sales/v1']);
  });

  it('leaves a living run alone and says so', async () => {
    const out = newFolder();
    const living = new Run({ out, dataset: 'sales', version: 'v1', run: 'alive', wait: 'written' });
    await living.waiting;
    expect(await outputs(out).recover()).toEqual([
      { kind: 'living', run: 'alive', message: expect.stringMatching(/is making dataset:\/\/sales\/v1 .*left alone/) },
    ]);
    living.goOn();
    expect((await living.ended()).last).toHaveProperty('published');
    expect(expectPromise(out)).toEqual(['dataset://sales/v1']);
  });

  it('cleans up after a dead run once, also when two find it at the same time', async () => {
    const out = newFolder();
    for (const killAt of ['written', 'version-renamed']) {
      await new Run({ out, dataset: 'sales', version: killAt, run: `dead-${killAt}`, killAt, shards: 50 }).ended();
    }
    const reports = (
      await Promise.all([outputs(out).recover(), outputs(out).recover(), outputs(out).recover()])
    ).flat();
    const done = reports.filter(({ kind, run }) => kind !== 'living' && run.startsWith('dead-'));
    expect(done.map(({ kind }) => kind).sort()).toEqual(['completed', 'removed']);
    expect(leftovers(out)).toEqual([]);
    expect(linesOf(out, 'dataset://sales/version-renamed')).toBe(51);
    expect(expectPromise(out)).toEqual(['dataset://sales/version-renamed']);
  });
});
