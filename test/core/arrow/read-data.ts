import { inspect } from 'node:util';
import { type Data, makeVector } from 'apache-arrow';

/** What Arrow's own reader makes of data: nested lists of texts. */
export function readData(data: Data): unknown[] {
  const vector = makeVector(data);
  return Array.from({ length: data.length }, (_, i) => plain(vector.get(i)));
}

/** Lists, structs (pairs of name and value) and maps (pairs) as lists. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) return inspect(value);
  return Array.from(value as Iterable<unknown>, plain);
}
