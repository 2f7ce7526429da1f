import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadZstd } from '../../../src/core/zstd.js';
import { ZstdFrames } from '../../../src/shard/csv/read/zstd-frames.js';

/** Three bytes as they are, with a checksum of four bytes, which nobody looks at here. */
const withChecksum = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x24, 3, (3 << 3) | 1, 0, 0, 1, 2, 3, 9, 9, 9, 9]);
/** Three hundred times the same byte, in two blocks. */
const repeated = Buffer.from([
  ...[0x28, 0xb5, 0x2f, 0xfd, 0x60, 300 - 256, 0],
  ...[((100 << 3) | 2) & 0xff, (100 << 3) >> 8, 0, 7],
  ...[((200 << 3) | 3) & 0xff, (200 << 3) >> 8, 0, 7],
]);
const skipped = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5]);
let frames: readonly Buffer[];

beforeAll(async () => {
  const compress = await loadZstd();
  const texts = [Buffer.alloc(0), Buffer.from('id,name\n'), Buffer.alloc(500_000, 'ab'), randomBytes(300_000)];
  frames = [withChecksum, repeated, ...texts.map((text) => Buffer.from(compress(text, 3)))];
});

/** The frames of a file that comes in pieces of these sizes, over and over. */
function framesOf(file: Buffer, sizes: readonly number[]): Buffer[] {
  const cutter = new ZstdFrames();
  const found: Buffer[] = [];
  for (let at = 0, turn = 0; at < file.length; turn += 1) {
    const size = sizes[turn % sizes.length]!;
    for (const frame of cutter.push(file.subarray(at, at + size))) found.push(Buffer.from(frame));
    at += size;
  }
  cutter.end();
  return found;
}

describe('frames of Zstandard', () => {
  it('are found in whatever pieces they come, and those that hold nothing are left out', () => {
    const pieces = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1000, max: 2 ** 20 })), {
      minLength: 1,
      maxLength: 5,
    });
    const order = fc.array(fc.nat(frames.length), { maxLength: 8 });
    fc.assert(
      fc.property(order, pieces, (which, sizes) => {
        // The one after the last is the one to skip.
        const file = Buffer.concat(which.map((index) => frames[index] ?? skipped));
        const expected = which.flatMap((index) => frames[index] ?? []);
        expect(framesOf(file, sizes).map((frame) => frame.toString('hex'))).toEqual(
          expected.map((frame) => frame.toString('hex')),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('must be whole', () => {
    for (const cut of [1, 4, 9]) {
      expect(() => framesOf(withChecksum.subarray(0, -cut), [100])).toThrow(/^the file ends \d+ bytes after the begin/);
    }
  });

  it('are nothing else', () => {
    expect(() => framesOf(Buffer.from('id,name\n1,x\n'), [100])).toThrow('no frame of Zstandard');
    const ofNoType = Buffer.from(withChecksum);
    ofNoType[6] = (3 << 3) | 7;
    expect(() => framesOf(ofNoType, [100])).toThrow('a block of a frame is of no type');
  });
});
