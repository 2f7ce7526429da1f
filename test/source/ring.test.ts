import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { newRing, type Ring, RingReader, RingWriter } from '../../src/source/ring.js';

const ringBytes = 1024 * 1024;
/** Bytes at `from` of a stream that tells each place from its neighbours and from the same place of the ring a round later. */
function patternAt(from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = patternByte(from + i);
  return bytes;
}
const patternByte = (at: number): number => (at ^ (at >>> 7) ^ (at >>> 13) ^ (at >>> 20)) & 0xff;

/** Ends of a ring whose counts are already that far: 2^32 bytes take long. */
function ends(counted = 0): { ring: Ring; writer: RingWriter; reader: RingReader } {
  const ring = newRing();
  new Int32Array(ring.control).fill(counted | 0, 0, 2);
  return { ring, writer: new RingWriter(ring), reader: new RingReader(ring) };
}

/** Reads up to the end, `size()` bytes at once; gives the number of bytes that were right. */
async function readAll(reader: RingReader, size: () => number): Promise<number> {
  let at = 0;
  for (let bytes = await reader.next(); bytes !== undefined; bytes = await reader.next()) {
    const length = Math.min(bytes.length, size());
    const wrong = bytes.subarray(0, length).findIndex((byte, i) => byte !== patternByte(at + i));
    if (wrong >= 0) throw new Error(`byte ${at + wrong} is wrong`);
    at += length;
    reader.done(length);
  }
  return at;
}

/** As a socket does: a part of the space, then waiting where there is no room. */
async function writeIntoSpace(writer: RingWriter, from: number, wanted: number): Promise<number> {
  await writer.room();
  const space = writer.space();
  expect(space.length).toBeGreaterThan(0);
  expect(writer.holds(space)).toBe(true);
  const length = Math.min(wanted, space.length);
  space.set(patternAt(from, length));
  writer.wrote(length);
  return length;
}

const soon = (milliseconds: number): Promise<'late'> =>
  new Promise((resolve) => setTimeout(() => resolve('late'), milliseconds));

const chunk = fc.record({
  size: fc.oneof(
    fc.integer({ min: 1, max: 70_000 }),
    fc.constantFrom(1, 65_535, 65_536, 300_000, ringBytes - 1, ringBytes),
  ),
  way: fc.constantFrom('space', 'copy'),
});

describe('a ring in one thread', () => {
  it('keeps bytes in order, past its end and past the end of its counts', { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { maxLength: 20 }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 90_000 }), fc.constant(ringBytes)), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(0, 2 ** 31 - 500_000, 2 ** 32 - 500_000, 2 ** 32 - 1, ringBytes - 3),
        async (chunks, sizes, counted) => {
          const { writer, reader } = ends(counted);
          let next = 0;
          const read = readAll(reader, () => sizes[next++ % sizes.length]!);
          read.catch(() => undefined);
          let at = 0;
          for (const { size, way } of chunks) {
            if (way === 'space') at += await writeIntoSpace(writer, at, size);
            else {
              await writer.write(patternAt(at, size));
              at += size;
            }
          }
          writer.close();
          expect(await read).toBe(at);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('takes no more than it has room for', () => {
    const { writer, reader } = ends();
    expect(writer.takes(patternAt(0, ringBytes - 10))).toBe(true);
    expect(writer.hasRoom).toBe(false);
    expect(writer.takes(patternAt(0, 11))).toBe(false);
    expect(writer.takes(patternAt(0, 10))).toBe(true);
    expect(writer.takes(patternAt(0, 1))).toBe(false);
    reader.done(65_535);
    expect(writer.hasRoom).toBe(false);
    reader.done(1);
    expect(writer.hasRoom).toBe(true);
  });

  it('gives what was written before it was closed, then nothing', async () => {
    const { writer, reader } = ends(ringBytes - 2);
    await writer.write(Uint8Array.of(1, 2, 3));
    writer.close();
    expect([...(await reader.next())!]).toEqual([1, 2]);
    reader.done(2);
    expect([...(await reader.next())!]).toEqual([3]);
    reader.done(1);
    expect(await reader.next()).toBeUndefined();
    expect(await reader.next()).toBeUndefined();
  });

  it('loses nothing that is written and closed while the reader looks', async () => {
    const { ring, reader } = ends();
    // Between the reader's look at the counts and its look at the end.
    class Late extends RingReader {
      override get used(): number {
        const { used } = this.before;
        const writer = new RingWriter(ring);
        if (!writer.isClosed) {
          writer.takes(Uint8Array.of(7));
          writer.close();
        }
        return used;
      }
      private get before(): { used: number } {
        const words = new Int32Array(ring.control);
        return { used: (words[0]! - words[1]!) >>> 0 };
      }
    }
    expect([...((await new Late(ring).next()) ?? [])]).toEqual([7]);
    reader.done(1);
    expect(await reader.next()).toBeUndefined();
  });

  it('wakes whoever waits when it is closed: the reader, and the writer in both ways', async () => {
    const idle = ends();
    const waiting = idle.reader.next();
    const full = ends();
    full.writer.takes(patternAt(0, ringBytes));
    const room = full.writer.room().then(() => 'room');
    const write = full.writer.write(patternAt(0, 5)).then(() => 'gave up');
    expect(await Promise.race([waiting, room, write, soon(20)])).toBe('late');
    idle.writer.close();
    full.reader.close();
    expect(await Promise.race([waiting, soon(2000)])).toBeUndefined();
    expect(await Promise.race([room, soon(2000)])).toBe('room');
    expect(await Promise.race([write, soon(2000)])).toBe('gave up');
    expect([full.writer.isClosed, idle.reader.isClosed]).toEqual([true, true]);
  });
});

