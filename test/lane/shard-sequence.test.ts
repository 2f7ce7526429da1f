import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DraftObjects } from '../../src/core/destination.js';
import { TidemarkError } from '../../src/core/errors.js';
import type { ShardAssembler } from '../../src/core/shard.js';
import { ShardSequence } from '../../src/lane/shard-sequence.js';
import type { Portion } from '../../src/lane/stage.js';

/** A file of this format is `<`, its row groups, and `>` for each of them. */
function assembler(): ShardAssembler {
  let [bytes, rowGroups] = [1, 0];
  return {
    begin: () => Buffer.from('<'),
    sizeWith: (rowGroup) => bytes + rowGroup.bytes.length + rowGroups + 1,
    add: (rowGroup) => {
      bytes += rowGroup.bytes.length;
      rowGroups += 1;
      return rowGroup.bytes;
    },
    finish: () => Buffer.alloc(rowGroups, '>'),
  };
}

/** Objects in memory. `closing` is asked before one is closed. */
function objectsIn(
  files: Map<string, Buffer>,
  closing = async (_path: string): Promise<void> => undefined,
): DraftObjects {
  return {
    create: (path) => {
      if (files.has(path)) throw new Error(`${path} is taken`);
      const pieces: Buffer[] = [];
      files.set(path, Buffer.alloc(0));
      return {
        write: (bytes) => void pieces.push(Buffer.from(bytes)),
        room: () => undefined,
        close: async () => {
          await closing(path);
          files.set(path, Buffer.concat(pieces));
        },
        discard: async () => void files.delete(path),
      };
    },
    takeOver: async () => false,
    aside: () => expect.unreachable('nothing is written aside'),
    settle: () => expect.unreachable('nothing was written aside'),
    remove: async (path) => void files.delete(path),
  };
}

const portion = (rows: number, bytes: Uint8Array): Portion => ({
  target: '',
  rowGroup: { rows, bytes, meta: undefined },
  facts: { rows, columns: [] },
});

function sequenceOf(objects: DraftObjects, shardSize: number): ShardSequence {
  const pathOf = (part: number): string => `part-${part}`;
  return new ShardSequence({ objects, table: 2, group: 3, shardSize, pathOf }, [], { assembler }, () => undefined);
}

describe('the files of a group', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 });

  it('hold all row groups in order, and none is larger than asked unless one row group is', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 10, max: 200 }), async (groups, shardSize) => {
        const files = new Map<string, Buffer>();
        const sequence = sequenceOf(objectsIn(files), shardSize);
        const given = groups.map((size, index) => Buffer.alloc(size, 'a'.charCodeAt(0) + (index % 26)));
        for (const [index, bytes] of given.entries()) await sequence.add(portion(index, bytes));
        const receipts = await sequence.finish();
        expect(receipts.map(({ part, path }) => [part, path])).toEqual(
          receipts.map((_, part) => [part, `part-${part}`]),
        );
        expect([...files.keys()].sort()).toEqual(receipts.map(({ path }) => path).sort());
        const content = receipts.map(({ path }) => files.get(path)!.toString());
        expect(content.join('').replace(/[<>]/g, '')).toBe(Buffer.concat(given).toString());
        for (const [index, receipt] of receipts.entries()) {
          const file = files.get(receipt.path)!;
          expect(receipt).toMatchObject({ table: 2, group: 3, bytes: file.length });
          expect(receipt.sha256).toBe(createHash('sha256').update(file).digest('hex'));
          if (receipt.rowGroups! > 1) expect(file.length).toBeLessThanOrEqual(shardSize);
          // It was closed because the next row group would have been too much.
          const next = content[index + 1];
          const first =
            next === undefined
              ? 0
              : given[receipts.slice(0, index + 1).reduce((sum, r) => sum + r.rowGroups!, 0)]!.length;
          if (next !== undefined) expect(file.length + first + 1).toBeGreaterThan(shardSize);
        }
        expect(receipts.reduce((sum, { rows }) => sum + rows, 0)).toBe(given.reduce((sum, _, index) => sum + index, 0));
      }),
    );
  });

  it('are none where there are no rows, and one that holds the schema where that is asked for', async () => {
    expect(await sequenceOf(objectsIn(new Map()), 100).finish()).toEqual([]);
    const files = new Map<string, Buffer>();
    expect(await sequenceOf(objectsIn(files), 100).finish({ empty: true })).toMatchObject([{ rows: 0, rowGroups: 0 }]);
    expect(files.get('part-0')!.toString()).toBe('<');
  });

  it('go when they are discarded, those that are closed or being closed too, and what comes late is passed over', async () => {
    const files = new Map<string, Buffer>();
    let closed = 0;
    const slow = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      closed += 1;
    };
    const sequence = sequenceOf(objectsIn(files, slow), 10);
    for (let index = 0; index < 4; index += 1) await sequence.add(portion(1, Buffer.alloc(8, 'x')));
    expect(files.size).toBe(4);
    await sequence.discard();
    await sequence.add(portion(1, Buffer.alloc(8, 'x')));
    expect(files.size).toBe(0);
    expect(closed).toBe(3);
  });

  it('are waited for where more than one is on its way to where it lasts', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const sequence = sequenceOf(
      objectsIn(new Map(), () => held),
      10,
    );
    const waits = [0, 1, 2].map(() => sequence.add(portion(1, Buffer.alloc(8, 'x'))));
    expect(waits.map((wait) => wait instanceof Promise)).toEqual([false, false, true]);
    release();
    await waits[2];
    expect(await sequence.finish()).toHaveLength(3);
  });

  it('fail the next call when one cannot be closed', async () => {
    const failure = new TidemarkError('destination.full', 'no space left');
    const files = new Map<string, Buffer>();
    const sequence = sequenceOf(
      objectsIn(files, () => Promise.reject(failure)),
      10,
    );
    sequence.add(portion(1, Buffer.alloc(8, 'x')));
    sequence.add(portion(1, Buffer.alloc(8, 'x')));
    await new Promise((resolve) => setImmediate(resolve));
    expect(() => sequence.add(portion(1, Buffer.alloc(8, 'x')))).toThrow(failure);
    await expect(sequence.finish()).rejects.toBe(failure);
    await sequence.discard();
    expect(files.size).toBe(0);
  });
});
