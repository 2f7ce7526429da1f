import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Scratch } from '../../src/core/scratch.js';
import { readSegment, SegmentWriter } from '../../src/lane/segment.js';
import type { Portion } from '../../src/lane/stage.js';
import { thisMachine } from '../../src/machine/machine.js';
import { openScratch } from '../../src/scratch/files.js';
import { makeScratch } from '../../src/scratch/folder.js';
import { memoryScratch } from '../ports/memory-scratch.js';

const parent = mkdtempSync(join(tmpdir(), 'tidemark-scratch-'));
const ticket = makeScratch(thisMachine, parent);
afterAll(() => rmSync(parent, { recursive: true }));

const portions = fc.array(
  fc.record({
    target: fc.constantFrom('', 'a', 'b=1'),
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
  target: string;
  rows: number;
  bytes: Uint8Array;
  meta: unknown;
}): Portion => ({
  target,
  rowGroup: { rows, bytes, meta },
  facts: { rows, columns: [] },
});

/** Files of the scratch folder, but for the one that says whose it is. */
const left = (): number => readdirSync(ticket.folder).length - 1;

describe.each<[string, Scratch, () => number]>([
  ['a folder', openScratch(thisMachine.fs, structuredClone(ticket)), left],
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
    writer.add(portionOf({ target: '', rows: 1, bytes: Buffer.from('x'), meta: null }));
    writer.discard();
    writer.discard();
    writer.add(portionOf({ target: '', rows: 1, bytes: Buffer.from('x'), meta: null }));
    expect(left()).toBe(0);
  });
});
