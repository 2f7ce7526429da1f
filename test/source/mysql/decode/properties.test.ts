import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../../../src/core/errors.js';
import type { Column } from '../../../../src/core/types.js';
import { createDecoder } from '../../../../src/source/mysql/decode/decoder.js';
import { canonicalColumn } from '../../postgres/decode/canonical.js';
import { check, describeColumn, tableOf } from '../../postgres/decode/random-tables.js';
import { counted } from './encode.js';
import { randomColumns, rowFrame } from './random-columns.js';

const strict = { misfit: 'fail', infinity: 'misfit' } as const;
const lenient = { misfit: 'null', infinity: 'misfit' } as const;

const table = tableOf(randomColumns, 20);

/** Decodes bytes that may be anything; gives the code of the refusal. */
function tryOut(columns: readonly Column[], bytes: Uint8Array, policy: typeof strict | typeof lenient): string {
  const decoder = createDecoder(columns, policy);
  try {
    decoder.add(bytes, 0, bytes.length);
  } catch (error) {
    expect(error).toBeInstanceOf(TidemarkError);
    const { code } = error as TidemarkError;
    expect(code).toMatch(policy === strict ? /^(source\.protocol|data\.misfit|data\.encoding)$/ : /^source\.protocol$/);
    return code;
  }
  const batch = decoder.finish();
  for (const [index, { type }] of columns.entries()) {
    expect(canonicalColumn(batch, index, type)).toHaveLength(batch.numRows);
  }
  return 'read';
}

describe('createDecoder', () => {
  it('gives back random rows of random columns', () => {
    fc.assert(
      fc.property(table, (sample) => {
        const decoder = createDecoder(sample.columns, strict);
        const frames = Buffer.concat(sample.rows.map(rowFrame));
        decoder.add(frames, 0, frames.length);
        check(decoder.finish(), sample);
      }),
      { numRuns: 250 },
    );
  });

  it('gives the same however the frames are handed over, whatever was decoded before, from memory of either kind', () => {
    fc.assert(
      fc.property(table, fc.infiniteStream(fc.integer({ min: 0, max: 7 })), fc.boolean(), (sample, cuts, shared) => {
        const decoder = createDecoder(sample.columns, strict);
        const frames = sample.rows.map(rowFrame);
        const together = Buffer.concat(frames);
        decoder.add(together, 0, together.length);
        decoder.finish();
        for (let from = 0; from < frames.length;) {
          const to = Math.min(frames.length, from + cuts.next().value!);
          const bytes = Buffer.concat([Buffer.from('xyz'), ...frames.slice(from, to), Buffer.from([0xfe])]);
          const target = new Uint8Array(shared ? new SharedArrayBuffer(bytes.length) : new ArrayBuffer(bytes.length));
          target.set(bytes);
          decoder.add(target, 3, bytes.length - 1);
          from = to;
        }
        check(decoder.finish(), sample);
      }),
      { numRuns: 120 },
    );
  });

  it('has a place for the NULL of every column of wide tables', () => {
    for (const count of [1, 5, 6, 7, 13, 14, 15, 300]) {
      const columns = Array.from({ length: count }, (_, i) => describeColumn(randomColumns[i % 3]!, i));
      const bytes = columns.map(({ wire }) => ({ bytes: Buffer.alloc(Number(wire.at(-1)), 0), text: '0' }));
      const rows = columns.map((_, missing) => bytes.map((field, i) => (i === missing ? null : field)));
      const decoder = createDecoder(columns, strict);
      const frames = Buffer.concat(rows.map(rowFrame));
      decoder.add(frames, 0, frames.length);
      check(decoder.finish(), { columns, rows });
    }
  });

  it('takes lengths in longer forms than they need', () => {
    const columns = [describeColumn({ wire: 'text', type: { kind: 'text' } })];
    const forms = [undefined, 0xfc, 0xfd, 0xfe] as const;
    const rows = ['', 'x', 'é'.repeat(125)].flatMap((text) =>
      forms.map((form) => [{ bytes: counted(Buffer.from(text), form), text }]),
    );
    const decoder = createDecoder(columns, strict);
    const frames = Buffer.concat(rows.map(rowFrame));
    decoder.add(frames, 0, frames.length);
    check(decoder.finish(), { columns, rows });
  });

  it.each([16, 17])('takes a row of %d MiB, as the receiver makes it of several packets', (mebibytes) => {
    const columns = ['binary', 'int4'].map((wire, i) =>
      describeColumn({ wire, type: i === 0 ? { kind: 'binary' } : { kind: 'int', bits: 32 } }, i),
    );
    const value = Buffer.alloc(mebibytes * 1024 * 1024, 'abc');
    const payload = Buffer.concat([Buffer.from([0, 0]), counted(value), Buffer.from([9, 0, 0, 0])]);
    const head = Buffer.from([0xff, 0xff, 0xff, 3, 0, 0, 0, 0]);
    head.writeUInt32LE(payload.length, 4);
    const small = rowFrame([null, { bytes: Buffer.from([8, 0, 0, 0]) }]);
    const frames = Buffer.concat([small, head, payload, small]);
    const decoder = createDecoder(columns, strict);
    decoder.add(frames, 0, frames.length);
    const batch = decoder.finish();
    expect(canonicalColumn(batch, 1, columns[1]!.type)).toEqual(['8', '9', '8']);
    const { values, valueOffsets } = batch.data.children[0]!;
    expect([...valueOffsets]).toEqual([0, 0, value.length, value.length]);
    expect(value.equals(values as Uint8Array)).toBe(true);
  });
});

