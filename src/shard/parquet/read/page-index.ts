import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import type { ReadableFile } from '../../../core/format.js';
import { fieldsOf } from '../thrift/fields-of.js';
import { readWhole } from './read-whole.js';

/** `parquet.thrift`, ColumnIndex: which pages have NULLs alone, the smallest and the largest values, how many NULLs. */
export interface ColumnIndex {
  readonly field_1: readonly boolean[];
  readonly field_2: readonly Uint8Array[];
  readonly field_3: readonly Uint8Array[];
  readonly field_5?: readonly bigint[];
}

/** `parquet.thrift`, OffsetIndex: where pages begin, how many bytes they have with their headers, and their first rows. */
export interface OffsetIndex {
  readonly field_1: readonly { readonly field_1: bigint; readonly field_2: number; readonly field_3: bigint }[];
}

/** A structure that lies in a file, with its fields by their ids; undefined: there is none. @throws Error where it cannot be read */
export async function readStructure<Structure>(
  file: ReadableFile,
  {
    offset = 0,
    length = 0,
    bytes,
  }: { readonly offset: bigint | number | undefined; readonly length: number | undefined; readonly bytes: number },
): Promise<Structure | undefined> {
  const [start, end] = [Number(offset), Number(offset) + length];
  if (start >= end || end > bytes) return undefined;
  return structureIn<Structure>(await readWhole(file, start, end));
}

/** @throws Error where the bytes are none */
export function structureIn<Structure>(buffer: ArrayBuffer): Structure {
  // The reader makes room for what a list claims before it looks whether that is there.
  fieldsOf(new Uint8Array(buffer));
  return deserializeTCompactProtocol({ view: new DataView(buffer), offset: 0 }) as Structure;
}
