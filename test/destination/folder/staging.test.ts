import fs, {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type PublishRequest,
  type Staging,
  assertVersionAbsent,
  createShardFile,
  openStaging,
  publishSteps,
} from '../../../src/destination/folder/index.js';
import { Run, expectPromise, leftovers, newFolder, tree } from './outputs.js';

const sales = { dataset: 'sales', version: 'v1', run: 'r1' };
const line = '{"file":"sales/v1/s-0.parquet","metadata":{"valohai.dataset-versions":[{"uri":"dataset://sales/v1"}]}}';

/** Writes one shard, and says what publishing it takes. */
function oneShard(staging: Staging): PublishRequest {
  const file = createShardFile(staging.folder, 'lane');
  file.write(Buffer.from('shard'));
  const shards = [{ path: 's-0.parquet', ...file.close() }];
  return {
    files: [{ from: 'lane', to: 's-0.parquet' }],
    manifest: { name: '_manifest.v1.json', bytes: Buffer.from(JSON.stringify({ shards })) },
    metadataLines: [line],
  };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('publishing', () => {
  it('moves exactly the files named, and nothing else stays', async () => {
    const out = newFolder();
    const staging = await openStaging({ out, ...sales, names: ['s-0.parquet', 'a=1/b=2/x'] });
    expect(Object.keys(tree(out)).every((name) => name.startsWith('.tidemark-r1'))).toBe(true);
    createShardFile(staging.folder, 'given-up').close();
    await staging.publish(oneShard(staging));
    expect(staging.location).toBe(join(fs.realpathSync(out), 'sales', 'v1'));
    expect(Object.keys(tree(out))).toEqual([
      'sales/',
      'sales/v1/',
      'sales/v1/_manifest.v1.json',
      'sales/v1/s-0.parquet',
      'valohai.metadata.jsonl',
    ]);
    expect(readFileSync(join(out, 'valohai.metadata.jsonl'), 'utf8')).toBe(`${line}\n`);
    await staging.abort();
    staging.abortSync();
    expect(expectPromise(out)).toEqual(['dataset://sales/v1']);
  });

  it('tells its steps in their order', async () => {
    const staging = await openStaging({ out: newFolder(), ...sales });
    const steps: string[] = [];
    await staging.publish({ ...oneShard(staging), onStep: (step) => steps.push(step) });
    expect(steps).toEqual(publishSteps);
  });

  it.each(publishSteps.slice(0, -1))('that fails at %s leaves the outputs as they were', async (at) => {
    const out = newFolder();
    writeFileSync(join(out, 'valohai.metadata.jsonl'), 'mine, without a newline');
    const before = tree(out);
    const staging = await openStaging({ out, ...sales });
    const failure = new Error('injected');
    const publishing = staging.publish({
      ...oneShard(staging),
      onStep: (step) => {
        if (step === at) throw failure;
      },
    });
    await expect(publishing).rejects.toBe(failure);
    expectPromise(out, 'mine, without a newline');
    await staging.abort();
    expect(tree(out)).toEqual(before);
  });

  it('stops when its signal is given, with the reason, and when the run is aborted', async () => {
    const out = newFolder();
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const first = await openStaging({ out, ...sales });
    const onStep = (step: string): void => {
      if (step === 'files-staged') controller.abort(reason);
    };
    await expect(first.publish({ ...oneShard(first), signal: controller.signal, onStep })).rejects.toBe(reason);
    await first.abort();

    const second = await openStaging({ out, ...sales });
    const publishing = second.publish(oneShard(second));
    second.abortSync();
    await expect(publishing).rejects.toMatchObject({ name: 'TidemarkError' });
    expect(tree(out)).toEqual({});
  });

  it('refuses two files of one name, names outside the folder, and a second call', async () => {
    const staging = await openStaging({ out: newFolder(), ...sales });
    const request = oneShard(staging);
    createShardFile(staging.folder, 'other').close();
    const twice = [...request.files, { from: 'other', to: 's-0.parquet' }];
    await expect(staging.publish({ ...request, files: twice })).rejects.toThrow(/two files .*"s-0.parquet"/);
    await expect(staging.publish(request)).rejects.toMatchObject({ code: 'internal.bug' });
    for (const to of ['../x', '/etc/x', 'a/../../x', 'a//b', '', '.', 'a\\b']) {
      const other = await openStaging({ out: newFolder(), ...sales });
      const files = [{ from: 'lane', to }];
      await expect(other.publish({ ...oneShard(other), files })).rejects.toMatchObject({ code: 'internal.bug' });
    }
  });

  it('gives modes by the umask, and nothing read-only', async () => {
    const out = newFolder();
    await new Run({ out, ...sales }, { shell: 'umask 027' }).ended();
    const modes = Object.keys(tree(out)).map((name) => (statSync(join(out, name)).mode & 0o777).toString(8));
    expect(new Set(modes)).toEqual(new Set(['750', '640']));
  });

  it('works where folders cannot be synced', async () => {
    const out = newFolder();
    const { openSync } = fs;
    let refused = 0;
    vi.spyOn(fs, 'openSync').mockImplementation((path, flags, mode) => {
      if (flags !== 'r' || !statSync(path).isDirectory()) return openSync(path, flags, mode);
      refused += 1;
      throw Object.assign(new Error('no'), { code: ['EPERM', 'EISDIR', 'EINVAL'][refused % 3] });
    });
    const staging = await openStaging({ out, ...sales });
    await staging.publish(oneShard(staging));
    expect(refused).toBeGreaterThan(3);
    expect(expectPromise(out)).toEqual(['dataset://sales/v1']);
  });

  it('syncs the version and its parents before a metadata line names it', async () => {
    const out = fs.realpathSync(newFolder());
    const staging = await openStaging({ out, ...sales });
    const request = oneShard(staging);
    const log: string[] = [];
    const { openSync, fsyncSync, renameSync } = fs;
    const opened = new Map<number, string>();
    vi.spyOn(fs, 'openSync').mockImplementation((path, flags, mode) => {
      const fd = openSync(path, flags, mode);
      opened.set(fd, String(path).replace(out, ''));
      return fd;
    });
    vi.spyOn(fs, 'fsyncSync').mockImplementation((fd) => (log.push(`sync ${opened.get(fd)}`), fsyncSync(fd)));
    vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      log.push(`rename ${String(to).replace(out, '')}`);
      renameSync(from, to);
    });
    await staging.publish(request);
    const staged = '/.tidemark-r1/version/sales/v1';
    const order = [
      `rename ${staged}/s-0.parquet`,
      `sync /.tidemark-r1/manifest.new`,
      `rename ${staged}/_manifest.v1.json`,
      `sync ${staged}`,
      'sync /.tidemark-r1/metadata.jsonl',
      'rename /sales/v1',
      'sync /sales',
      'rename /valohai.metadata.jsonl',
    ].map((entry) => log.indexOf(entry));
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(log.slice(log.indexOf('rename /sales/v1'))).toContain('sync ');
  });
});

