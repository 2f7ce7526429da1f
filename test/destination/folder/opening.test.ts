import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FileSystem } from '../../../src/machine/file-system.js';
import { fileSystem, line, oneShard, outputs, sales } from './one-shard.js';
import { Run, leftovers, newFolder, tree } from './outputs.js';

describe('a version that is already there', () => {
  const exists = expect.objectContaining({ code: 'request.version-exists', hint: expect.stringContaining('{date}') });

  it.each([
    ['a folder', (out: string) => mkdirSync(join(out, 'sales', 'v1'), { recursive: true })],
    ['a file', (out: string) => (mkdirSync(join(out, 'sales')), writeFileSync(join(out, 'sales', 'v1'), ''))],
    [
      'a dangling link',
      (out: string) => (mkdirSync(join(out, 'sales')), symlinkSync('gone', join(out, 'sales', 'v1'))),
    ],
    ['a metadata line without its folder', (out: string) => writeFileSync(join(out, 'valohai.metadata.jsonl'), line)],
  ])('is refused before anything is made: %s', async (_, make) => {
    const out = newFolder();
    make(out);
    const before = readdirSync(out, { recursive: true });
    await expect(outputs(out).assertAbsent({ dataset: 'sales', version: 'v1' })).rejects.toThrow(exists);
    await expect(outputs(out).openDraft({ ...sales })).rejects.toThrow(exists);
    expect(readdirSync(out, { recursive: true })).toEqual(before);
    await outputs(out).assertAbsent({ dataset: 'sales', version: 'v2' });
    await outputs(out).assertAbsent({ dataset: 'sale', version: 'v1' });
  });

  const caseless = existsSync(join(newFolder(), '..').toUpperCase());
  it.skipIf(!caseless)('also by another case, on a file system that does not tell them apart', async () => {
    const out = newFolder();
    mkdirSync(join(out, 'Sales', 'V1'), { recursive: true });
    await expect(outputs(out).assertAbsent({ dataset: 'sales', version: 'v1' })).rejects.toThrow(exists);
  });
});

describe('an outputs folder that cannot be used', () => {
  it.each<[string, (out: string) => unknown, RegExp]>([
    ['it is a file', (out) => writeFileSync(out, ''), /not a folder|EEXIST/],
    ['its parent is a file', (out) => writeFileSync(join(out, '..'), ''), /not a folder/],
    ['the dataset is a file', (out) => (mkdirSync(out), writeFileSync(join(out, 'sales'), '')), /sales.*not a folder/],
    [
      'the metadata is a folder',
      (out) => mkdirSync(join(out, 'valohai.metadata.jsonl'), { recursive: true }),
      /metadata/,
    ],
    ['a circle of links', (out) => symlinkSync(out, out), /circle/],
  ])('%s: destination.denied before anything is made', async (_, make, words) => {
    const root = newFolder();
    const parent = join(root, 'parent');
    const out = join(parent, 'out');
    if (_ !== 'its parent is a file') mkdirSync(parent);
    make(out);
    const opening = outputs(out).openDraft({ ...sales });
    await expect(opening).rejects.toMatchObject({ code: 'destination.denied', hint: expect.stringMatching(/--out/) });
    await expect(opening).rejects.toThrow(words);
    expect(readdirSync(root, { recursive: true }).filter((name) => String(name).includes('tidemark'))).toEqual([]);
  });

  // Root may write everywhere, so the run is another user's, who must be able to read this clone.
  const isRoot = process.getuid?.() === 0;
  const asNobody = { stdio: 'ignore', ...(isRoot ? { uid: 65534, gid: 65534 } : {}) } as const;
  const readable = spawnSync('cat', [new URL(import.meta.url).pathname], asNobody).status === 0;
  it.skipIf(!readable).each([
    ['the outputs folder', ''],
    ['the dataset folder', 'sales'],
  ])('no permission for %s: destination.denied with its path', async (_, folder) => {
    const out = newFolder();
    chmodSync(out, 0o777);
    mkdirSync(join(out, folder), { recursive: true });
    chmodSync(join(out, folder), 0o555);
    const { last } = await new Run({ out, ...sales }, { unprivileged: true }).ended();
    expect(last).toMatchObject({ failed: 'destination.denied', hint: expect.stringContaining('--out') });
    expect(last!.message).toContain(join(out, folder));
    chmodSync(join(out, folder), 0o755);
    expect(leftovers(out)).toEqual([]);
  });

  it('names that the file system does not take are found before the source is asked', async () => {
    const out = newFolder();
    const long = 'x'.repeat(300);
    for (const request of [
      { ...sales, version: long },
      { ...sales, dataset: long },
      { ...sales, names: [`_manifest.${long}.json`] },
    ]) {
      await expect(outputs(out).openDraft(request)).rejects.toMatchObject({ code: 'destination.denied' });
      expect(tree(out)).toEqual({});
    }
  });

  it.each([
    ['dataset', ''],
    ['dataset', 'a/b'],
    ['dataset', '..'],
    ['dataset', 'valohai.metadata.jsonl'],
    ['version', '.tidemark-x'],
    ['version', 'a\\b'],
    ['run', 'a b'],
  ])('%s "%s" is request.invalid', async (key, value) => {
    const out = join(newFolder(), 'out');
    await expect(outputs(out).openDraft({ ...sales, [key]: value })).rejects.toMatchObject({ code: 'request.invalid' });
    expect(existsSync(out)).toBe(false);
  });

  it('follows links: to the outputs folder, and of the dataset inside one file system', async () => {
    const root = newFolder();
    mkdirSync(join(root, 'real', 'elsewhere'), { recursive: true });
    symlinkSync('real', join(root, 'link'));
    symlinkSync('elsewhere', join(root, 'real', 'sales'));
    const staging = await outputs(join(root, 'link')).openDraft({ ...sales });
    await staging.publish(await oneShard(staging));
    expect(readdirSync(join(root, 'real', 'elsewhere', 'v1'))).toEqual(['_manifest.v1.json', 's-0.parquet']);
  });

  it('is made again when another run that had made it fails and removes it', async () => {
    const out = join(newFolder(), 'out');
    let vanished = 0;
    const vanishing = ((path) => {
      if (String(path).endsWith('.tidemark-r1') && vanished++ === 0) rmdirSync(out);
      return mkdirSync(path);
    }) as FileSystem['mkdirSync'];
    const staging = await outputs(out, { fs: fileSystem({ mkdirSync: vanishing }) }).openDraft({ ...sales });
    expect(vanished).toBe(2);
    await staging.publish(await oneShard(staging));
    expect(leftovers(out)).toEqual([]);
  });

  it('has a file in the place of the lock: destination.denied, and the version is not made', async () => {
    const out = newFolder();
    writeFileSync(join(out, '.tidemark.lock'), '');
    const staging = await outputs(out).openDraft({ ...sales });
    await expect(staging.publish(await oneShard(staging))).rejects.toMatchObject({ code: 'destination.denied' });
    await staging.abort();
    expect(Object.keys(tree(out))).toEqual(['.tidemark.lock']);
  });
});
