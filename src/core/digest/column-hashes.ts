import { type Data, DataType, type Decimal, type Field, type Time, type Timestamp } from 'apache-arrow';
import { type Bitmap, validity } from '../arrow/bitmap.js';
import { fractionDigits } from '../arrow/calendar.js';
import { bytesOf } from '../arrow/words.js';
import { hashByteValues } from './byte-values.js';
import { childrenOf, kindOf } from './kinds.js';
import { type Address, bytesOfHash, type DigestKernel, nowhere } from './kernel.js';
import { occurrences, type Place, seedsOf } from './seeds.js';

/**
 * Hashes `count` values from `from`: 16 bytes each in the kernel's memory, zeros for NULL. The data is plain
 * ({@link import('../arrow/plain-data.js').plainData}). All that is reserved stays so.
 */
export type ColumnHasher = (data: Data, from: number, count: number) => Address;

/** Writes the hashes of values to `out`; what it writes for NULLs counts for nothing. */
type HashValues = (data: Data, from: number, count: number, out: Address) => void;

/** How the values of a field are hashed (docs/digest.md, "Values"). @throws source.unsupported */
export function columnHasher(
  kernel: DigestKernel,
  field: Field,
  where: Pick<Place, 'place' | 'occurrence' | 'name'>,
): ColumnHasher {
  const seeds = kernel.copyIn(seedsOf({ ...where, kind: kindOf(field) }));
  const hash = valuesHasher(kernel, field, seeds);
  return (data, from, count) => {
    const out = kernel.reserve(count * bytesOfHash);
    const mark = kernel.mark;
    hash(data, from, count, out);
    const valid = validity(data);
    if (valid !== undefined) dropNulls(kernel, { ...valid, offset: valid.offset + from }, count, out);
    kernel.release(mark);
    return out;
  };
}

/** Hashers of fields that stand beside each other and are told apart by their names. */
export function fieldHashers(
  kernel: DigestKernel,
  fields: readonly Field[],
  place: 'column' | 'field',
): readonly ColumnHasher[] {
  const names = fields.map(({ name }) => name);
  const counts = occurrences(names);
  return fields.map((field, i) => columnHasher(kernel, field, { place, name: names[i]!, occurrence: counts[i]! }));
}

function valuesHasher(kernel: DigestKernel, field: Field, seeds: Address): HashValues {
  const { functions } = kernel;
  switch (kindOf(field)) {
    case 'bool':
      return ({ values, offset }, from, count, out) => {
        const bits = copyBits(kernel, values as Uint8Array, offset + from, count);
        functions.hashBits(seeds, bits.at, bits.first, count, out);
      };
    case 'number':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'instant':
      return (data, from, count, out) => {
        const type = data.type as DataType;
        const { at, width } = copyValues(kernel, data, from, count);
        const scale = scaleOf(type);
        if (scale === 0 && width <= 8) functions.hashIntegers(seeds, at, width, count, out);
        else functions.hashScaled(seeds, at, width, BigInt(scale), count, out);
      };
    case 'float':
      return (data, from, count, out) => {
        const { at, width } = copyValues(kernel, data, from, count);
        functions.hashFloats(seeds, at, width, count, out);
      };
    case 'text':
    case 'json':
    case 'binary':
      return (data, from, count, out) => hashByteValues(kernel, { data, from, count }, seeds, out);
    case 'uuid':
      return (data, from, count, out) =>
        functions.hashPairs(seeds, copyValues(kernel, data, from, count).at, count, out);
    case 'interval':
      return (data, from, count, out) =>
        functions.hashIntervals(seeds, copyValues(kernel, data, from, count).at, count, out);
    case 'list':
      return listHasher(kernel, columnHasher(kernel, childrenOf(field)[0]!, { place: 'element' }), (...of) =>
        functions.hashLists(seeds, ...of),
      );
    case 'map':
      return listHasher(kernel, entryHasher(kernel, field), (...of) => functions.hashMaps(seeds, ...of));
    case 'struct':
      return structHasher(kernel, childrenOf(field), seeds);
  }
}

function structHasher(kernel: DigestKernel, fields: readonly Field[], seeds: Address): HashValues {
  const hashers = fieldHashers(kernel, fields, 'field');
  return (data, from, count, out) => {
    const sums = kernel.reserveZeros(count * bytesOfHash);
    for (const [i, hasher] of hashers.entries()) {
      const mark = kernel.mark;
      kernel.functions.addToRows(hasher(data.children[i]!, from, count), sums, nowhere, count);
      kernel.release(mark);
    }
    kernel.functions.hashPairs(seeds, sums, count, out);
  };
}

/** An entry of a map is a struct of its key and its value, and never NULL. */
function entryHasher(kernel: DigestKernel, map: Field): ColumnHasher {
  const seeds = kernel.copyIn(seedsOf({ place: 'entry', kind: 'struct' }));
  const [key, value] = childrenOf(map).map((field, i) => field.clone({ name: i === 0 ? 'key' : 'value' }));
  const hash = structHasher(kernel, [key!, value!], seeds);
  return (data, from, count) => {
    const out = kernel.reserve(count * bytesOfHash);
    hash(data, from, count, out);
    return out;
  };
}

function listHasher(
  kernel: DigestKernel,
  hashElements: ColumnHasher,
  hash: (offsets: Address, elements: Address, count: number, out: Address) => void,
): HashValues {
  return (data, from, count, out) => {
    const offsets = (data.valueOffsets as Int32Array).subarray(from, from + count + 1);
    const first = offsets[0]!;
    const elements = hashElements(data.children[0]!, first, offsets[count]! - first);
    hash(kernel.copyIn(bytesOf(offsets)), elements - first * bytesOfHash, count, out);
  };
}

function dropNulls(kernel: DigestKernel, valid: Bitmap, count: number, out: Address): void {
  const bits = copyBits(kernel, valid.bits, valid.offset, count);
  kernel.functions.dropNulls(bits.at, bits.first, count, out);
}

function copyBits(
  kernel: DigestKernel,
  bits: Uint8Array,
  first: number,
  count: number,
): { readonly at: Address; readonly first: number } {
  return { at: kernel.copyIn(bits.subarray(first >> 3, (first + count + 7) >> 3)), first: first & 7 };
}

/** Copies values of a fixed width. */
function copyValues(
  kernel: DigestKernel,
  data: Data,
  from: number,
  count: number,
): { readonly at: Address; readonly width: number } {
  const values = data.values as Uint8Array;
  const width = values.BYTES_PER_ELEMENT * data.stride;
  return { at: kernel.copyIn(bytesOf(values).subarray(from * width, (from + count) * width)), width };
}

/** Digits after the point: of decimals, and of what is counted in parts of a second. */
function scaleOf(type: DataType): number {
  if (DataType.isDecimal(type)) return (type as Decimal).scale;
  if (!DataType.isTime(type) && !DataType.isTimestamp(type)) return 0;
  return fractionDigits[(type as Time | Timestamp).unit];
}
