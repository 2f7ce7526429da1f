import { closeSync, existsSync, fsync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ObjectFile } from '../../../src/destination/folder/object-file.js';
import type { FileSystem } from '../../../src/machine/file-system.js';
import { thisMachine } from '../../../src/machine/machine.js';
import { fileSystem } from './one-shard.js';
import { newFolder } from './outputs.js';

/** Lengths around the sizes at which the writer changes what it does. */
const length = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.constantFrom(2 ** 18 - 1, 2 ** 18, 2 ** 18 + 1),
  fc.integer({ min: 0, max: 600_000 }),
);
const piece = fc.tuple(length, fc.integer({ min: 0, max: 255 }), fc.boolean());

const bytesOf = ([size, seed, shared]: [number, number, boolean]): Uint8Array => {
  const bytes = new Uint8Array(shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size));
  return bytes.map((_, index) => (index * 31 + seed) & 255);
};

describe('an object that is a file', () => {
  it('takes every byte in its order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        const file = new ObjectFile(thisMachine.fs, newFolder(), 'shard');
        const given = pieces.map(bytesOf);
        for (const bytes of given) {
          const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
          copy.set(bytes);
          file.write(copy);
          copy.fill(0); // The caller uses its array again.
        }
        await file.close();
        expect(readFileSync(file.path).equals(Buffer.concat(given))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps files apart that are written in turns', async () => {
    const folder = newFolder();
    const files = ['a', 'b', 'c'].map((name) => ({ name, file: new ObjectFile(thisMachine.fs, folder, name) }));
    for (let round = 0; round < 3000; round += 1) {
      for (const { name, file } of files) file.write(Buffer.from(`${name}${round};`.repeat(50)));
    }
    for (const { name, file } of files) {
      await file.close();
      const expected = Array.from({ length: 3000 }, (_, round) => `${name}${round};`.repeat(50)).join('');
      expect(readFileSync(file.path, 'latin1') === expected).toBe(true);
    }
  });

  it('goes on after a short write', async () => {
    let calls = 0;
    const short = ((fd: number, bytes: Uint8Array, from: number, n: number) => {
      calls += 1;
      return writeSync(fd, bytes, from, Math.min(n, 100_003));
    }) as FileSystem['writeSync'];
    const file = new ObjectFile(fileSystem({ writeSync: short }), newFolder(), 'shard');
    const bytes = bytesOf([1_000_000, 7, false]);
    file.write(bytes.subarray(0, 10));
    file.write(bytes.subarray(10));
    await file.close();
    expect(calls).toBeGreaterThan(9);
    expect(readFileSync(file.path).equals(bytes)).toBe(true);
  });

  it('is on the disk before it is closed', async () => {
    const order: string[] = [];
    const logging = fileSystem({
      fsync: ((fd, done) => (order.push('sync'), fsync(fd, done))) as FileSystem['fsync'],
      closeSync: (fd) => (order.push('close'), closeSync(fd)),
    });
    const file = new ObjectFile(logging, newFolder(), 'shard');
    file.write(Buffer.from('x'));
    await file.close();
    expect(order).toEqual(['sync', 'close']);
  });

  it.each([
    ['ENOSPC', 'destination.full', /no space left/],
    ['EDQUOT', 'destination.full', /quota/],
    ['EROFS', 'destination.denied', /read-only/],
    ['EIO', 'destination.io', /EIO/],
  ])('%s becomes %s, with the path and how much was written', (code, expected, words) => {
    const failure = Object.assign(new Error(`${code}: from the system`), { code });
    let calls = 0;
    const failing = ((fd: number, bytes: Uint8Array, from: number, n: number) => {
      calls += 1;
      if (calls === 3) throw failure;
      return writeSync(fd, bytes, from, calls === 2 ? 200_000 : n);
    }) as FileSystem['writeSync'];
    const file = new ObjectFile(fileSystem({ writeSync: failing }), newFolder(), 'shard');
    file.write(Buffer.alloc(300_000));
    const error = caught(() => file.write(Buffer.alloc(300_000)));
    expect(error).toMatchObject({ code: expected, cause: failure, hint: expect.stringMatching(/\w/) });
    expect(error.message).toMatch(words);
    expect(error.message).toContain(file.path);
    expect(error.message).toContain('500 kB');
  });

  it('tells of a disk that is found full only when the file is synced', async () => {
    const full = ((_, done) => done(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }))) as FileSystem['fsync'];
    const file = new ObjectFile(fileSystem({ fsync: full }), newFolder(), 'shard');
    file.write(Buffer.from('x'));
    await expect(file.close()).rejects.toMatchObject({ code: 'destination.full' });
    await file.discard();
    expect(existsSync(file.path)).toBe(false);
  });

  it('discards at any time, also twice, but not what was closed well', async () => {
    const folder = newFolder();
    const open = new ObjectFile(thisMachine.fs, folder, 'open');
    open.write(Buffer.alloc(300_000));
    await open.discard();
    await open.discard();
    const closed = new ObjectFile(thisMachine.fs, folder, 'closed');
    await closed.close();
    await closed.discard();
    expect(readdirSync(folder)).toEqual(['closed']);
    expect(() => open.write(Buffer.from('x'))).toThrow(/closed already/);
    await expect(closed.close()).rejects.toThrow(/closed already/);
  });

  it('refuses a name that is taken and a folder that is not there; makes the folders of a name', async () => {
    const folder = newFolder();
    await new ObjectFile(thisMachine.fs, folder, 'taken').close();
    expect(() => new ObjectFile(thisMachine.fs, folder, 'taken')).toThrow(
      expect.objectContaining({ code: 'destination.io' }),
    );
    const missing = join(folder, 'missing');
    expect(() => new ObjectFile(thisMachine.fs, missing, 'x')).toThrow(
      expect.objectContaining({ code: 'destination.io' }),
    );
    await new ObjectFile(thisMachine.fs, folder, 'a=1/b=2/x').close();
    await new ObjectFile(thisMachine.fs, folder, 'a=1/b=3/x').close();
    expect(readdirSync(join(folder, 'a=1'))).toEqual(['b=2', 'b=3']);
  });
});

function caught(action: () => unknown): Error {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof Error) return thrown;
  }
  throw new Error('nothing was thrown');
}
