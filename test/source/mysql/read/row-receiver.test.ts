import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../../../src/core/errors.js';
import { RowGroupBounds } from '../../../../src/core/row-group-bounds.js';
import { RowReceiver } from '../../../../src/source/mysql/read/row-receiver.js';
import { endPacket, errorPacket, longestPayload, packets } from '../packets.js';

interface Received {
  /** Row groups of payloads. */
  readonly groups: Buffer[][];
  readonly last: Buffer | undefined;
  readonly failure: unknown;
  /** Calls of the sink. */
  readonly calls: number;
}

interface Way {
  /** Sizes of the pieces, over and over. */
  readonly pieces: readonly number[];
  /** Every so many calls the sink keeps the receiver waiting; 0: never. */
  readonly slow?: number;
  /** Bytes of a row group. */
  readonly limit?: number;
  /** The call of the sink that throws. */
  readonly throwsAt?: number;
}

/** Feeds the bytes in pieces, each of which is written over once it was taken, as a ring does. */
async function receive(bytes: Uint8Array, { pieces, slow = 0, limit = 1e9, throwsAt = 0 }: Way): Promise<Received> {
  const groups: Buffer[][] = [[]];
  let calls = 0;
  const say = (work: () => void): void | Promise<void> => {
    calls += 1;
    if (calls === throwsAt && slow === 0) throw new Error('the sink is full');
    if (slow === 0 || calls % slow !== 0) return calls === throwsAt ? Promise.reject(new Error('full, later')) : work();
    return new Promise((resolve) => setImmediate(resolve)).then(() => {
      if (calls === throwsAt) throw new Error('the sink is full, late');
      work();
    });
  };
  const receiver = new RowReceiver(new RowGroupBounds({ rows: 1e9, bytes: limit }), {
    rows: (buffer, start, end, count) =>
      say(() => {
        const payloads = payloadsOf(Buffer.from(buffer.subarray(start, end)));
        expect(payloads.length).toBe(count);
        groups.at(-1)!.push(...payloads);
      }),
    cut: () => say(() => void groups.push([])),
  });
  let at = 0;
  for (let i = 0; at < bytes.length && receiver.last === undefined; i += 1) {
    const piece = Buffer.from(bytes.subarray(at, at + pieces[i % pieces.length]!));
    at += piece.length;
    await receiver.received(piece);
    piece.fill(0xff);
  }
  const { last, failure } = receiver;
  return { groups, last: last && Buffer.from(last), failure: failure?.error, calls };
}

/** Of frames as decode/frame.ts says them. */
function payloadsOf(frames: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  for (let at = 0; at < frames.length;) {
    const short = frames.readUIntLE(at, 3);
    const length = short === longestPayload ? frames.readUInt32LE(at + 4) : short;
    at += short === longestPayload ? 8 : 4;
    payloads.push(frames.subarray(at, at + length));
    at += length;
    expect(at).toBeLessThanOrEqual(frames.length);
  }
  return payloads;
}

const row = fc
  .uint8Array({ minLength: 1, maxLength: 400 })
  .map((bytes) => Buffer.concat([Buffer.from([0]), Buffer.from(bytes)]));
const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 3000 })), {
  minLength: 1,
  maxLength: 5,
});
const stream = (rows: readonly Buffer[], last = endPacket): Buffer =>
  Buffer.concat([...rows.map((payload, i) => packets(payload, i & 0xff)), last]);
/** A row of so many bytes that are not all alike. */
function largeRow(size: number): Buffer {
  const payload = Buffer.alloc(size, 'the quick brown fox 0123456789 ');
  payload[0] = 0;
  payload[size - 1] = 0xee;
  return payload;
}

