import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowGroupBounds } from '../../../../src/core/row-group-bounds.js';
import { RowReceiver } from '../../../../src/source/postgres-protocol/row-receiver.js';

const messageHeader = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');

function message(type: string, payload: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(payload.length + 4, 1);
  return Buffer.concat([head, payload]);
}

/** What a server sends for one COPY: `joined` puts the header and the first row into one message, as older servers do. */
function copyStream(rows: readonly Buffer[], joined: boolean, noticeAfter: number): Buffer {
  const parts = [message('H', Buffer.from([1, 0, 0]))];
  const trailer = Buffer.from([0xff, 0xff]);
  const payloads = [...rows, trailer];
  if (joined) payloads[0] = Buffer.concat([messageHeader, payloads[0]!]);
  else payloads.unshift(messageHeader);
  payloads.forEach((payload, i) => {
    if (i === noticeAfter) parts.push(message('N', Buffer.from('notice')));
    parts.push(message('d', payload));
  });
  parts.push(message('c', Buffer.alloc(0)), message('C', Buffer.from('COPY\0')), message('Z', Buffer.from('I')));
  return Buffer.concat(parts);
}

interface Received {
  /** Row groups of frames. */
  readonly groups: Buffer[][];
  /** Types of the messages that pg's parser got. */
  readonly passed: string;
  readonly endedBefore: string;
}

/** Feeds the bytes in pieces of the given sizes; the sink keeps the receiver waiting before every `slow`-th call. */
async function receive(bytes: Buffer, pieces: readonly number[], slow: number, limit = 1e9): Promise<Received> {
  const groups: Buffer[][] = [[]];
  const passed: Buffer[] = [];
  let endedBefore: string | undefined;
  let calls = 0;
  const later = async (work: () => void): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    work();
  };
  const maybeSlow = (work: () => void): void | Promise<void> => {
    calls += 1;
    if (slow > 0 && calls % slow === 0) return later(work);
    work();
  };
  const receiver = new RowReceiver(
    new RowGroupBounds({ rows: 1e9, bytes: limit }),
    {
      rows: (buffer, start, end, count) =>
        maybeSlow(() => {
          const copy = Buffer.from(buffer.subarray(start, end));
          let at = 0;
          for (let i = 0; i < count; i += 1) {
            const length = 1 + copy.readInt32BE(at + 1);
            groups.at(-1)!.push(copy.subarray(at + 5, at + length));
            at += length;
          }
          expect(at).toBe(copy.length);
        }),
      cut: () => maybeSlow(() => void groups.push([])),
    },
    {
      passOn: (whole) => void passed.push(Buffer.from(whole)),
      ended: () => (endedBefore = types(passed)),
    },
  );
  let at = 0;
  // Once the COPY has ended, the connection is pg's again and the rest never comes here.
  for (let i = 0; at < bytes.length && endedBefore === undefined; i += 1) {
    const room = receiver.space();
    const length = Math.min(pieces[i % pieces.length]!, room.length, bytes.length - at);
    room.set(bytes.subarray(at, at + length));
    at += length;
    const wait = receiver.received(length);
    // The socket asks for its next buffer at once, even while the receiver waits.
    receiver.space();
    await wait;
  }
  passed.push(bytes.subarray(at));
  return { groups, passed: types(passed), endedBefore: endedBefore ?? '' };
}

function types(messages: readonly Buffer[]): string {
  const bytes = Buffer.concat(messages);
  let found = '';
  for (let at = 0; at < bytes.length; at += 1 + bytes.readInt32BE(at + 1)) found += String.fromCharCode(bytes[at]!);
  return found;
}

const row = fc.uint8Array({ minLength: 3, maxLength: 400 }).map((bytes) => Buffer.from(bytes));

describe('RowReceiver', () => {
  it('hands over every row unchanged, however the bytes are cut and however slow the sink is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 60 }),
        fc.boolean(),
        fc.nat(60),
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 }),
        fc.nat(3),
        async (rows, joined, noticeAfter, pieces, slow) => {
          const { groups, passed, endedBefore } = await receive(copyStream(rows, joined, noticeAfter), pieces, slow);
          expect(Buffer.concat(groups.flat())).toEqual(Buffer.concat(rows));
          expect(groups.flat().length).toBe(rows.length);
          expect(passed.replace('N', '')).toBe('HcCZ');
          expect(endedBefore.replace('N', '')).toBe('Hc');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes rows larger than its buffer, between small ones, and while the sink is slow', async () => {
    const rows = [10, 3_000_000, 5, 700_000, 700_000, 20].map((size, i) => Buffer.alloc(size, i + 1));
    for (const slow of [0, 1, 2]) {
      const { groups } = await receive(copyStream(rows, slow === 0, -1), [65_536, 9000], slow);
      expect(groups.flat().map((r) => [r.length, r[0]])).toEqual(rows.map((r) => [r.length, r[0]]));
    }
  });

  it('leaves alone what a slow sink still looks at, while the socket asks for room', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => Buffer.alloc(150 + (i % 11), i));
    for (const slow of [1, 2, 3]) {
      const { groups } = await receive(copyStream(rows, true, 7), [65_536], slow, 300_000);
      expect(Buffer.concat(groups.flat()).equals(Buffer.concat(rows))).toBe(true);
    }
  });

  it('cuts row groups by bytes, at the same rows however the bytes come', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => Buffer.alloc(50 + (i % 7) * 20, i));
    const stream = copyStream(rows, false, -1);
    const sizes = async (pieces: number[], slow: number): Promise<number[]> =>
      (await receive(stream, pieces, slow, 2000)).groups.map((group) => group.length);
    const whole = await sizes([1e9], 0);
    expect(whole.length).toBeGreaterThan(5);
    expect(await sizes([1], 0)).toEqual(whole);
    expect(await sizes([777, 13], 1)).toEqual(whole);
  });

  it.each([
    ['a text COPY', message('d', Buffer.from('1\tabc\n'.repeat(5)))],
    [
      'a header with flags',
      message('d', Buffer.concat([messageHeader.subarray(0, 11), Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])])),
    ],
    ['a message without a length', Buffer.from([0x64, 0, 0, 0, 1])],
    ['a message of negative length', Buffer.from([0x64, 0xff, 0xff, 0xff, 0xf0])],
  ])('refuses %s', async (_, bytes) => {
    await expect(receive(bytes, [1000], 0)).rejects.toMatchObject({ code: 'source.protocol' });
  });
});
