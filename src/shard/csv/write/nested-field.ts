import type { Data } from 'apache-arrow';
import type { CsvDialect } from '../../../core/format.js';
import type { Field } from './field.js';
import { JsonBytes } from './json-bytes.js';
import { type FieldOf, jsonValues } from './json-values.js';
import { rawField } from './text-fields.js';

/** Lists, structs and maps, as JSON. They are made before it is known how much room they take, and copied then. */
export function nestedField(data: Data, dialect: CsvDialect, fieldOf: FieldOf): Field {
  const writeJson = jsonValues(data, fieldOf);
  const copy = rawField(dialect);
  const json = new JsonBytes();
  let [first, ends] = [0, new Int32Array(0)];
  return {
    longest: 2,
    textBytes(from, to) {
      json.length = 0;
      first = from;
      ends = new Int32Array(to - from + 1);
      for (let row = from; row < to; row++) {
        writeJson(row, json);
        ends[row - from + 1] = json.length;
      }
      return 2 * json.length;
    },
    write: (row, out, at) => copy(json.bytes.subarray(ends[row - first], ends[row - first + 1]), out, at),
  };
}
