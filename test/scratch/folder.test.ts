import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Scratch } from '../../src/core/scratch.js';
import { readSegment, type Segment, SegmentWriter } from '../../src/lane/segment.js';
import { type Machine, thisMachine } from '../../src/machine/machine.js';
import { openScratch } from '../../src/scratch/files.js';
import { makeScratch, removeScratch } from '../../src/scratch/folder.js';

const root = mkdtempSync(join(tmpdir(), 'tidemark-scratch-'));
afterAll(() => rmSync(root, { recursive: true }));

function written(scratch: Scratch, name: string, count: number): Segment {
  const writer = new SegmentWriter(scratch, name);
  for (let index = 0; index < count; index += 1) {
    const rowGroup = { rows: 1, bytes: Buffer.alloc(1000, index), meta: null };
    writer.add({ target: '', rowGroup, facts: { rows: 1, columns: [] } });
  }
  return writer.finish();
}

/** This machine, where writing is done by `write`. */
const writingBy = (write: () => number): Machine['fs'] => ({ ...thisMachine.fs, writeSync: write });

describe('a file in a scratch folder', () => {
  const ticket = makeScratch(thisMachine, join(root, 'files'));
  const scratch = openScratch(thisMachine.fs, ticket);
  const pathOf = (name: string): string => join(ticket.folder, name);

  it.each([
    ['cut', (path: string) => truncateSync(path, 1500)],
    ['overwritten', (path: string) => writeFileSync(path, Buffer.alloc(3000, 9))],
  ])('that somebody has %s is noticed before a byte of it is written', (_, change) => {
    const segment = written(scratch, 'changed', 3);
    change(pathOf('changed'));
    expect(() => [...readSegment(scratch, segment)]).toThrow(
      expect.objectContaining({ code: 'scratch.io', hint: expect.stringContaining('--scratch') }),
    );
    expect(existsSync(pathOf('changed'))).toBe(false);
  });

  it.each([
    ['ENOSPC', 'scratch.full', 'no space left (ENOSPC)'],
    ['EIO', 'scratch.io', 'EIO: from the system'],
  ])('on a disk that says %s is %s, with its path and the reason, once', (code, expected, words) => {
    const failing = writingBy(() => {
      throw Object.assign(new Error(`${code}: from the system`), { code });
    });
    expect(() => written(openScratch(failing, ticket), 'full', 1)).toThrow(
      expect.objectContaining({
        code: expected,
        message: `cannot write ${pathOf('full')} for scratch data: ${words}`,
        hint: expect.stringContaining('--scratch'),
      }),
    );
  });

  it('is written whole by a disk that takes a part at a time, and not for ever by one that takes nothing', () => {
    const short = writingBy(((fd: number, bytes: Uint8Array, at: number, length: number) =>
      writeSync(fd, bytes, at, Math.min(length, 77))) as () => number);
    const segment = written(openScratch(short, ticket), 'short', 3);
    expect([...readSegment(scratch, segment)]).toHaveLength(3);
    expect(() =>
      written(
        openScratch(
          writingBy(() => 0),
          ticket,
        ),
        'nothing',
        1,
      ),
    ).toThrow(expect.objectContaining({ code: 'scratch.io' }));
  });
});

describe('a scratch folder', () => {
  it('goes with all that is in it and with what was made for it, also twice', () => {
    const top = join(root, 'made');
    const own = makeScratch(thisMachine, join(top, 'for', 'it'));
    written(openScratch(thisMachine.fs, own), 'left', 2);
    removeScratch(thisMachine.fs, own);
    removeScratch(thisMachine.fs, own);
    expect(existsSync(top)).toBe(false);
  });

  it('leaves what was there, and what another run has in the same place', () => {
    const top = join(root, 'shared');
    mkdirSync(top);
    const [mine, others] = [makeScratch(thisMachine, top), makeScratch(thisMachine, top)];
    removeScratch(thisMachine.fs, mine);
    expect(existsSync(others.folder)).toBe(true);
    removeScratch(thisMachine.fs, others);
    expect(readdirSync(top)).toEqual([]);
  });

  it('of a run that was killed on this machine goes with the next one; nothing else does', () => {
    const top = join(root, 'killed');
    mkdirSync(join(top, 'tidemark-of-somebody-else'), { recursive: true });
    writeFileSync(join(top, 'tidemark-of-somebody-else', 'owner.json'), '"me"');
    writeFileSync(join(top, 'tidemark-notes.txt'), 'x');
    const others = readdirSync(top);
    const asProcess = (pid: number, host?: string): Machine => {
      const own = { ...thisMachine.processes.own(), pid, start: '1', ...(host === undefined ? {} : { host }) };
      return { ...thisMachine, processes: { ...thisMachine.processes, own: () => own } };
    };
    const dead = makeScratch(asProcess(2 ** 22 + 1), top);
    const elsewhere = makeScratch(asProcess(2 ** 22 + 1, 'another-host'), top);
    const mine = makeScratch(thisMachine, top);
    expect(existsSync(dead.folder)).toBe(false);
    expect(existsSync(elsewhere.folder)).toBe(true);
    removeScratch(thisMachine.fs, mine);
    removeScratch(thisMachine.fs, elsewhere);
    expect(readdirSync(top)).toEqual(others);
  });

  it('whose removal was cut short goes with the next one, whoever made it; what others call so does not', () => {
    const top = join(root, 'cut-short');
    mkdirSync(top);
    const ticket = makeScratch(thisMachine, top);
    writeFileSync(join(ticket.folder, 'spool'), 'rows');
    // The name of the owner goes before the rest does.
    const rmSync: typeof thisMachine.fs.rmSync = (path) => {
      unlinkSync(join(String(path), 'owner.json'));
      throw Object.assign(new Error('the disk fails'), { code: 'EIO' });
    };
    expect(removeScratch({ ...thisMachine.fs, rmSync }, ticket)).toMatchObject({ code: 'scratch.io' });
    writeFileSync(join(top, 'tidemark-notes.txt~'), 'x');
    const left = readdirSync(top);
    expect(left).toHaveLength(2);
    removeScratch(thisMachine.fs, makeScratch(thisMachine, top));
    expect(readdirSync(top)).toEqual(['tidemark-notes.txt~']);
  });

  it.each<[string, () => string, RegExp]>([
    ['is a file', () => (writeFileSync(join(root, 'a-file'), ''), join(root, 'a-file')), /a part of the path is not/],
    ['lies in a file', () => join(root, 'a-file', 'x'), /a part of the path is not a folder/],
    ['lies where the system makes no folders', () => (existsSync('/proc') ? '/proc/no' : '/dev/null/no'), /ENO/],
  ])('that %s is scratch.io, at once', (_, place, words) => {
    const parent = place();
    expect(() => makeScratch(thisMachine, parent)).toThrow(
      expect.objectContaining({
        code: 'scratch.io',
        message: expect.stringMatching(words),
        hint: expect.stringContaining('another folder with --scratch'),
      }),
    );
  });

  it('that cannot say whose it is does not stay', () => {
    const top = join(root, 'unwritable');
    const fs: Machine['fs'] = {
      ...thisMachine.fs,
      writeFileSync: () => {
        throw Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' });
      },
    };
    expect(() => makeScratch({ ...thisMachine, fs }, top)).toThrow(expect.objectContaining({ code: 'scratch.full' }));
    expect(existsSync(top)).toBe(false);
  });
});
