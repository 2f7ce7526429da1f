import type { Kind, Value } from '../kind.js';

/** The oracle of minima and maxima: the smallest and the largest value by the order that the format gives the type. */
export interface Extremes {
  readonly min: Value;
  readonly max: Value;
}

/** Undefined where nothing can be compared: only NULL or NaN. */
export function extremesOf(kind: Kind, values: readonly Value[]): Extremes | undefined {
  const comparable = values.filter((value) => value !== null && !Number.isNaN(value));
  if (comparable.length === 0) return undefined;
  const sorted = [...comparable].sort((a, b) => compare(kind, a, b));
  return { min: sorted[0]!, max: sorted[sorted.length - 1]! };
}

export function compare(kind: Kind, a: Value, b: Value): number {
  if (isBytes(kind)) return Buffer.compare(bytesOf(a), bytesOf(b));
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}

export function isBytes(kind: Kind): boolean {
  const of = kind.kind === 'dictionary' ? kind.of.kind : kind.kind;
  return ['text', 'json', 'large-text', 'text-view', 'binary', 'large-binary', 'uuid', 'fixed'].includes(of);
}

export function bytesOf(value: Value): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array);
}

/** A bound's bytes as a value, by the physical type that the format prescribes for the kind. */
export function boundOf(kind: Kind, bytes: Uint8Array): Value {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (isBytes(kind)) return bytes;
  if (kind.kind === 'bool') return bytes[0] === 1;
  if (kind.kind === 'float') return kind.bits === 32 ? view.getFloat32(0, true) : view.getFloat64(0, true);
  if (kind.kind === 'decimal' && kind.precision > 18) {
    return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
  }
  const unsigned = kind.kind === 'uint';
  if (bytes.length === 4) return BigInt(unsigned ? view.getUint32(0, true) : view.getInt32(0, true));
  return unsigned ? view.getBigUint64(0, true) : view.getBigInt64(0, true);
}
