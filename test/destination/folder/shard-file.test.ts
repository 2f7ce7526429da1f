import { execFileSync } from 'node:child_process';
import fs, { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createShardFile } from '../../../src/destination/folder/index.js';
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

const sha256sum = (path: string): string => execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64);

describe('createShardFile', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('writes every byte in its order, and tells size and sha-256 of the file', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const file = createShardFile(newFolder(), 'shard');
        const given = pieces.map(bytesOf);
        for (const bytes of given) {
          const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
          copy.set(bytes);
          file.write(copy);
          copy.fill(0); // The caller uses its array again.
        }
        const closed = file.close();
        const content = readFileSync(file.path);
        expect(content.equals(Buffer.concat(given))).toBe(true);
        expect(closed).toEqual({ bytes: content.length, sha256: sha256sum(file.path) });
      }),
      { numRuns: 40 },
    );
  });

  it('keeps files apart that are written in turns', async () => {
    const folder = newFolder();
    const files = ['a', 'b', 'c'].map((name) => ({ name, file: createShardFile(folder, name) }));
    for (let round = 0; round < 3000; round += 1) {
      for (const { name, file } of files) file.write(Buffer.from(`${name}${round};`.repeat(50)));
    }
    for (const { name, file } of files) {
      const { bytes, sha256 } = await file.finish();
      const expected = Array.from({ length: 3000 }, (_, round) => `${name}${round};`.repeat(50)).join('');
      expect(readFileSync(file.path, 'latin1') === expected).toBe(true);
      expect({ bytes, sha256 }).toEqual({ bytes: expected.length, sha256: sha256sum(file.path) });
    }
  });

  it('goes on after a short write', () => {
    const write = fs.writeSync;
    const spy = vi
      .spyOn(fs, 'writeSync')
      .mockImplementation(((fd: number, bytes: Uint8Array, from: number, n: number) =>
        write(fd, bytes, from, Math.min(n, 100_003))) as typeof fs.writeSync);
    const file = createShardFile(newFolder(), 'shard');
    const bytes = bytesOf([1_000_000, 7, false]);
    file.write(bytes.subarray(0, 10));
    file.write(bytes.subarray(10));
    const { sha256 } = file.close();
    expect(spy.mock.calls.length).toBeGreaterThan(9);
    expect(readFileSync(file.path).equals(bytes)).toBe(true);
    expect(sha256).toBe(sha256sum(file.path));
  });

  it('is on the disk before it is closed', () => {
    const order: string[] = [];
    const { fsyncSync, closeSync } = fs;
    vi.spyOn(fs, 'fsyncSync').mockImplementation((fd) => (order.push('sync'), fsyncSync(fd)));
    vi.spyOn(fs, 'closeSync').mockImplementation((fd) => (order.push('close'), closeSync(fd)));
    const file = createShardFile(newFolder(), 'shard');
    file.write(Buffer.from('x'));
    file.close();
    expect(order).toEqual(['sync', 'close']);
  });

  it.each([
    ['ENOSPC', 'destination.full', /no space left/],
    ['EDQUOT', 'destination.full', /quota/],
    ['EROFS', 'destination.denied', /read-only/],
    ['EIO', 'destination.io', /EIO/],
  ])('%s becomes %s, with the path and how much was written', (code, expected, words) => {
    const file = createShardFile(newFolder(), 'shard');
    const write = fs.writeSync;
    file.write(Buffer.alloc(300_000));
    const failure = Object.assign(new Error(`${code}: from the system`), { code });
    vi.spyOn(fs, 'writeSync').mockImplementationOnce(((fd: number, bytes: Uint8Array, from: number) =>
      write(fd, bytes, from, 200_000)) as typeof fs.writeSync);
    vi.mocked(fs.writeSync).mockImplementationOnce(() => {
      throw failure;
    });
    const error = caught(() => file.write(Buffer.alloc(300_000)));
    expect(error).toMatchObject({ code: expected, cause: failure, hint: expect.stringMatching(/\w/) });
    expect(error.message).toMatch(words);
    expect(error.message).toContain(file.path);
    expect(error.message).toContain('500 kB');
  });

  it('tells of a disk that is found full only when the file is synced', () => {
    const file = createShardFile(newFolder(), 'shard');
    file.write(Buffer.from('x'));
    vi.spyOn(fs, 'fsyncSync').mockImplementation(() => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    });
    expect(() => file.close()).toThrow(expect.objectContaining({ code: 'destination.full' }));
    file.discard();
    expect(existsSync(file.path)).toBe(false);
  });

  it('discards at any time, also twice, but not what was closed well', () => {
    const folder = newFolder();
    const open = createShardFile(folder, 'open');
    open.write(Buffer.alloc(300_000));
    open.discard();
    open.discard();
    const closed = createShardFile(folder, 'closed');
    closed.close();
    closed.discard();
    expect(fs.readdirSync(folder)).toEqual(['closed']);
    expect(() => open.write(Buffer.from('x'))).toThrow(/closed already/);
    expect(() => closed.close()).toThrow(/closed already/);
  });

  it('refuses a name that is taken, and a folder that is not there', () => {
    const folder = newFolder();
    createShardFile(folder, 'taken').close();
    expect(() => createShardFile(folder, 'taken')).toThrow(expect.objectContaining({ code: 'destination.io' }));
    const missing = join(folder, 'missing');
    expect(() => createShardFile(missing, 'x')).toThrow(expect.objectContaining({ code: 'destination.io' }));
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
