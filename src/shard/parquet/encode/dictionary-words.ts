import { wordExtremes } from '../../../core/arrow/extremes.js';
import { CodeTable } from './code-table.js';
import type { CodeBuffers, DictionaryLimits, Distinct } from './distinct.js';
import { mostDistinct, samplePositions } from './sample.js';
import type { Scratch } from './scratch.js';

/** A range of values at most this wide is looked up in a table, without hashing. */
const widestRange = 65_536;

interface Words {
  readonly words: Int32Array;
  readonly count: number;
}

/** The distinct values of 32-bit words. */
export function buildWordDictionary(
  words: Int32Array,
  count: number,
  limits: DictionaryLimits,
  scratch: Scratch,
): Distinct | undefined {
  const values = { words, count };
  const { min, max } = wordExtremes(words, 0, count);
  const range = max - min + 1;
  const codes = scratch.int32('codes', count);
  const direct = range <= widestRange && range <= count;
  if (!direct && sampleIsHopeless(values, codes, scratch)) return undefined;
  const into = { codes, first: scratch.int32('first', limits.entries) };
  const size = direct
    ? lookUp(values, scratch.int32('table', range).fill(-1, 0, range), { min, most: limits.entries }, into)
    : hashWords(values, new CodeTable(scratch), limits.entries, into);
  return size < 0 ? undefined : { size, ...into };
}

/** A table of codes by value. Gives how many distinct ones there are; −1 where there are more than `most`. */
function lookUp(
  { words, count }: Words,
  table: Int32Array,
  { min, most }: { readonly min: number; readonly most: number },
  { codes, first }: CodeBuffers,
): number {
  let size = 0;
  for (let i = 0; i < count; i++) {
    const slot = words[i]! - min;
    let code = table[slot]!;
    if (code < 0) {
      if (size === most) return -1;
      first[size] = i;
      table[slot] = code = size++;
    }
    codes[i] = code;
  }
  return size;
}

function sampleIsHopeless({ words, count }: Words, codes: Int32Array, scratch: Scratch): boolean {
  const positions = samplePositions(count, scratch);
  const sampled = positions.length;
  const sample = scratch.int32('seen', sampled);
  for (let i = 0; i < sampled; i++) sample[i] = words[positions[i]!]!;
  const into = { codes, first: scratch.int32('first', sampled) };
  const distinct = hashWords({ words: sample, count: sampled }, new CodeTable(scratch), sampled, into);
  return distinct > sampled * mostDistinct.words;
}

/** The key is the word itself. Gives how many distinct ones there are; −1 where there are more than `most`. */
function hashWords({ words, count }: Words, table: CodeTable, most: number, { codes, first }: CodeBuffers): number {
  let { slots, mask } = table;
  let size = 0;
  for (let i = 0; i < count; i++) {
    const word = words[i]!;
    let at = table.begin(word);
    let code = slots[at + 1]!;
    while (code !== 0 && slots[at] !== word) {
      at = (at + 2) & mask;
      code = slots[at + 1]!;
    }
    if (code === 0) {
      if (size === most) return -1;
      first[size++] = i;
      code = table.add(at, word);
      ({ slots, mask } = table);
    }
    codes[i] = code - 1;
  }
  return size;
}