describe('aborting', () => {
  it.each(['abort', 'abortSync'] as const)(
    '%s removes everything, with what was made for the run, twice',
    async (how) => {
      const root = newFolder();
      const out = join(root, 'made', 'for', 'it');
      const staging = await openStaging({ out, ...sales });
      const file = createShardFile(staging.folder, 'still-open');
      file.write(Buffer.alloc(300_000));
      await staging[how]();
      await staging[how]();
      expect(tree(root)).toEqual({});
      expect(() => createShardFile(staging.folder, 'late')).toThrow(
        expect.objectContaining({ code: 'destination.io' }),
      );
      expect(tree(root)).toEqual({});
    },
  );

  it('leaves what others put there meanwhile', async () => {
    const root = newFolder();
    const out = join(root, 'outputs');
    const staging = await openStaging({ out, ...sales });
    writeFileSync(join(out, 'model.bin'), 'x');
    await staging.abort();
    expect(tree(root)).toEqual({ 'outputs/': '', 'outputs/model.bin': 'x' });
  });
});

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
    expect(() => assertVersionAbsent(out, 'sales', 'v1')).toThrow(exists);
    await expect(openStaging({ out, ...sales })).rejects.toThrow(exists);
    expect(readdirSync(out, { recursive: true })).toEqual(before);
    assertVersionAbsent(out, 'sales', 'v2');
    assertVersionAbsent(out, 'sale', 'v1');
  });

  const caseless = existsSync(join(newFolder(), '..').toUpperCase());
  it.skipIf(!caseless)('also by another case, on a file system that does not tell them apart', () => {
    const out = newFolder();
    mkdirSync(join(out, 'Sales', 'V1'), { recursive: true });
    expect(() => assertVersionAbsent(out, 'sales', 'v1')).toThrow(exists);
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
    const opening = openStaging({ out, ...sales });
    await expect(opening).rejects.toMatchObject({ code: 'destination.denied', hint: expect.stringMatching(/--out/) });
    await expect(opening).rejects.toThrow(words);
    expect(readdirSync(root, { recursive: true }).filter((name) => String(name).includes('tidemark'))).toEqual([]);
  });

  it.each([
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
      { out, ...sales, version: long },
      { out, ...sales, dataset: long },
      { out, ...sales, names: [`_manifest.${long}.json`] },
    ]) {
      await expect(openStaging(request)).rejects.toMatchObject({ code: 'destination.denied' });
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
    await expect(openStaging({ out, ...sales, [key]: value })).rejects.toMatchObject({ code: 'request.invalid' });
    expect(existsSync(out)).toBe(false);
  });

  it('follows links: to the outputs folder, and of the dataset inside one file system', async () => {
    const root = newFolder();
    mkdirSync(join(root, 'real', 'elsewhere'), { recursive: true });
    symlinkSync('real', join(root, 'link'));
    symlinkSync('elsewhere', join(root, 'real', 'sales'));
    const staging = await openStaging({ out: join(root, 'link'), ...sales });
    await staging.publish(oneShard(staging));
    expect(readdirSync(join(root, 'real', 'elsewhere', 'v1'))).toEqual(['_manifest.v1.json', 's-0.parquet']);
  });
});
