import { addHashSums, type HashSum, hashSumOf, noHashes } from '../core/digest/sums.js';
import type { ManifestTable } from '../manifest/shape.js';
import type { FoundVersion } from '../version/whole-chain.js';
import type { CountedRows } from './counted-rows.js';

/** What is known of a table's rows without reading them; undefined: it takes reading them. */
export interface Told {
  readonly rows: number;
  readonly sum: HashSum;
  /** By column; undefined: not known. */
  readonly columns: readonly (HashSum | undefined)[];
}

export const countedOf = ({ facts }: CountedRows): Told => ({
  rows: facts.rows,
  sum: facts.sums!.rows,
  columns: facts.sums!.columns,
});

/** Sums of hashes add up over versions, unless some of their rows were replaced. */
export function toldOf(chain: readonly FoundVersion[], newest: ManifestTable): Told | undefined {
  if (newest.live !== undefined) {
    const { rows, sum } = newest.live;
    return { rows, sum: hashSumOf(sum), columns: newest.schema.map(() => undefined) };
  }
  if (newest.key !== undefined && chain.length > 1) return undefined;
  const tables = chain.map(({ manifest }) => manifest.version.tables.find(({ name }) => name === newest.name)!);
  const sums = tables.map(({ facts }) => facts.sum);
  const hasSameColumns = tables.every(({ schema }) => schema.length === newest.schema.length);
  if (sums.some((sum) => sum === undefined)) return undefined;
  return {
    rows: tables.reduce((sum, { facts }) => sum + facts.rows, 0),
    sum: sums.map((sum) => hashSumOf(sum!)).reduce(addHashSums, noHashes),
    columns: newest.schema.map((_, index) => {
      const own = tables.map(({ facts }) => facts.columns[index]?.sum);
      const isTold = hasSameColumns && own.every((sum) => sum !== undefined);
      return isTold ? own.map((sum) => hashSumOf(sum!)).reduce(addHashSums, noHashes) : undefined;
    }),
  };
}
