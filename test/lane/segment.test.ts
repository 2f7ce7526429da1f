import fs, { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { Scratch } from '../../src/core/scratch.js';
import { readSegment, SegmentWriter } from '../../src/lane/segment.js';
import type { Portion } from '../../src/lane/stage.js';
import { makeScratch, openScratch, removeScratch } from '../../src/scratch/folder.js';
import { memoryScratch } from '../ports/memory-scratch.js';

const parent = mkdtempSync(join(tmpdir(), 'tidemark-scratch-'));
const ticket = makeScratch(parent);
afterAll(() => rmSync(parent, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

const portions = fc.array(
  fc.record({
    target: fc.nat(3),
    rows: fc.nat(1000),
    bytes: fc.uint8Array({ maxLength: 3000 }),
    meta: fc.jsonValue(),
  }),
  { maxLength: 10 },
);
const portionOf = ({
  target,
  rows,
  bytes,
  meta,
}: {
  target: number;
  rows: number;
  bytes: Uint8Array;
  meta: unknown;
}): Portion => ({
  target,
  rowGroup: { rows, bytes, meta },
  facts: { rows, columns: [] },
});

function written(scratch: Scratch, name: string, count: number): ReturnType<SegmentWriter['finish']> {
  const writer = new SegmentWriter(scratch, name);
  for (let index = 0; index < count; index += 1) {
    writer.add(portionOf({ target: 0, rows: 1, bytes: Buffer.alloc(1000, index), meta: null }));
  }
  return writer.finish();
}

describe.each<[string, Scratch, () => number]>([
  ['a folder', openScratch(structuredClone(ticket)), () => readdirSync(ticket.folder).length],
  ...((files) => [['memory', memoryScratch(files), () => files.size] as [string, Scratch, () => number]])(
    new Map<string, Buffer>(),
  ),
])('a segment in %s', (_, scratch, left) => {
  it('comes back portion by portion, as it went in, and leaves nothing', () => {
    fc.assert(
      fc.property(portions, (given) => {
        const writer = new SegmentWriter(scratch, 't0-r1');
        for (const one of given) {
          const bytes = Uint8Array.from(one.bytes);
          writer.add(portionOf({ ...one, bytes }));
          // The encoder uses its array again.
          bytes.fill(0);
        }
        let index = 0;
        // It travels between threads.
        for (const { target, rowGroup, facts } of readSegment(scratch, structuredClone(writer.finish()))) {
          const { bytes, ...expected } = given[index]!;
          expect({ target, rows: rowGroup.rows, meta: rowGroup.meta }).toEqual(expected);
          expect(Buffer.from(rowGroup.bytes).equals(bytes)).toBe(true);
          expect(facts.rows).toBe(expected.rows);
          index += 1;
        }
        expect(index).toBe(given.length);
        expect(left()).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('goes when it is given up, and takes nothing after that', () => {
    const writer = new SegmentWriter(scratch, 'given-up');
    writer.add(portionOf({ target: 0, rows: 1, bytes: Buffer.from('x'), meta: null }));
    writer.discard();
    writer.discard();
    writer.add(portionOf({ target: 0, rows: 1, bytes: Buffer.from('x'), meta: null }));
    expect(left()).toBe(0);
  });
});

describe('a scratch folder', () => {
  const scratch = openScratch(ticket);
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
    expect(readdirSync(ticket.folder)).toEqual([]);
  });

  it.each([
    ['ENOSPC', 'scratch.full'],
    ['EIO', 'scratch.io'],
  ])('that says %s is %s, with its path', (code, expected) => {
    const writer = new SegmentWriter(scratch, 'full');
    vi.spyOn(fs, 'writeSync').mockImplementation(() => {
      throw Object.assign(new Error(`${code}: from the system`), { code });
    });
    expect(() => writer.add(portionOf({ target: 0, rows: 1, bytes: Buffer.from('x'), meta: null }))).toThrow(
      expect.objectContaining({ code: expected, message: expect.stringContaining(pathOf('full')) }),
    );
    writer.discard();
  });

  it('goes with all that is in it, also twice', () => {
    const own = makeScratch(join(parent, 'made', 'for', 'it'));
    written(openScratch(own), 'left', 2);
    removeScratch(own);
    removeScratch(own);
    expect(readdirSync(join(parent, 'made', 'for', 'it'))).toEqual([]);
  });
});
