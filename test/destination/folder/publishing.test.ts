import {
  appendFileSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFiles } from '../../../src/destination/folder/object-file.js';
import { publishSteps } from '../../../src/destination/folder/publish.js';
import { thisMachine } from '../../../src/machine/machine.js';
import { fileSystem, line, oneShard, outputs, sales, writeFile as writeObject } from './one-shard.js';
import { Run, expectPromise, newFolder, tree } from './outputs.js';

/** What the journal says that the files of the version must have. */
function announcedBytes(out: string): number[] {
  const journal = JSON.parse(readFileSync(join(out, '.tidemark-r1', 'journal.json'), 'utf8')) as {
    publication: { files: { bytes: number }[] };
  };
  return journal.publication.files.map(({ bytes }) => bytes);
}

describe('publishing', () => {
  it('moves exactly the files named, and nothing else stays', async () => {
    const out = newFolder();
    const staging = await outputs(out).openDraft({ ...sales, names: ['s-0.parquet', 'a=1/b=2/x'] });
    expect(Object.keys(tree(out)).every((name) => name.startsWith('.tidemark-r1'))).toBe(true);
    await writeObject(staging, 'given-up', '');
    await staging.publish(await oneShard(staging));
    expect(staging.location).toBe(join(realpathSync(out), 'sales', 'v1'));
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
    const staging = await outputs(newFolder()).openDraft({ ...sales });
    const steps: string[] = [];
    await staging.publish({ ...(await oneShard(staging)), onStep: (step) => steps.push(step) });
    expect(steps).toEqual(publishSteps);
  });

  it.each(publishSteps.slice(0, -1))('that fails at %s leaves the outputs as they were', async (at) => {
    const out = newFolder();
    writeFileSync(join(out, 'valohai.metadata.jsonl'), 'mine, without a newline');
    const before = tree(out);
    const staging = await outputs(out).openDraft({ ...sales });
    const failure = new Error('injected');
    const publishing = staging.publish({
      ...(await oneShard(staging)),
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
    const first = await outputs(out).openDraft({ ...sales });
    const onStep = (step: string): void => {
      if (step === 'files-staged') controller.abort(reason);
    };
    await expect(first.publish({ ...(await oneShard(first)), signal: controller.signal, onStep })).rejects.toBe(reason);
    await first.abort();

    const second = await outputs(out).openDraft({ ...sales });
    const publishing = second.publish(await oneShard(second));
    second.abortSync();
    await expect(publishing).rejects.toMatchObject({ name: 'TidemarkError' });
    expect(tree(out)).toEqual({});
  });

  it('refuses two files of one name, names outside the folder, and a second call', async () => {
    const staging = await outputs(newFolder()).openDraft({ ...sales });
    const request = await oneShard(staging);
    const twice = [...request.files, ...request.files];
    await expect(staging.publish({ ...request, files: twice })).rejects.toThrow(/two files .*"s-0.parquet"/);
    await expect(staging.publish(request)).rejects.toMatchObject({ code: 'internal.bug' });
    for (const path of ['../x', '/etc/x', 'a/../../x', 'a//b', '', '.', 'a\\b']) {
      const other = await outputs(newFolder()).openDraft({ ...sales });
      const files = [{ path, bytes: 5 }];
      await expect(other.publish({ ...(await oneShard(other)), files })).rejects.toMatchObject({
        code: 'internal.bug',
      });
    }
  });

  it.each([
    ['cut', 2, (path: string) => truncateSync(path, 2)],
    ['grown', 6, (path: string) => appendFileSync(path, 'x')],
    ['removed', undefined, (path: string) => rmSync(path)],
    ['replaced by a folder', undefined, (path: string) => (rmSync(path), mkdirSync(path))],
  ])('a shard that somebody has %s fails the run, and nothing stays', async (_, size, change) => {
    const out = newFolder();
    const moments = [undefined, 'files-staged', 'dataset-made'] as const;
    for (const moment of moments) {
      const staging = await outputs(out).openDraft({ ...sales });
      const request = await oneShard(staging);
      const staged = join(staging.ticket.files, '..', 'version', 'sales', 'v1', 's-0.parquet');
      if (moment === undefined) change(join(staging.ticket.files, 's-0.parquet'));
      const onStep = (step: string): void => {
        if (step === moment) change(staged);
        if (step === 'noted') expect(announcedBytes(out)).toEqual([5]);
      };
      const now = size === undefined ? /no longer there/ : new RegExp(`5 bytes .*${size} bytes now`);
      await expect(staging.publish({ ...request, onStep })).rejects.toMatchObject({
        code: 'destination.io',
        message: expect.stringMatching(now),
        hint: expect.stringContaining('run again'),
      });
      await staging.abort();
      expect(tree(out)).toEqual({});
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
    let refused = 0;
    const unsyncable = fileSystem({
      openSync(path, flags, mode) {
        if (flags !== 'r' || !statSync(path).isDirectory()) return openSync(path, flags, mode);
        refused += 1;
        throw Object.assign(new Error('no'), { code: ['EPERM', 'EISDIR', 'EINVAL'][refused % 3] });
      },
    });
    const staging = await outputs(out, { fs: unsyncable }).openDraft({ ...sales });
    await staging.publish(await oneShard(staging));
    expect(refused).toBeGreaterThan(3);
    expect(expectPromise(out)).toEqual(['dataset://sales/v1']);
  });

  it('syncs the version and its parents before a metadata line names it', async () => {
    const out = realpathSync(newFolder());
    const log: string[] = [];
    const opened = new Map<number, string>();
    const logging = fileSystem({
      openSync(path, flags, mode) {
        const fd = openSync(path, flags, mode);
        opened.set(fd, String(path).replace(out, ''));
        return fd;
      },
      fsyncSync: (fd) => (log.push(`sync ${opened.get(fd)}`), fsyncSync(fd)),
      renameSync(from, to) {
        log.push(`rename ${String(to).replace(out, '')}`);
        renameSync(from, to);
      },
    });
    const staging = await outputs(out, { fs: logging }).openDraft({ ...sales });
    await staging.publish(await oneShard(staging));
    const staged = '/.tidemark-r1/version/sales/v1';
    const order = [
      `rename ${staged}/s-0.parquet`,
      `sync /.tidemark-r1/manifest.new`,
      `rename ${staged}/_manifest.v1.json`,
      `sync ${staged}`,
      'sync /.tidemark-r1/announcements',
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
      const staging = await outputs(out).openDraft({ ...sales });
      const objects = openFiles(thisMachine.fs, staging.ticket);
      const file = objects.create('still-open');
      file.write(Buffer.alloc(300_000));
      await staging[how]();
      await staging[how]();
      expect(tree(root)).toEqual({});
      expect(() => objects.create('late')).toThrow(expect.objectContaining({ code: 'destination.io' }));
      expect(tree(root)).toEqual({});
    },
  );

  it.each(['abort', 'abortSync'] as const)('%s takes the manifest away before any shard', async (how) => {
    const out = newFolder();
    const renamed: string[][] = [];
    const looking = fileSystem({
      renameSync(from, to) {
        renamed.push(statSync(from).isDirectory() ? readdirSync(from, { recursive: true, encoding: 'utf8' }) : []);
        renameSync(from, to);
      },
    });
    const staging = await outputs(out, { fs: looking }).openDraft({ ...sales });
    const onStep = (step: string): void => {
      if (step === 'version-renamed') throw new Error('injected');
    };
    await expect(staging.publish({ ...(await oneShard(staging)), onStep })).rejects.toThrow('injected');
    expect(Object.keys(tree(out)).filter((name) => name.endsWith('.json') && !name.includes('journal'))).toHaveLength(
      1,
    );
    const before = renamed.length;
    await staging[how]();
    const retired = renamed.slice(before);
    expect(retired).toHaveLength(1);
    expect(retired[0]).toContain('version/sales/v1/s-0.parquet');
    expect(retired[0]).not.toContain('version/sales/v1/_manifest.v1.json');
    expect(tree(out)).toEqual({});
  });

  it('leaves what others put there meanwhile', async () => {
    const root = newFolder();
    const out = join(root, 'outputs');
    const staging = await outputs(out).openDraft({ ...sales });
    writeFileSync(join(out, 'model.bin'), 'x');
    await staging.abort();
    expect(tree(root)).toEqual({ 'outputs/': '', 'outputs/model.bin': 'x' });
  });
});
