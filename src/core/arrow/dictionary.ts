import { type Data, DataType } from 'apache-arrow';
import { bitAt, validity } from './bitmap.js';
import { dictionaryValues } from './plain-data.js';
import { take } from './take.js';

/** A column whose values stand once each. */
export interface DictionaryColumn {
  /** Plain, and none of them NULL. */
  readonly values: Data;
  /** By row, which value it is; of NULLs, any number. */
  readonly codes: Int32Array;
}

/** The distinct values of a column that has none of its own, as somebody found them who looked for them. */
export interface DistinctValues {
  /** The row where each stands for the first time. */
  readonly rows: Int32Array;
  /** By row, which value it is; −1: NULL. */
  readonly codes: Int32Array;
}

/** Undefined where a column is none, or has more values than rows: then it is sooner looked at as plain data. */
export function dictionaryOf(data: Data): DictionaryColumn | undefined {
  if (!DataType.isDictionary(data.type) || !(data.values instanceof Int32Array)) return undefined;
  const values = dictionaryValues(data);
  if (values.nullCount > 0 || values.length > data.length) return undefined;
  return { values, codes: data.values.subarray(0, data.length) };
}

/** The values that occur, once each. */
export function occurring(data: Data, { values, codes }: DictionaryColumn): Data {
  const seen = new Uint8Array(values.length);
  const valid = validity(data);
  for (let row = 0; row < codes.length; row++)
    if (valid === undefined || bitAt(valid, row) === 1) seen[codes[row]!] = 1;
  return take(
    values,
    Int32Array.from(seen.keys()).filter((code) => seen[code] === 1),
  );
}
