import { CodeTable } from './code-table.js';
import type { CodeBuffers, DictionaryLimits, Distinct } from './distinct.js';
import { mostDistinct, samplePositions } from './sample.js';
import type { Scratch } from './scratch.js';

interface Pairs {
  /** Low and high words in turn. */
  readonly words: Int32Array;
  /** Of pairs. */
  readonly count: number;
}

/** The distinct values of 64-bit pairs of words. */
export function buildPairDictionary(
  words: Int32Array,
  count: number,
  limits: DictionaryLimits,
  scratch: Scratch,
): Distinct | undefined {
  const sample = sampleOf({ words, count }, scratch);
  const into = {
    codes: scratch.int32('codes', count),
    first: scratch.int32('first', Math.max(limits.entries, sample.count)),
  };
  const distinct = hashPairs(sample, new CodeTable(scratch), sample.count, into);
  if (distinct > sample.count * mostDistinct.longer) return undefined;
  const size = hashPairs({ words, count }, new CodeTable(scratch), limits.entries, into);
  return size < 0 ? undefined : { size, ...into };
}

function sampleOf({ words, count }: Pairs, scratch: Scratch): Pairs {
  const positions = samplePositions(count, scratch);
  const own = scratch.int32('seen', positions.length * 2);
  for (let i = 0; i < positions.length; i++) {
    own[2 * i] = words[2 * positions[i]!]!;
    own[2 * i + 1] = words[2 * positions[i]! + 1]!;
  }
  return { words: own, count: positions.length };
}

function keyOf(low: number, high: number): number {
  const mixed = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** Equal keys are settled by comparing the pairs. Gives how many distinct ones there are; −1 where there are more than `most`. */
function hashPairs({ words, count }: Pairs, table: CodeTable, most: number, { codes, first }: CodeBuffers): number {
  let { slots, mask } = table;
  let size = 0;
  for (let i = 0; i < count; i++) {
    const low = words[2 * i]!;
    const high = words[2 * i + 1]!;
    const key = keyOf(low, high);
    let at = table.begin(key);
    let code = slots[at + 1]!;
    while (code !== 0) {
      if (slots[at] === key) {
        const known = first[code - 1]! * 2;
        if (words[known] === low && words[known + 1] === high) break;
      }
      at = (at + 2) & mask;
      code = slots[at + 1]!;
    }
    if (code === 0) {
      if (size === most) return -1;
      first[size++] = i;
      code = table.add(at, key);
      ({ slots, mask } = table);
    }
    codes[i] = code - 1;
  }
  return size;
}
