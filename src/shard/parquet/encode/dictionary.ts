import type { DictionaryLimits, Distinct } from './distinct.js';
import { buildSliceDictionary } from './dictionary-slices.js';
import { buildPairDictionary } from './dictionary-pairs.js';
import { buildWordDictionary } from './dictionary-words.js';
import { bitWidth } from './rle.js';
import type { Scratch } from './scratch.js';
import { plainSize, type Slices, type Values } from '../values/values.js';

/** The distinct values of a column chunk, in the order of their first occurrence, and each value's number among them. */
export interface Dictionary {
  readonly values: Values;
  /** At which position of the chunk's values each stands first. */
  readonly first: Int32Array;
  readonly codes: Int32Array;
  /** Bits of a code; at least 1. */
  readonly width: number;
}

/** A larger dictionary would not stay in the processor's cache, neither here nor in readers. */
const mostEntries = 32_768;
const mostBytes = 2 ** 20;

/** A dictionary of so few values is what readers are quickest with, however few bytes another encoding takes. */
const fewEntries = 256;

/**
 * A dictionary of the values, if one pays: it must not be too large, and with the codes take fewer bytes than `most`. Depends on
 * the values alone. A sample of them tells early where it is hopeless.
 * @param most bytes that another encoding takes; of few values, those of PLAIN count
 */
export function buildDictionary(values: Values, most: number, scratch: Scratch): Dictionary | undefined {
  const { count } = values;
  if (count < 2 || values.layout === 'bits' || (values.layout === 'fixed' && values.width === 0)) return undefined;
  const plain = plainSize(values, 0, count);
  const room = Math.max(fewEntries, Math.ceil((most * count) / plain));
  const limits = { entries: Math.min(mostEntries, Math.ceil(count / 2), room), bytes: mostBytes };
  const found = distinct(values, limits, scratch);
  if (found === undefined) return undefined;
  const entries = valuesAt(values, found, scratch);
  const width = Math.max(1, bitWidth(found.size - 1));
  const size = plainSize(entries, 0, found.size) + Math.ceil((count * width) / 8);
  if (size >= (found.size <= fewEntries ? plain : most)) return undefined;
  const { first, codes } = found;
  return { values: entries, first, codes, width };
}

function distinct(values: Values, limits: DictionaryLimits, scratch: Scratch): Distinct | undefined {
  switch (values.layout) {
    case 'words':
    case 'narrow':
      return buildWordDictionary(values.words, values.count, limits, scratch);
    case 'pairs':
      return buildPairDictionary(values.words, values.count, limits, scratch);
    case 'slices':
      return buildSliceDictionary(values, limits, scratch);
    case 'fixed':
      return buildSliceDictionary(asSlices(values.data, values.width, values.count, scratch), limits, scratch);
    case 'bits':
      return undefined;
  }
}

function asSlices(data: Uint8Array, width: number, count: number, scratch: Scratch): Slices {
  const starts = scratch.int32('starts', count);
  const ends = scratch.int32('ends', count);
  for (let i = 0; i < count; i++) {
    starts[i] = i * width;
    ends[i] = starts[i]! + width;
  }
  return { layout: 'slices', count, starts, ends, data, contiguous: true };
}

function valuesAt(values: Values, { first, size }: Distinct, scratch: Scratch): Values {
  const out = scratch.int32('dictionary', size * 2);
  switch (values.layout) {
    case 'words':
    case 'narrow':
      for (let i = 0; i < size; i++) out[i] = values.words[first[i]!]!;
      return { layout: values.layout, count: size, words: out };
    case 'pairs':
      for (let i = 0; i < size; i++) {
        out[2 * i] = values.words[2 * first[i]!]!;
        out[2 * i + 1] = values.words[2 * first[i]! + 1]!;
      }
      return { layout: 'pairs', count: size, words: out };
    case 'slices': {
      const ends = scratch.int32('dictionary-ends', size);
      for (let i = 0; i < size; i++) {
        out[i] = values.starts[first[i]!]!;
        ends[i] = values.ends[first[i]!]!;
      }
      return { layout: 'slices', count: size, starts: out, ends, data: values.data, contiguous: false };
    }
    case 'fixed': {
      const { width } = values;
      const data = scratch.bytes('dictionary', size * width);
      for (let i = 0; i < size; i++)
        data.set(values.data.subarray(first[i]! * width, (first[i]! + 1) * width), i * width);
      return { layout: 'fixed', count: size, width, data };
    }
    case 'bits':
      return values;
  }
}