describe('garbled bytes', () => {
  const changes = fc.array(
    fc.tuple(fc.nat(), fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(252, 253, 254))),
    {
      minLength: 1,
      maxLength: 4,
    },
  );

  it('are named as what is wrong with them, or read as what they now say; nothing else', () => {
    const outcomes: Record<string, number> = {};
    fc.assert(
      fc.property(
        table,
        changes,
        fc.option(fc.nat()),
        fc.constantFrom(strict, lenient),
        (sample, list, cut, policy) => {
          let frames = Buffer.concat(sample.rows.map(rowFrame));
          if (frames.length === 0) return;
          for (const [at, value] of list) frames[at % frames.length] = value;
          if (cut !== null) frames = frames.subarray(0, cut % frames.length);
          const outcome = tryOut(sample.columns, frames, policy);
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        },
      ),
      { numRuns: 800 },
    );
    for (const outcome of ['read', 'source.protocol']) expect(outcomes[outcome], outcome).toBeGreaterThan(20);
  });

  it('of one column of each kind, at every place, are that too', () => {
    for (const kind of randomColumns) {
      const columns = [describeColumn(kind)];
      const fields = fc.sample(kind.field, { numRuns: 2, seed: 3 }).filter(({ bytes }) => bytes.length < 60);
      for (const field of fields) {
        const frame = rowFrame([field]);
        for (let at = 0; at < frame.length; at++) {
          for (const value of [0, 1, 0x2d, 0x2e, 0x39, 0x80, 0xfc, 0xfe, 0xff]) {
            const garbled = Buffer.from(frame);
            garbled[at] = value;
            tryOut(columns, garbled, lenient);
          }
        }
      }
    }
  });

  it('that are random fields of a sound row are that too', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...randomColumns), { minLength: 1, maxLength: 4 }),
        fc.uint8Array({ maxLength: 80 }),
        fc.constantFrom(strict, lenient),
        (kinds, bytes, policy) => {
          tryOut(kinds.map(describeColumn), rowFrame([{ bytes: Buffer.from(bytes) }]), policy);
          tryOut(kinds.map(describeColumn), bytes, policy);
        },
      ),
      { numRuns: 4000 },
    );
  });

  it.each([
    ['an integer past int64', { wire: 'uint8', type: { kind: 'int', bits: 64 } }, '0000000000000080', 'data.misfit'],
    ['a 2 for a truth', { wire: 'int1', type: { kind: 'bool' } }, '02', 'data.misfit'],
    ['a -1 for a truth', { wire: 'int1', type: { kind: 'bool' } }, 'ff', 'data.misfit'],
    ['half a character', { wire: 'text', type: { kind: 'text' } }, '01c3', 'data.encoding'],
    ['a surrogate', { wire: 'json', type: { kind: 'json' } }, '03eda080', 'data.encoding'],
  ] as const)('that are %s are named as that, or NULL', (_, kind, hex, code) => {
    const columns = [describeColumn(kind)];
    const good = fc.sample(
      randomColumns.find(({ wire, type }) => wire === kind.wire && type.kind === kind.type.kind)!.field,
      1,
    );
    const frames = Buffer.concat(
      [good[0]!, { bytes: Buffer.from(hex, 'hex') }, null, good[0]!].map((field) => rowFrame([field])),
    );
    expect(tryOut(columns, frames, strict)).toBe(code);
    const decoder = createDecoder(columns, lenient);
    decoder.add(frames, 0, frames.length);
    const values = canonicalColumn(decoder.finish(), 0, kind.type);
    expect([values, decoder.misfits().nulled]).toEqual([[good[0]!.text, null, null, good[0]!.text], [1]]);
  });

  it('that are a row cut short are refused at every place', () => {
    const columns = randomColumns.map(describeColumn);
    const row = fc.sample(fc.tuple(...randomColumns.map(({ field }) => field)), { numRuns: 1, seed: 1 })[0]!;
    const frame = rowFrame(row);
    for (let length = 1; length < frame.length; length++) {
      expect(tryOut(columns, frame.subarray(0, length), strict), `${length}`).toBe('source.protocol');
      // Also where the packet's own length is as short.
      if (length < 5) continue;
      const shorter = Buffer.from(frame.subarray(0, length));
      shorter.writeUIntLE(length - 4, 0, 3);
      expect(tryOut(columns, shorter, lenient), `${length}`).toBe('source.protocol');
    }
  });

  it.each([
    ['a packet that is no row', { wire: 'int1', type: { kind: 'int', bits: 16 } }, '010000 07'],
    ['a field that goes on after the row', { wire: 'text', type: { kind: 'text' } }, '0000 05 6161'],
    ['bytes after the last field', { wire: 'int1', type: { kind: 'int', bits: 16 } }, '0000 07 08'],
    ['a length of nothing', { wire: 'text', type: { kind: 'text' } }, '0000 fb'],
    ['a length of ff', { wire: 'text', type: { kind: 'text' } }, '0000 ff 0000000000000000'],
    ['a length of 2^64 − 1', { wire: 'text', type: { kind: 'text' } }, '0000 fe ffffffffffffffff'],
    ['a length of 2^32', { wire: 'binary', type: { kind: 'binary' } }, '0000 fe 0000000001000000'],
    [
      'a decimal without digits',
      { wire: 'decimal', type: { kind: 'decimal', precision: 5, scale: 1 } },
      '0000 02 2d2e',
    ],
    ['bits of nine bytes', { wire: 'bits', type: { kind: 'int', bits: 64 } }, '0000 09 010203040506070809'],
    ['bits of none', { wire: 'bits', type: { kind: 'int', bits: 64 } }, '0000 00'],
    ['more bits than an int64 has', { wire: 'bits', type: { kind: 'int', bits: 64 } }, '0000 08 8000000000000000'],
    ['a date of five bytes', { wire: 'date', type: { kind: 'date' } }, '0000 05 e8 07 01 01 01'],
    ['a short geometry', { wire: 'geometry', type: { kind: 'binary' } }, '0000 08 00000000 01 010000'],
    ['a big-endian geometry', { wire: 'geometry', type: { kind: 'binary' } }, '0000 09 00000000 00 00000001'],
    [
      'a UUID with a space in it',
      { wire: 'uuid-text', type: { kind: 'uuid' } },
      `0000 24 ${'61'.repeat(23)}20${'61'.repeat(12)}`,
    ],
    ['a UUID without hyphens', { wire: 'uuid-text', type: { kind: 'uuid' } }, `0000 24 ${'61'.repeat(36)}`],
    ['a short UUID', { wire: 'uuid-text', type: { kind: 'uuid' } }, '0000 01 61'],
  ] as const)('such as %s are refused', (_, kind, hex) => {
    const payload = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    const head = Buffer.from([payload.length, 0, 0, 0]);
    expect(tryOut([describeColumn(kind)], Buffer.concat([head, payload]), lenient)).toBe('source.protocol');
  });
});
