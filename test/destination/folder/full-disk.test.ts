import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFiles } from '../../../src/destination/folder/object-file.js';
import { thisMachine } from '../../../src/machine/machine.js';
import { outputs, writeFile } from './one-shard.js';
import { Run, leftovers, newFolder, tree } from './outputs.js';
import { mountTmpfs } from './tmpfs.js';

const small = mountTmpfs('size=1m');
const readOnly = mountTmpfs('size=1m,ro');

const request = { dataset: 'sales', version: 'v1', run: 'r1' };

describe('a disk that is full', () => {
  it.skipIf(small === undefined)(
    'a file system without room (needs the right to mount): destination.full',
    async () => {
      const out = join(small!, 'out');
      const { last } = await new Run({ out, ...request, shardBytes: 700_000 }).ended();
      expect(last).toMatchObject({ failed: 'destination.full', hint: expect.stringContaining('--out') });
      expect(last!.message).toMatch(/cannot write .*v1-1.parquet: no space left \(ENOSPC\), after \d+ kB of it/);
      expect(Object.keys(tree(small!))).toEqual([]);
      expect((await new Run({ out, ...request, shardBytes: 100_000 }).ended()).last).toHaveProperty('published');
      rmSync(out, { recursive: true });
    },
  );

  it.skipIf(small === undefined)(
    'full when the manifest is written (needs the right to mount): nothing stays',
    async () => {
      const out = join(small!, 'out');
      const staging = await outputs(out).openDraft({ ...request });
      await writeFile(staging, 's-0.parquet', '');
      const filler = openFiles(thisMachine.fs, staging.ticket).create('filler');
      expect(() => filler.write(Buffer.alloc(2_000_000))).toThrow(
        expect.objectContaining({ code: 'destination.full' }),
      );
      const publishing = staging.publish({
        files: [{ path: 's-0.parquet', bytes: 0 }],
        manifest: { name: '_manifest.v1.json', bytes: Buffer.alloc(50_000) },
        announcements: ['{}'],
      });
      await expect(publishing).rejects.toMatchObject({ code: 'destination.full' });
      await staging.abort();
      await filler.discard();
      expect(Object.keys(tree(small!))).toEqual([]);
    },
  );

  it('a limit on file sizes (ulimit -f): destination.full, not a dead process', async () => {
    const out = newFolder();
    const limit = { shell: 'ulimit -f 500' };
    const { signal, last } = await new Run({ out, ...request, shardBytes: 700_000 }, limit).ended();
    expect(signal).toBeNull();
    expect(last).toMatchObject({ failed: 'destination.full', hint: expect.stringContaining('--shard-size') });
    expect(last!.message).toMatch(/v1-0.parquet: .*\(EFBIG\), after 512 kB of it/);
    expect(leftovers(out)).toEqual([]);
    expect(Object.keys(tree(out))).toEqual([]);
  });
});

describe('other file systems', () => {
  it.skipIf(readOnly === undefined)('read-only (needs the right to mount): destination.denied', async () => {
    const opening = outputs(readOnly!).openDraft({ ...request });
    await expect(opening).rejects.toMatchObject({ code: 'destination.denied', hint: expect.stringContaining('--out') });
    await expect(opening).rejects.toThrow(/read-only \(EROFS\)/);
  });

  it.skipIf(small === undefined)(
    'a dataset folder that leads to another one (needs the right to mount): refused at once',
    async () => {
      const out = newFolder();
      mkdirSync(join(small!, 'sales'));
      symlinkSync(join(small!, 'sales'), join(out, 'sales'));
      const opening = outputs(out).openDraft({ ...request });
      await expect(opening).rejects.toMatchObject({ code: 'destination.denied' });
      await expect(opening).rejects.toThrow(/another file system/);
      expect(leftovers(out)).toEqual([]);
      rmSync(join(small!, 'sales'), { recursive: true });
    },
  );
});
