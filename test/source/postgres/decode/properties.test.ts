import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../../../src/core/errors.js';
import { createDecoder } from '../../../../src/source/postgres/decode/decoder.js';
import { canonicalColumn } from './canonical.js';
import { randomColumns, rowFrame } from './random-columns.js';
import { randomNested } from './random-nested.js';
import { randomScalars } from './random-scalars.js';
import { check, describeColumn, fingerprint, tableOf } from './random-tables.js';

const strict = { misfit: 'fail', infinity: 'misfit' } as const;

/** Columns, and how many times as many runs they get: nested values are made of many others. */
const groups = [
  { of: 'single values', from: randomColumns, times: 1 },
  { of: 'numbers of other kinds, and what becomes text', from: randomScalars, times: 0.5 },
  { of: 'values that are made of others', from: randomNested, times: 0.5 },
] as const;

describe.each(groups)('createDecoder, of $of', ({ from, times }) => {
  const table = tableOf(from);
  const runs = (count: number) => ({ numRuns: count * times });

  it('gives back random rows of random columns', () => {
    fc.assert(
      fc.property(table, (sample) => {
        const decoder = createDecoder(sample.columns, strict);
        const frames = Buffer.concat(sample.rows.map(rowFrame));
        decoder.add(frames, 0, frames.length);
        check(decoder.finish(), sample);
      }),
      runs(400),
    );
  });

  it('gives the same buffers however the frames are handed over, and whatever was decoded before', () => {
    fc.assert(
      fc.property(table, fc.infiniteStream(fc.integer({ min: 0, max: 7 })), fc.boolean(), (sample, cuts, shared) => {
        const whole = createDecoder(sample.columns, strict);
        const frames = sample.rows.map(rowFrame);
        const together = Buffer.concat(frames);
        whole.add(together, 0, together.length);
        const expected = fingerprint(whole.finish());
        // A second decoder, used before, gets a few frames at a time, at other places of other buffers.
        const pieces = createDecoder(sample.columns, strict);
        pieces.add(together, 0, together.length);
        pieces.finish();
        for (let from = 0; from < frames.length;) {
          const to = Math.min(frames.length, from + cuts.next().value!);
          const bytes = Buffer.concat([Buffer.from('xyz'), ...frames.slice(from, to), Buffer.from('d')]);
          const target = new Uint8Array(shared ? new SharedArrayBuffer(bytes.length) : new ArrayBuffer(bytes.length));
          target.set(bytes);
          pieces.add(target, 3, bytes.length - 1);
          from = to;
        }
        expect(fingerprint(pieces.finish())).toBe(expected);
      }),
      runs(200),
    );
  });

  it('uses its arrays again: a second row group is not touched by the first', () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 0, max: 40 }), (sample, kept) => {
        const decoder = createDecoder(sample.columns, strict);
        for (const rows of [sample.rows, sample.rows.slice(0, kept), sample.rows]) {
          const frames = Buffer.concat(rows.map(rowFrame));
          decoder.add(frames, 0, frames.length);
          check(decoder.finish(), { columns: sample.columns, rows });
        }
      }),
      runs(200),
    );
  });

  it('names what is wrong with garbled bytes, or reads them as what they now say; nothing else', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        table,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat()),
        (sample, changes, cut) => {
          let frames = Buffer.concat(sample.rows.map(rowFrame));
          if (frames.length === 0) return;
          for (const [at, value] of changes) frames[at % frames.length] = value;
          if (cut !== null) frames = frames.subarray(0, cut % frames.length);
          const decoder = createDecoder(sample.columns, strict);
          try {
            decoder.add(frames, 0, frames.length);
          } catch (error) {
            expect(error).toBeInstanceOf(TidemarkError);
            expect((error as TidemarkError).code).toMatch(
              /^(source\.protocol|source\.changed|data\.misfit|data\.encoding)$/,
            );
            refused++;
            return;
          }
          const batch = decoder.finish();
          for (const [index, { type }] of sample.columns.entries()) {
            expect(canonicalColumn(batch, index, type)).toHaveLength(batch.numRows);
          }
        },
      ),
      runs(1500),
    );
    expect(refused).toBeGreaterThan(300 * times);
  });

  it('refuses every cut of a frame', () => {
    const columns = from.map(describeColumn);
    const row = fc.sample(fc.tuple(...from.map(({ field }) => field)), { numRuns: 1, seed: 1 })[0]!;
    const frame = rowFrame(row);
    // A cut is found before anything is decoded, so one decoder can take them all.
    const decoder = createDecoder(columns, strict);
    for (let length = 1; length < frame.length; length++) {
      expect(() => decoder.add(frame, 0, length), `${length}`).toThrow(
        expect.objectContaining({ code: 'source.protocol' }) as Error,
      );
    }
  });
});
