import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResultHead } from '../../../../src/source/mysql/sessions/result-head.js';
import { endPacket, errorPacket, packets } from '../packets.js';

/** A column's definition begins with the length of its catalog's name, which is `def` in all servers. */
const definition = fc
  .uint8Array({ maxLength: 90 })
  .map((bytes) => packets(Buffer.concat([Buffer.from('\x03def', 'latin1'), Buffer.from(bytes)])));
const pieces = fc.array(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 400 })), {
  minLength: 1,
  maxLength: 5,
});

interface Taken {
  readonly head: Buffer;
  readonly rest: Buffer | undefined;
  readonly isAnswer: boolean;
  /** Bytes that it was given until it said that it has ended. */
  readonly given: number;
}

/** Gives bytes in pieces of the given sizes, each of which is written over once it was taken. */
function take(bytes: Buffer, sizes: readonly number[]): Taken {
  const resultHead = new ResultHead();
  const heads: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const piece = Uint8Array.from(bytes.subarray(at, at + sizes[i % sizes.length]!));
    at += piece.length;
    const { head, rest, isAnswer } = resultHead.take(piece);
    heads.push(Buffer.from(head));
    piece.fill(0xff);
    const ended = rest !== undefined || isAnswer === true;
    if (ended) return { head: Buffer.concat(heads), rest: rest && Buffer.from(rest), isAnswer: !!isAnswer, given: at };
  }
  return { head: Buffer.concat(heads), rest: undefined, isAnswer: false, given: at };
}

describe('ResultHead', () => {
  it('ends behind the definitions, however the bytes are cut, and gives back what follows', () => {
    fc.assert(
      fc.property(
        fc.array(definition, { maxLength: 20 }),
        fc.uint8Array({ maxLength: 300 }),
        pieces,
        (columns, rows, sizes) => {
          const count = packets(Buffer.from([columns.length + 1]));
          const head = Buffer.concat([count, ...columns, endPacket]);
          const bytes = Buffer.concat([head, rows]);
          const taken = take(bytes, sizes);
          expect(taken).toMatchObject({ head, isAnswer: false });
          expect(Buffer.concat([taken.head, taken.rest!])).toEqual(bytes.subarray(0, taken.given));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes many columns, whose number needs three bytes', () => {
    const columns = Array.from({ length: 4096 }, () => packets(Buffer.from('\x03def and some more', 'latin1')));
    const head = Buffer.concat([packets(Buffer.from('fc0010', 'hex')), ...columns, endPacket]);
    expect(take(Buffer.concat([head, Buffer.from('rows')]), [777])).toMatchObject({ head });
  });

  it('leaves answers without rows to the client, however they are cut', () => {
    const ok = packets(Buffer.from('00000002000000', 'hex'));
    const columns = packets(Buffer.from('\x03def', 'latin1'));
    const answers = [ok, errorPacket, Buffer.concat([packets(Buffer.from([2])), columns, errorPacket])];
    for (const answer of answers) {
      for (let size = 1; size <= answer.length; size++) {
        expect(take(answer, [size])).toEqual({ head: answer, rest: undefined, isAnswer: true, given: answer.length });
      }
    }
  });

  it('waits for the end of a head that is cut, and never gives half a packet', () => {
    const head = Buffer.concat([packets(Buffer.from([1])), packets(Buffer.from('\x03def', 'latin1')), endPacket]);
    const ends = [0, 5, 13];
    for (let length = 0; length < head.length; length++) {
      const taken = take(head.subarray(0, length), [3]);
      expect(taken).toMatchObject({ rest: undefined, isAnswer: false });
      expect(taken.head.length).toBe(ends.findLast((end) => end <= length));
    }
  });

  it('finds the same in garbage however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(definition, { maxLength: 6 }),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 4, 0xfe, 0xff)), { maxLength: 6 }),
        pieces,
        (columns, changes, sizes) => {
          const bytes = Buffer.concat([packets(Buffer.from([columns.length])), ...columns, endPacket]);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const whole = take(bytes, [1e9]);
          const cut = take(bytes, sizes);
          expect(cut.isAnswer).toBe(whole.isAnswer);
          expect(cut.rest === undefined).toBe(whole.rest === undefined);
          if (!whole.isAnswer) expect(cut.head).toEqual(whole.head);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
