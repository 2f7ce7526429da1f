import { rowsWithKey } from '../../core/arrow/where-null.js';
import { type EntityRecordsOf, nowhere } from '../../core/routing.js';
import { unsignedWordsOf } from '../../core/arrow/words.js';
import { type Column, indicesOf } from '../../core/types.js';
import { recordWords } from '../../core/key-records.js';
import { EntityRecords } from '../entities/records.js';
import { hashAssignment } from '../hash-split.js';
import { type HashSplit, positionsInAll } from '../split.js';
import { assertNoNull, type SplitRouter } from '../split-router.js';
import { strataOf, stratumKey } from './strata.js';

/** Notes which entities are in which strata, by {@link stratumKey}, and keeps no row. */
export function surveyRouter({ key, salt, exact, nullKeys }: HashSplit, columns: readonly Column[]): SplitRouter {
  const indices = indicesOf(key, columns);
  const hash = hashAssignment({ place: 'split', salt, parts: [{ name: '', below: positionsInAll }] }, columns, indices);
  const tellStrata = strataOf(exact?.strata ?? [], columns);
  const records = new EntityRecords();
  return (batch) => {
    for (const index of indices) if (nullKeys === 'fail') assertNoNull(batch, index, columns[index]!);
    const of = new Int32Array(batch.numRows);
    const hashes = new Uint32Array(4 * batch.numRows);
    hash(batch, of, hashes);
    const { strata, of: parts } = tellStrata(batch);
    const noted = records.of({ hashes, parts, counted: rowsWithKey(batch, indices) });
    return { keys: [], of: of.fill(nowhere), entities: byStratum(unsignedWordsOf(noted), strata) };
  };
}

/** Records apart by their last word, the number of their stratum. */
function byStratum(records: Uint32Array, strata: readonly (readonly (string | null)[])[]): EntityRecordsOf[] {
  const counts = new Map<number, number>();
  for (let at = recordWords - 1; at < records.length; at += recordWords) {
    counts.set(records[at]!, (counts.get(records[at]!) ?? 0) + 1);
  }
  const places = new Map<number, { readonly words: Uint32Array; end: number }>();
  for (const [number, count] of counts) places.set(number, { words: new Uint32Array(count * recordWords), end: 0 });
  for (let at = 0; at < records.length; at += recordWords) {
    const place = places.get(records[at + recordWords - 1]!)!;
    place.words.set(records.subarray(at, at + recordWords), place.end);
    place.end += recordWords;
  }
  return [...places].map(([number, { words }]) => ({
    key: stratumKey(strata[number - 1]!),
    records: new Uint8Array(words.buffer),
  }));
}
