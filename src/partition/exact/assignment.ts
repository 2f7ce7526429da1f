import { MisfitError } from '../../core/misfit-error.js';
import { nowhere } from '../../core/routing.js';
import type { Column } from '../../core/types.js';
import { type AssignRows, hashAssignment } from '../hash-split.js';
import { positionsInAll, type HashSplit } from '../split.js';
import { strataOf, stratumKey } from './strata.js';

/** Two halves of a hash's first word. */
interface Cut {
  readonly high: number;
  readonly low: number;
}

/**
 * Rows by the rank of their key's hash inside their stratum, as its bounds tell. A row of a stratum that has no bounds is
 * `nowhere`.
 * @param columns those that are read; `key` their indices
 */
export function exactAssignment(
  { salt, exact }: HashSplit & Required<Pick<HashSplit, 'exact'>>,
  columns: readonly Column[],
  key: readonly number[],
): AssignRows {
  const parts = [{ name: '', below: positionsInAll }];
  const hash = hashAssignment({ place: 'split', salt, parts }, columns, key);
  const tellStrata = strataOf(exact.strata, columns);
  const bounds = new Map(exact.bounds.map(({ values, below }) => [stratumKey(values), below.map(cutOf)]));
  const cuts: (readonly Cut[] | undefined)[] = [];
  return (batch, of, given) => {
    const hashes = given ?? new Uint32Array(4 * of.length);
    hash(batch, of, hashes);
    const { strata, of: stratumOf } = tellStrata(batch);
    for (const values of strata.slice(cuts.length)) cuts.push(bounds.get(stratumKey(values)));
    for (let row = 0; row < of.length; row++) {
      const own = cuts[stratumOf[row]!];
      of[row] = own === undefined ? nowhere : partOf(own, hashes[4 * row + 1]!, hashes[4 * row]!);
    }
  };
}

function partOf(cuts: readonly Cut[], high: number, low: number): number {
  let part = 0;
  for (; part < cuts.length; part++) {
    const cut = cuts[part]!;
    if (high < cut.high || (high === cut.high && low < cut.low)) break;
  }
  return part;
}

function cutOf(below: string): Cut {
  const value = BigInt(`0x${below}`);
  return { high: Number(value >> 32n), low: Number(value & 0xffff_ffffn) };
}

/** Looks for a row of a stratum that was not there when entities were counted. @throws data.misfit */
export function assertOfStrata(of: Int32Array, strata: readonly string[], columns: readonly Column[]): void {
  const row = of.indexOf(nowhere);
  if (row < 0) return;
  const where = strata.length === 0 ? 'the table' : strata.join(', ');
  throw new MisfitError(
    {
      column: Math.max(
        0,
        columns.findIndex(({ name }) => name === strata[0]),
      ),
      row,
    },
    'data.misfit',
    `split-exact: a row is of a stratum of ${where} that was not there when entities were counted`,
    'Keys are read first, and rows then: a query must give the same rows each time.',
  );
}