/** Writes a pattern into the ring in pieces of the given sizes, over and over. */
const writerSource = `
  const { workerData, parentPort } = require('node:worker_threads');
  (async () => {
    const { ring, module, total, sizes, pattern } = workerData;
    const { RingWriter } = await import(module);
    const patternByte = eval(pattern);
    const writer = new RingWriter(ring);
    parentPort.on('message', () => process.exit());
    let at = 0;
    for (let i = 0; at < total && !writer.isClosed; i++) {
      const size = Math.min(sizes[i % sizes.length], total - at);
      await writer.room();
      if (i % 3 === 0) {
        await writer.write(Uint8Array.from({ length: size }, (_, k) => patternByte(at + k)));
        at += size;
      } else {
        const space = writer.space();
        const length = Math.min(size, space.length);
        for (let k = 0; k < length; k++) space[k] = patternByte(at + k);
        writer.wrote(length);
        at += length;
      }
    }
    writer.close();
    parentPort.postMessage(at);
  })();
`;

/** The ring's own source, for a thread that knows no TypeScript; it imports nothing. */
function ringModule(): string {
  const file = new URL('../../src/source/ring.ts', import.meta.url);
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions });
  return `data:text/javascript,${encodeURIComponent(outputText)}`;
}

describe('a ring between two threads', () => {
  const start = (ring: Ring, total: number, sizes: readonly number[]): Worker =>
    new Worker(writerSource, {
      eval: true,
      workerData: { ring, module: ringModule(), total, sizes, pattern: String(patternByte) },
    });

  it.each([
    ['small pieces', 600_000, [1, 7, 100, 1000, 3]],
    ['pieces of a socket', 20_000_000, [65_536, 65_536, 1460, 30_000]],
    ['large pieces', 20_000_000, [900_000, ringBytes, 5, 65_537]],
  ])('brings every byte in its place: %s', { timeout: 30_000 }, async (_, total, sizes) => {
    const { ring, reader } = ends(2 ** 32 - 300_000);
    const worker = start(ring, total, sizes);
    const written = once(worker, 'message');
    let turn = 0;
    expect(await readAll(reader, () => [ringBytes, 10_000, 70_000, 300_000][turn++ % 4]!)).toBe(total);
    expect(await written).toEqual([total]);
    await worker.terminate();
  });

  it('ends a writer that waits when the reader closes it', { timeout: 30_000 }, async () => {
    const { ring, reader } = ends();
    const worker = start(ring, 5_000_000, [60_000]);
    const written = once(worker, 'message');
    reader.done((await reader.next())!.length);
    await soon(50);
    reader.close();
    const [bytes] = (await written) as [number];
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(5_000_000);
    await worker.terminate();
  });
});