describe('RowReceiver', () => {
  it('hands over every row unchanged, however the bytes are cut and however slow the sink is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 60 }),
        fc.constantFrom(endPacket, errorPacket),
        sizes,
        fc.nat(3),
        async (rows, last, pieces, slow) => {
          const received = await receive(stream(rows, last), { pieces, slow });
          expect(received.groups.flat()).toEqual(rows);
          expect(received.last).toEqual(last);
          expect(received.failure).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('cuts row groups at the same rows however the bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 100, max: 4000 }),
        sizes,
        fc.nat(3),
        async (rows, limit, pieces, slow) => {
          const counts = ({ groups }: Received): number[] => groups.map((group) => group.length);
          const whole = await receive(stream(rows), { pieces: [1e9], limit });
          expect(counts(await receive(stream(rows), { pieces, slow, limit }))).toEqual(counts(whole));
          for (const group of whole.groups) {
            const bytes = group.reduce((sum, payload) => sum + 4 + payload.length, 0);
            expect(group.length === 1 || bytes <= limit).toBe(true);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('takes rows larger than its buffer, between small ones', async () => {
    const rows = [10, 3_000_000, 5, 700_000, 700_000, 20].map(largeRow);
    for (const slow of [0, 1, 2]) {
      const { groups, last } = await receive(stream(rows), { pieces: [65_536, 9000], slow });
      expect(Buffer.concat(groups.flat()).equals(Buffer.concat(rows))).toBe(true);
      expect(last).toEqual(endPacket);
    }
  });

  // Also lengths whose lowest byte looks like the mark of an end or an error.
  it.each([
    ['one byte less than a packet holds', longestPayload - 1],
    ['what a packet holds, then an empty one', longestPayload],
    ['one byte more', longestPayload + 1],
    ['a lowest byte of fe', longestPayload + 0xff],
    ['a lowest byte of ff', longestPayload + 0x100],
    ['two whole packets and an empty one', 2 * longestPayload],
    ['three packets', 2 * longestPayload + 77],
  ])('takes a row of several packets: %s', { timeout: 20_000 }, async (_, size) => {
    const rows = [largeRow(9), largeRow(size), largeRow(11), largeRow(size), largeRow(12)];
    const bytes = stream(rows);
    for (const pieces of [[65_536], [longestPayload + 4 + 13, 2, 1, 1, 500_000]]) {
      const { groups, last } = await receive(bytes, { pieces, limit: 1_000_000 });
      expect(groups.map((group) => group.map(({ length }) => length))).toEqual([[9], [size], [11], [size], [12]]);
      expect(groups.flat().every((payload, i) => payload.equals(rows[i]!))).toBe(true);
      expect(last).toEqual(endPacket);
    }
  });

  it('ends at the first packet that ends a result, and takes nothing after it', async () => {
    for (const last of [endPacket, errorPacket, packets(Buffer.from([0xff, 1, 2]))]) {
      const after = [largeRow(30), Buffer.from('garbage')];
      const received = await receive(Buffer.concat([stream([largeRow(20)], last), ...after]), { pieces: [1e9] });
      expect([received.groups.flat().length, received.last]).toEqual([1, last]);
    }
  });

  it('looks for the end alone once the sink threw, and keeps the first error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 20, maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        sizes,
        fc.nat(2),
        async (rows, throwsAt, pieces, slow) => {
          const received = await receive(stream(rows, errorPacket), { pieces, slow, limit: 600, throwsAt });
          expect(received.last).toEqual(errorPacket);
          if (received.calls < throwsAt) return;
          expect(received.failure).toMatchObject({ message: expect.stringContaining('full') as string });
          expect(received.calls).toBe(throwsAt);
          expect(received.groups.flat()).toEqual(rows.slice(0, received.groups.flat().length));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('has handed over all whole rows of a stream that is cut, and no end', async () => {
    const rows = [5, 60, 300, 2, 90].map(largeRow);
    const bytes = stream(rows);
    for (let length = 0; length < bytes.length; length++) {
      const { groups, last } = await receive(bytes.subarray(0, length), { pieces: [17] });
      let whole = 0;
      for (let at = 0; whole < rows.length && at + 4 + rows[whole]!.length <= length; whole++) {
        at += 4 + rows[whole]!.length;
      }
      expect([groups.flat(), last]).toEqual([rows.slice(0, whole), undefined]);
    }
  });

  it('waits for the rest of a long row that is cut', async () => {
    const bytes = packets(largeRow(longestPayload + 5));
    for (const cut of [1, 5, 6, 9, 10]) {
      const { groups, last } = await receive(bytes.subarray(0, bytes.length - cut), { pieces: [1e9] });
      expect([groups.flat().length, last]).toEqual([0, undefined]);
    }
  });

  it.each([
    ['a packet without a byte', packets(Buffer.alloc(0))],
    ['a packet of another kind', packets(Buffer.from([1, 2, 3]))],
    ['an end without its status', packets(Buffer.from('fe0000', 'hex'))],
    ['an error without its number', packets(Buffer.from('ff01', 'hex'))],
    ['a long packet that begins as an end does', packets(Buffer.from('fe0000020000000000', 'hex'))],
    ['a row of several packets that begins as an error does', packets(Buffer.alloc(longestPayload + 3, 0xff))],
    ['a row of several packets of another kind', packets(Buffer.alloc(longestPayload, 1))],
  ])('refuses %s, whatever stands around it', async (_, packet) => {
    for (const after of [Buffer.alloc(0), endPacket, stream([largeRow(4)]), Buffer.from([0, 0, 0, 0, 0xfe, 0xff])]) {
      for (const before of [Buffer.alloc(0), packets(largeRow(100)), packets(Buffer.alloc(100, 0).fill(0xfe, 1))]) {
        const bytes = Buffer.concat([before, packet, after]);
        await expect(receive(bytes, { pieces: [1e9] })).rejects.toMatchObject({ code: 'source.protocol' });
      }
    }
  });

  it('of garbage it takes rows, finds an end, waits or refuses; the same however it is cut', async () => {
    const outcome = async (bytes: Uint8Array, pieces: readonly number[]): Promise<unknown> => {
      try {
        const { groups, last } = await receive(bytes, { pieces });
        return [groups, last];
      } catch (error) {
        expect(error).toBeInstanceOf(TidemarkError);
        return (error as TidemarkError).code;
      }
    };
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 10 }),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 4, 0xfe, 0xff, 0x80)), { minLength: 1, maxLength: 6 }),
        sizes,
        async (rows, changes, pieces) => {
          const bytes = stream(rows);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const whole = await outcome(bytes, [1e9]);
          if (typeof whole === 'string') {
            expect(whole).toBe('source.protocol');
            refused++;
          }
          expect(await outcome(bytes, pieces)).toEqual(whole);
        },
      ),
      { numRuns: 600 },
    );
    expect(refused).toBeGreaterThan(20);
  });
});
