import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { VersionFiles } from '../../../src/core/destination.js';
import { outputs, writeFile } from './one-shard.js';
import { expectPromise, leftovers, linesOf, newFolder, Run, tree } from './outputs.js';

const others = '{"file":"model.onnx","metadata":{"valohai.tags":["mine"]}}\n';
const versions = ['train-1', 'validation-1', 'test-1'];
const uris = versions.map((version) => `dataset://sales/${version}`).sort();
const request = { dataset: 'sales', version: versions[0]!, siblings: versions.slice(1), run: 'first' };

/** Before the first version appears: nothing; from then on: all, once the next run has looked. */
const before = ['opened', 'written', 'noted', 'files-staged', 'manifest-staged', 'lock-taken', 'dataset-made 1'];
const between = ['version-renamed 1', 'rename-synced 1', 'dataset-made 2', 'version-renamed 2', 'dataset-made 3'];
const after = ['version-renamed 3', 'rename-synced 3', 'announced', 'announcement-synced'];

/** A version of one file, which the draft has in a folder of its own. */
const oneFile: VersionFiles = {
  files: [{ path: 'x', bytes: 1 }],
  manifest: { name: 'm', bytes: Buffer.from('{"shards":[]}') },
};

describe('versions that are published together', () => {
  it('appear all, each with its own files, named by lines of their own', async () => {
    const out = newFolder();
    expect((await new Run({ ...request, out }).ended()).last).toHaveProperty('published');
    expect(expectPromise(out)).toEqual(uris);
    for (const uri of uris) expect(linesOf(out, uri)).toBe(4);
    expect(Object.keys(tree(out)).filter((name) => name.startsWith('sales/test-1/'))).toEqual([
      'sales/test-1/',
      'sales/test-1/_manifest.test-1.json',
      'sales/test-1/part=1/',
      'sales/test-1/part=1/test-1-1.parquet',
      'sales/test-1/test-1-0.parquet',
      'sales/test-1/test-1-2.parquet',
    ]);
    expect(leftovers(out)).toEqual([]);
  });

  it.each([...before, ...between, ...after])('killed at %s: all or none of them, after recovery', async (killAt) => {
    const out = newFolder();
    writeFileSync(join(out, 'valohai.metadata.jsonl'), others);
    expect((await new Run({ ...request, out, killAt }).ended()).signal).toBe('SIGKILL');
    const named = expectPromise(out, others);
    expect(named).toEqual(killAt.startsWith('announce') ? uris : []);
    const [report] = await outputs(out).recover();
    const appeared = !before.includes(killAt);
    expect(report!.kind).toBe(appeared ? 'completed' : 'removed');
    expect(expectPromise(out, others)).toEqual(appeared ? uris : []);
    for (const uri of uris) expect(linesOf(out, uri)).toBe(appeared ? 4 : 0);
    if (!appeared) expect(tree(out)).toEqual({ 'valohai.metadata.jsonl': others });
    expect(leftovers(out)).toEqual([]);
    expect(await outputs(out).recover()).toEqual([]);
  });

  it('of which the next can no longer appear: the others go again', async () => {
    const out = newFolder();
    await new Run({ ...request, out, killAt: 'version-renamed 1' }).ended();
    mkdirSync(join(out, 'sales', 'test-1'));
    const [report] = await outputs(out).recover();
    expect(report).toMatchObject({
      kind: 'removed',
      message: expect.stringContaining('dataset://sales/test-1') as string,
    });
    expect(tree(out)).toEqual({ 'sales/': '', 'sales/test-1/': '' });
    rmSync(join(out, 'sales'), { recursive: true });
    expect((await new Run({ ...request, out }).ended()).last).toHaveProperty('published');
  });

  it('of which one is there: nothing is published, nothing stays', async () => {
    const out = newFolder();
    const draft = await outputs(out).openDraft({
      dataset: 'd',
      version: 'a',
      from: 'a',
      run: 'r',
      siblings: [{ dataset: 'e', version: 'b', from: 'b' }],
    });
    await writeFile(draft, 'a/x', 'x');
    await writeFile(draft, 'b/x', 'x');
    mkdirSync(join(out, 'e', 'b'), { recursive: true });
    const publishing = draft.publish({ ...oneFile, siblings: [oneFile], announcements: [] });
    await expect(publishing).rejects.toMatchObject({ code: 'request.version-exists' });
    await draft.abort();
    expect(tree(out)).toEqual({ 'e/': '', 'e/b/': '' });
    const opening = outputs(out).openDraft({
      dataset: 'd',
      version: 'a',
      from: 'a',
      run: 'r',
      siblings: [{ dataset: 'e', version: 'b', from: 'b' }],
    });
    await expect(opening).rejects.toMatchObject({ code: 'request.version-exists' });
  });

  it('of which the last fails to appear: those before are taken back', async () => {
    const out = newFolder();
    const draft = await outputs(out).openDraft({
      dataset: 'd',
      version: 'a',
      from: 'a',
      run: 'r',
      siblings: [{ dataset: 'e', version: 'b', from: 'b' }],
    });
    await writeFile(draft, 'a/x', 'x');
    await writeFile(draft, 'b/x', 'x');
    let renamed = 0;
    const publishing = draft.publish({
      ...oneFile,
      siblings: [oneFile],
      announcements: [],
      onStep: (step) => {
        if (step === 'version-renamed' && (renamed += 1) === 2) throw new Error('injected');
      },
    });
    await expect(publishing).rejects.toThrow('injected');
    await draft.abort();
    expect(tree(out)).toEqual({});
  });
});
