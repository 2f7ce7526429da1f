import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MisfitError } from '../../../../src/core/misfit-error.js';
import { createDecoder } from '../../../../src/source/postgres/decode/decoder.js';
import { canonicalColumn } from './canonical.js';
import { decimal, type Field, type RandomColumn, rowFrame } from './random-columns.js';
import * as random from './random-nested.js';
import { describeColumn, type Table, tableOf } from './random-tables.js';

/** The text of what does not fit; it stays visible in the text of what it is a part of. */
const marker = '<misfit>';
const isMisfit = (field: Field | null | undefined): boolean => field?.text.includes(marker) ?? false;

/** A column some of whose values do not fit. */
function spoiled(column: RandomColumn, ...hex: readonly string[]): RandomColumn {
  const misfits = hex.map((bytes) => ({ bytes: Buffer.from(bytes, 'hex'), text: marker }));
  return { ...column, field: fc.oneof({ weight: 9, arbitrary: column.field }, fc.constantFrom(...misfits)) };
}

const { arrayOf, recordOf, rangeOf, multirangeOf, int4 } = random;
const date = spoiled(random.date, '7fffffff', '80000000');
const time = spoiled(random.time, (86_400_000_000).toString(16).padStart(16, '0'));
const text = spoiled(random.uncheckedText, 'ff', 'e282');
const number = spoiled(decimal(7, 7), '00000000c0000000', '0001000000000000270f');
const interval = spoiled(random.interval, '7fffffffffffffff7fffffff7fffffff', '80000000000000008000000080000000');
const element = random.typeId.toString(16);
const grid = `0000000200000000${element}0000000100000001000000010000000100000004000000ff`;
const fromZero = `0000000100000000${element}000000010000000000000004000000ff`;
const array = spoiled(arrayOf(int4), grid, fromZero);

const columns: readonly RandomColumn[] = [
  ...[date, time, text, number, interval, rangeOf(date), multirangeOf(date), recordOf(date, array)].map(arrayOf),
  ...[recordOf(date, int4, text), recordOf(arrayOf(recordOf(array, text)), rangeOf(number)), rangeOf(time)],
  ...[multirangeOf(number), array, interval, arrayOf(recordOf(array))],
];
const lenient = { misfit: 'null', infinity: 'misfit' } as const;

/** Rows whose value has a part that does not fit are NULL and counted once; others are what they were. */
function checkSpoiled({ columns, rows }: Table, decoder: ReturnType<typeof createDecoder>): void {
  const frames = Buffer.concat(rows.map(rowFrame));
  decoder.add(frames, 0, frames.length);
  const batch = decoder.finish();
  const nulled = columns.map((_, index) => rows.filter((row) => isMisfit(row[index])).length);
  expect(decoder.misfits()).toEqual({ nulled, extreme: columns.map(() => 0) });
  for (const [index, { type }] of columns.entries()) {
    const expected = rows.map((row) => (isMisfit(row[index]) ? null : (row[index]?.text ?? null)));
    expect(canonicalColumn(batch, index, type)).toEqual(expected);
  }
}

describe('parts that do not fit', () => {
  it('make NULL of the whole value, and of no other', () => {
    let spoiledTables = 0;
    fc.assert(
      fc.property(tableOf(columns), (sample) => {
        if (sample.rows.some((row) => row.some(isMisfit))) spoiledTables++;
        const decoder = createDecoder(sample.columns, lenient);
        for (let round = 0; round < 2; round++) checkSpoiled(sample, decoder);
        checkSpoiled({ ...sample, rows: sample.rows.slice(0, 3) }, decoder);
      }),
      { numRuns: 250 },
    );
    expect(spoiledTables).toBeGreaterThan(100);
  });

  it('are found in the right row over many blocks', () => {
    for (const [seed, column] of columns.entries()) {
      const some = fc.sample(fc.option(column.field), { numRuns: 12, seed });
      const rows = Array.from({ length: 5000 }, (_, i) => [some[(i * i + 3 * i) % 12]!]);
      checkSpoiled({ columns: [describeColumn(column, 0)], rows }, createDecoder([describeColumn(column, 0)], lenient));
    }
  });

  it.each([0, 2047, 2048, 2049, 5999])('spoil their own array alone, where they are number %i of 6,000', (place) => {
    const one: Field = { bytes: random.int32(0), text: '2000-01-01' };
    const misfit: Field = { bytes: Buffer.from('7fffffff', 'hex'), text: marker };
    const long = Array.from({ length: 6000 }, (_, i) => (i % 5 === 4 ? null : one));
    const other = random.arrayField(long);
    const bad = random.arrayField(long.with(place, misfit));
    const empty = random.arrayField([]);
    const rows = [other, empty, null, bad, empty, other, null, bad].map((field) => [field]);
    const column = describeColumn(arrayOf(random.date), 0);
    checkSpoiled({ columns: [column], rows }, createDecoder([column], lenient));
  });

  it('stop the run at a row that has one', () => {
    fc.assert(
      fc.property(tableOf(columns), ({ columns, rows }) => {
        const decoder = createDecoder(columns, { misfit: 'fail', infinity: 'misfit' });
        const frames = Buffer.concat(rows.map(rowFrame));
        if (!rows.some((row) => row.some(isMisfit))) return decoder.add(frames, 0, frames.length);
        try {
          decoder.add(frames, 0, frames.length);
        } catch (error) {
          if (!(error instanceof MisfitError)) throw error;
          expect(isMisfit(rows[error.row]![error.column])).toBe(true);
          return;
        }
        throw new Error('nothing was found');
      }),
      { numRuns: 150 },
    );
  });

  it('are kept and counted one by one where infinities become extremes', () => {
    const column = describeColumn(arrayOf(random.date), 0);
    const infinities = ['7fffffff', '80000000'].map((hex) => ({ bytes: Buffer.from(hex, 'hex'), text: marker }));
    const frame = rowFrame([random.arrayField([...infinities, null])]);
    for (const [infinity, nulled, extreme] of [
      ['extreme', 0, 4],
      ['null', 2, 0],
    ] as const) {
      const decoder = createDecoder([column], { misfit: 'fail', infinity });
      for (let row = 0; row < 2; row++) decoder.add(frame, 0, frame.length);
      decoder.finish();
      expect(decoder.misfits()).toEqual({ nulled: [nulled], extreme: [extreme] });
    }
  });
});
