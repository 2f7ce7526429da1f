import { addHashSums, type HashSum, hashSumOf, noHashes } from '../core/digest/sums.js';
import type { ManifestTable } from '../manifest/shape.js';
import type { FoundVersion } from '../version/whole-chain.js';
import type { CountedRows } from './counted-rows.js';

/** What is known of a table's rows without reading them; undefined: it takes reading them. */
export interface Told {
  readonly rows: number;
  readonly sum: HashSum;
}

export const countedOf = ({ facts }: CountedRows): Told => ({ rows: facts.rows, sum: facts.sums!.rows });

/** Sums of hashes add up over versions, unless some of their rows were replaced. */
export function toldOf(chain: readonly FoundVersion[], newest: ManifestTable): Told | undefined {
  if (newest.live !== undefined) return { rows: newest.live.rows, sum: hashSumOf(newest.live.sum) };
  if (newest.key !== undefined && chain.length > 1) return undefined;
  const tables = chain.map(({ manifest }) => manifest.version.tables.find(({ name }) => name === newest.name)!);
  const sums = tables.map(({ facts }) => facts.sum);
  if (sums.some((sum) => sum === undefined)) return undefined;
  return {
    rows: tables.reduce((sum, { facts }) => sum + facts.rows, 0),
    sum: sums.map((sum) => hashSumOf(sum!)).reduce(addHashSums, noHashes),
  };
}
