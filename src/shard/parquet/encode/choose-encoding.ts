import type { ValueEncoding } from '../options.js';
import { Encoding } from '../thrift/enumerations.js';
import { plainSize, type Values, type Words } from '../values/values.js';
import { estimatedDeltaSize } from './delta.js';
import { buildDictionary, type Dictionary } from './dictionary.js';
import type { Scratch } from './scratch.js';

/** How the values of one column chunk are written. */
export interface ChosenEncoding {
  readonly encoding: (typeof Encoding)[keyof typeof Encoding];
  /** With RLE_DICTIONARY. */
  readonly dictionary: Dictionary | undefined;
}

/** Deltas are written where they are expected to take less than this share of the PLAIN values, … */
const deltaPays = 0.75;
/** … and of the dictionary, which readers look things up in. */
const deltaBeatsDictionary = 0.9;

/** What stands in docs/parquet.md, "How a column is written". Depends on the values alone. */
export function chooseEncoding(
  values: Values,
  settings: { readonly dictionary: boolean; readonly encoding: ValueEncoding },
  scratch: Scratch,
): ChosenEncoding {
  const plain = plainSize(values, 0, values.count);
  const delta = settings.encoding === 'auto' && isWords(values) ? estimatedDeltaSize(values) : Infinity;
  const pays = delta < plain * deltaPays;
  const most = pays ? delta / deltaBeatsDictionary : plain;
  const dictionary = settings.dictionary ? buildDictionary(values, most, scratch) : undefined;
  if (dictionary) return { encoding: Encoding.RLE_DICTIONARY, dictionary };
  const packed = settings.encoding === 'delta' || pays || values.layout === 'slices';
  return { encoding: packed && settings.encoding !== 'plain' ? deltaEncoding(values) : Encoding.PLAIN, dictionary };
}

function deltaEncoding(values: Values): ChosenEncoding['encoding'] {
  if (values.layout === 'slices') return Encoding.DELTA_LENGTH_BYTE_ARRAY;
  return isWords(values) ? Encoding.DELTA_BINARY_PACKED : Encoding.PLAIN;
}

export function isWords(values: Values): values is Words {
  return values.layout === 'words' || values.layout === 'pairs' || values.layout === 'narrow';
}
