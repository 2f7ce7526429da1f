import { DataType, DateUnit, type Field, TimeUnit } from 'apache-arrow';
import type { Bound, Bounds } from '../../../core/facts.js';
import { boundValue } from './bounds.js';
import type { ChunkMeta } from '../pages/written-pages.js';
import type { Leaf } from '../schema/schema.js';

/**
 * The bounds that the encoder has looked for, in the form of facts: the same as `boundsFinder` finds, without looking at every value
 * once more. For columns that it finds bounds of.
 */
export function knownBounds(chunk: ChunkMeta, leaf: Leaf, { type }: Field<DataType>): Bounds | 'unknown' | undefined {
  const { bounds } = chunk;
  if (bounds === undefined) return leaf.order === 'bytes' && chunk.nulls < chunk.slots ? 'unknown' : undefined;
  const value = factsBound(leaf, type);
  return { min: value(bounds.min), max: value(bounds.max) };
}

/** From the bytes of a bound in the file to the form that facts have. */
export function factsBound({ order }: Pick<Leaf, 'order'>, type: DataType): (bytes: Uint8Array) => Bound {
  const inUnit = unitOf(type);
  return (bytes) => {
    const bound = boundValue(bytes, order);
    if (bound instanceof Uint8Array) return bound;
    return DataType.isDecimal(type) ? BigInt(bound) : inUnit(bound);
  };
}

/** From the unit of the file to Arrow's: Parquet has neither seconds nor dates in milliseconds. */
function unitOf(type: DataType): (bound: number | bigint) => number | bigint {
  if ((DataType.isTime(type) || DataType.isTimestamp(type)) && type.unit === TimeUnit.SECOND) {
    return (bound) => (typeof bound === 'bigint' ? bound / 1000n : bound / 1000);
  }
  if (DataType.isDate(type) && type.unit === DateUnit.MILLISECOND) return (bound) => BigInt(bound) * 86_400_000n;
  return (bound) => bound;
}
