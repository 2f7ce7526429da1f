import type { Order } from '../thrift/enumerations.js';

/**
 * The smallest and the largest of some values, as the bytes of Parquet's statistics (PLAIN, byte arrays without their
 * length). A bound that is not exact is a shortened byte array: not above the minimum, not below the maximum.
 */
export interface Bounds {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
  readonly minExact: boolean;
  readonly maxExact: boolean;
  /**
   * There are NaN besides, which the bounds leave out. Then the file must not have them: DuckDB and PostgreSQL hold NaN to be
   * the largest number, and a reader that does so and trusts the maximum would miss rows.
   */
  readonly nan: boolean;
}

/** A bound as something that compares with `<`, or as bytes. */
export function boundValue(bytes: Uint8Array, order: Order): number | bigint | Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (order) {
    case 'i32':
      return view.getInt32(0, true);
    case 'u32':
      return view.getUint32(0, true);
    case 'i64':
      return view.getBigInt64(0, true);
    case 'u64':
      return view.getBigUint64(0, true);
    case 'f32':
      return view.getFloat32(0, true);
    case 'f64':
      return view.getFloat64(0, true);
    case 'bool':
      return bytes[0]!;
    case 'twos-complement':
      return twosComplement(bytes);
    default:
      return bytes;
  }
}

/** Big-endian two's complement. */
export function twosComplement(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = value * 256n + BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

/** Negative where `a` comes before `b`, 0 where they are equal. */
export function compareBounds(a: Uint8Array, b: Uint8Array, order: Order): number {
  const x = boundValue(a, order);
  const y = boundValue(b, order);
  if (x instanceof Uint8Array || y instanceof Uint8Array) return Buffer.compare(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** The bounds of all values of which `parts` are bounds; undefined where one part has values but no bounds. */
export function mergeBounds(parts: readonly Bounds[], order: Order): Bounds | undefined {
  return parts.length === 0 ? undefined : parts.reduce((a, b) => merge(a, b, order));
}

function merge(a: Bounds, b: Bounds, order: Order): Bounds {
  const low = compareBounds(a.min, b.min, order);
  const high = compareBounds(a.max, b.max, order);
  return {
    min: low <= 0 ? a.min : b.min,
    max: high >= 0 ? a.max : b.max,
    minExact: low === 0 ? a.minExact || b.minExact : low < 0 ? a.minExact : b.minExact,
    maxExact: high === 0 ? a.maxExact || b.maxExact : high > 0 ? a.maxExact : b.maxExact,
    nan: a.nan || b.nan,
  };
}
