import { makeData, Utf8, type Data } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textBounds } from '../../../src/core/arrow/text-bounds.js';
import { textsAtEnds } from '../../../src/core/arrow/text-extremes.js';

/** Texts of few letters, zeros among them, which begin alike and are as long as words are, and some that are longer. */
const letters = fc.constantFrom('\0', 'a', 'b', 'ü', '\u{10ffff}');
const beginnings = fc.constantFrom('', 'a', 'aaaaaaa', 'aaaaaaaa', 'DELIVER IN PERSON', 'x'.repeat(70));
const texts = fc
  .tuple(beginnings, fc.array(letters, { maxLength: 10 }))
  .map(([beginning, others]) => beginning + others.join(''));

function dataOf(values: readonly string[]): Data<Utf8> {
  const bytes = values.map((value) => Buffer.from(value));
  const valueOffsets = new Int32Array(values.length + 1);
  for (const [index, value] of bytes.entries()) valueOffsets[index + 1] = valueOffsets[index]! + value.length;
  return makeData({ type: new Utf8(), length: values.length, nullCount: 0, valueOffsets, data: Buffer.concat(bytes) });
}

/** Where they stand, in room for more. */
const positions = (chosen: readonly number[]): Int32Array => Int32Array.of(...chosen, 1_000_000);

/** The smallest and the largest of the texts at some positions. */
function endsOf(values: readonly string[], at: readonly number[]): readonly [string, string] {
  const sorted = at.map((index) => Buffer.from(values[index]!)).toSorted(Buffer.compare);
  return [sorted[0]!.toString(), sorted.at(-1)!.toString()];
}

describe('the smallest and the largest of texts', () => {
  it('are among those that are told, whatever they are like', () => {
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 300 }), fc.nat(3), (values, every) => {
        const chosen = [...values.keys()].filter((index) => index % (every + 1) === 0);
        const at = every === 0 ? undefined : positions(chosen);
        const found = textsAtEnds({ data: dataOf(values), at, count: chosen.length });
        expect(found.every((index) => chosen.includes(index))).toBe(true);
        expect(endsOf(values, [...found])).toEqual(endsOf(values, chosen));
        const bounds = textBounds({ data: dataOf(values), at, count: chosen.length });
        const [least] = endsOf(values, chosen);
        if (bounds !== 'unknown' && Buffer.byteLength(least) < 64)
          expect(Buffer.from(bounds.min as Uint8Array).toString()).toBe(least);
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, readonly string[]]>([
    ['more than are looked at together', Array.from({ length: 10_000 }, (_, i) => `word ${(i * 7919) % 10_007}`)],
    ['large ones', Array.from({ length: 200 }, (_, i) => `${'x'.repeat(20_000)}${(i * 31) % 211}`)],
    ['the same all over', Array.from({ length: 5000 }, () => 'COLLECT COD')],
    ['empty ones', Array.from({ length: 100 }, () => '')],
  ])('are found of %s', (_, values) => {
    const all = [...values.keys()];
    for (const chosen of [all, all.filter((index) => index % 3 === 1)]) {
      const at = chosen === all ? undefined : positions(chosen);
      const data = dataOf(values);
      expect(endsOf(values, [...textsAtEnds({ data, at, count: chosen.length })])).toEqual(endsOf(values, chosen));
      const bounds = textBounds({ data, at, count: chosen.length });
      const [least, most] = endsOf(values, chosen);
      if (bounds === 'unknown') throw new Error('every one of these has a text above it');
      expect(Buffer.compare(bounds.min as Uint8Array, Buffer.from(least))).toBeLessThanOrEqual(0);
      expect(Buffer.compare(bounds.max as Uint8Array, Buffer.from(most))).toBeGreaterThanOrEqual(0);
      if (least.length < 64) expect(Buffer.from(bounds.min as Uint8Array).toString()).toBe(least);
    }
  });
});
